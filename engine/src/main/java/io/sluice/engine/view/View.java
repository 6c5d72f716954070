package io.sluice.engine.view;

import io.sluice.engine.partition.Partition;
import java.util.function.Consumer;

/**
 * Something else that a partition can be read as. It has offsets of its partition, as far as the
 * partition can be read, and may leave out any of them.
 */
@FunctionalInterface
public interface View {

    /**
     * The next piece. Called on the loop of a partition that this broker leads, one at a time for
     * each reader.
     *
     * @param done once, on the same loop, at once or later; the reader may have gone meanwhile
     */
    void read(Partition partition, Ask ask, Consumer<Piece> done);

    /**
     * What a reader asks for.
     *
     * @param from the first offset it does not know
     * @param end behind the last that may be read; larger than {@code from}
     * @param maxBytes about so many, or one record
     * @param readCommitted whether what no transaction has committed is left out
     */
    record Ask(long from, long end, int maxBytes, boolean readCommitted) {}
}
