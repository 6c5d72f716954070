package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Ledger;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;

/** Reads up to the high watermark. All it gets has to be what others got. */
public final class Consumer extends Reader {

    private static final int AGAIN_ONE_IN = 200;

    private final Ledger ledger;
    private final boolean tellsEpoch;
    private int fromFollowers;

    public Consumer(Site site, Ledger ledger, int number, TopicPartition partition) {
        super(site, number, "consumer", partition, End.HIGH_WATERMARK, AGAIN_ONE_IN);
        this.ledger = ledger;
        this.tellsEpoch = random.nextBoolean();
        retryLater();
    }

    @Override
    Door.Read readFrom(long offset) {
        return new Door.Read(
                partition,
                topicId,
                offset,
                tellsEpoch ? leaderEpoch : -1,
                1 + random.nextInt(2_000),
                random.nextInt(500),
                false);
    }

    @Override
    void take(Stored one, Door.Records records, String where) {
        ledger.read(identity(), one, where);
        if (worksAt != leader) {
            fromFollowers++;
        }
    }

    /** Batches that a replica gave that did not lead when it was asked. */
    public int fromFollowers() {
        return fromFollowers;
    }
}
