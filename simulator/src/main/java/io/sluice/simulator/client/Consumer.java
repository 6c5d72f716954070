package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Ledger;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;

/**
 * Reads a partition from its start, and again, from its leader or from a follower that is near
 * (KIP-392). All it gets has to be what others got.
 */
public final class Consumer extends Client {

    private static final int NEAR_ONE_IN = 3;
    private static final int AGAIN_ONE_IN = 200;

    private final Ledger ledger;
    private final boolean tellsEpoch;
    private long position;
    private int fromFollowers;
    private boolean beginsAgain = true;

    public Consumer(Site site, Ledger ledger, int number, TopicPartition partition) {
        super(site, number, "consumer", partition);
        this.ledger = ledger;
        this.tellsEpoch = random.nextBoolean();
        retryLater();
    }

    @Override
    void otherTopic() {
        position = 0;
    }

    /**
     * From now on it only reads on. Many short reads lead through a log of tiny segments: who may
     * begin again at each of them is hardly ever at its end.
     */
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
                        tellsEpoch ? leaderEpoch : -1,
                        1 + random.nextInt(2_000),
                        random.nextInt(500),
                        false);
        this.<Door.Records>ask((door, answer) -> door.fetch(read, answer), this::took);
    }

    private void took(Door.Records records) {
        if (records.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        String where = name() + " at broker-" + worksAt;
        for (Stored one : Stored.parse(ByteBuffer.wrap(records.bytes()), where)) {
            take(one, records.end(), where);
        }
        if (beginsAgain && random.nextInt(200) == 0) {
            position = 0; // another reader's session: everything again
        }
        later(random.nextInt(30), this::read);
    }

    private void take(Stored one, long highWatermark, String where) {
        if (one.baseOffset() > position || position >= one.nextOffset()) {
            throw new Violation(
                    "I-1",
                    "%s wants %s from %d on and gets %s"
                            .formatted(where, partition, position, one));
        }
        if (one.nextOffset() > highWatermark) {
            throw new Violation(
                    "I-9",
                    "%s reads %s of %s above the high watermark %d"
                            .formatted(where, one, partition, highWatermark));
        }
        ledger.read(identity(), one, where);
        position = one.nextOffset();
        if (worksAt != leader) {
            fromFollowers++;
        }
    }

    /** Batches that a replica gave that did not lead when it was asked. */
    public int fromFollowers() {
        return fromFollowers;
    }

    @Override
    public String toString() {
        return "%s of %s: read up to %d, at broker-%d"
                .formatted(name(), partition, position, worksAt);
    }
}
