package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.partition.Partition;
import java.util.function.Consumer;

/** Where dead letters go, for groups that have them. On the partition's loop. */
@FunctionalInterface
public interface DeadLetterBox {

    /** Of brokers whose groups have none: such a group's rules are wrong, and nothing is lost. */
    DeadLetterBox NONE = (partition, key, letter, done) -> done.accept(ErrorCode.POLICY_VIOLATION);

    /**
     * Writes records to the dead letters.
     *
     * @param done once, on the loop; NONE when they are durable; after all else it is tried again
     */
    void write(Partition partition, ShareKey key, DeadLetter letter, Consumer<ErrorCode> done);
}
