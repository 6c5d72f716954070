package io.sluice.simulator.client;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.check.TransactionBook;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Reads what is committed of a partition (read_committed), from its start and again, and leaves out
 * what it is told was aborted.
 */
public final class CommittedReader extends Client {

    private static final int NEAR_ONE_IN = 3;
    private static final int AGAIN_ONE_IN = 100;

    private final TransactionBook book;
    private long position;
    private boolean beginsAgain = true;

    public CommittedReader(Site site, TransactionBook book, int number, TopicPartition partition) {
        super(site, number, "committed", partition);
        this.book = book;
        retryLater();
    }

    /** From now on it only reads on. */
    public void readToTheEnd() {
        beginsAgain = false;
    }

    public long position() {
        return position;
    }

    @Override
    int place(Door.Whereabouts where) {
        boolean near = random.nextInt(NEAR_ONE_IN) == 0 && !where.replicas().isEmpty();
        return near
                ? where.replicas().get(random.nextInt(where.replicas().size()))
                : where.leader();
    }

    @Override
    void connected() {
        read();
    }

    @Override
    void disconnected() {}

    private void read() {
        Door.Read read =
                new Door.Read(
                        partition,
                        topicId,
                        position,
                        -1,
                        1 + random.nextInt(4_000),
                        random.nextInt(500),
                        true);
        this.<Door.Records>ask((door, answer) -> door.fetch(read, answer), this::took);
    }

    private void took(Door.Records records) {
        if (records.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        String where = name() + " at broker-" + worksAt;
        for (Stored one : Stored.parse(ByteBuffer.wrap(records.bytes()), where)) {
            take(one, records, where);
        }
        if (beginsAgain && random.nextInt(AGAIN_ONE_IN) == 0) {
            position = 0;
        }
        later(random.nextInt(30), this::read);
    }

    private void take(Stored one, Door.Records records, String where) {
        if (one.baseOffset() > position || position >= one.nextOffset()) {
            throw new Violation(
                    "I-1",
                    "%s wants %s from %d on and gets %s"
                            .formatted(where, partition, position, one));
        }
        if (one.nextOffset() > records.end()) {
            throw new Violation(
                    "I-15",
                    "%s reads %s of %s above the last stable offset %d"
                            .formatted(where, one, partition, records.end()));
        }
        book.read(partition, one, isAborted(one, records.aborted()), where);
        position = one.nextOffset();
    }

    private static boolean isAborted(Stored batch, List<AbortedTransaction> aborted) {
        return aborted.stream()
                .anyMatch(one ->
                        one.producerId() == batch.producerId()
                                && one.firstOffset() <= batch.baseOffset()
                                && one.lastOffset() > batch.baseOffset());
    }

    @Override
    public String toString() {
        return "%s of %s: read up to %d, at broker-%d"
                .formatted(name(), partition, position, worksAt);
    }
}
