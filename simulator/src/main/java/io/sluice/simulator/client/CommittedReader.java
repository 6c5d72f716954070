package io.sluice.simulator.client;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.check.TransactionBook;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import java.util.List;

/** Reads what is committed (read_committed), and leaves out what it is told was aborted. */
public final class CommittedReader extends Reader {

    private static final int AGAIN_ONE_IN = 100;

    private final TransactionBook book;

    public CommittedReader(Site site, TransactionBook book, int number, TopicPartition partition) {
        super(site, number, "committed", partition, End.LAST_STABLE, AGAIN_ONE_IN);
        this.book = book;
        retryLater();
    }

    @Override
    Door.Read readFrom(long offset) {
        return new Door.Read(
                partition,
                topicId,
                offset,
                -1,
                1 + random.nextInt(4_000),
                random.nextInt(500),
                true);
    }

    @Override
    void take(Stored one, Door.Records records, String where) {
        book.read(partition, one, isAborted(one, records.aborted()), where);
    }

    private static boolean isAborted(Stored batch, List<AbortedTransaction> aborted) {
        return aborted.stream()
                .anyMatch(one ->
                        one.producerId() == batch.producerId()
                                && one.firstOffset() <= batch.baseOffset()
                                && one.lastOffset() > batch.baseOffset());
    }
}
