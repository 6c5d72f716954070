package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;

/**
 * Reads a partition from its start, and again, from its leader or from a follower that is near
 * (KIP-392).
 */
abstract class Reader extends Client {

    private static final int NEAR_ONE_IN = 3;

    /** Above which a reader gets nothing, and what says so. */
    enum End {
        HIGH_WATERMARK("I-9", "high watermark"),
        LAST_STABLE("I-15", "last stable offset");

        private final String invariant;
        private final String text;

        End(String invariant, String text) {
            this.invariant = invariant;
            this.text = text;
        }
    }

    private final End end;
    private final int againOneIn;
    private long position;
    private boolean beginsAgain = true;

    /**
     * @param end up to which it may read
     * @param againOneIn reads, of which one is followed by a session that begins at the start
     */
    Reader(Site site, int number, String role, TopicPartition partition, End end, int againOneIn) {
        super(site, number, role, partition);
        this.end = end;
        this.againOneIn = againOneIn;
    }

    /**
     * From now on it only reads on. Many short reads lead through a log of tiny segments: who may
     * begin again at each of them is hardly ever at its end.
     */
    public final void readToTheEnd() {
        beginsAgain = false;
    }

    public final long position() {
        return position;
    }

    @Override
    void otherTopic() {
        position = 0;
    }

    @Override
    final int place(Door.Whereabouts where) {
        boolean near = random.nextInt(NEAR_ONE_IN) == 0 && !where.replicas().isEmpty();
        return near
                ? where.replicas().get(random.nextInt(where.replicas().size()))
                : where.leader();
    }

    @Override
    final void connected() {
        read();
    }

    @Override
    final void disconnected() {}

    private void read() {
        Door.Read read = readFrom(position);
        this.<Door.Records>ask((door, answer) -> door.fetch(read, answer), this::took);
    }

    private void took(Door.Records records) {
        if (records.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        String where = "%s of %s at broker-%d".formatted(name(), partition, worksAt);
        for (Stored one : Stored.parse(ByteBuffer.wrap(records.bytes()), where)) {
            if (one.baseOffset() > position || position >= one.nextOffset()) {
                throw new Violation(
                        "I-1",
                        "%s wants %s from %d on and gets %s"
                                .formatted(where, partition, position, one));
            }
            if (one.nextOffset() > records.end()) {
                throw new Violation(
                        end.invariant,
                        "%s reads %s of %s above the %s %d"
                                .formatted(where, one, partition, end.text, records.end()));
            }
            take(one, records, where);
            position = one.nextOffset();
        }
        if (beginsAgain && random.nextInt(againOneIn) == 0) {
            position = 0; // another reader's session: everything again
        }
        later(random.nextInt(30), this::read);
    }

    /** What it asks for. */
    abstract Door.Read readFrom(long offset);

    /** A batch that follows on what it had before. */
    abstract void take(Stored batch, Door.Records records, String where);

    @Override
    public String toString() {
        return "%s of %s: read up to %d, at broker-%d"
                .formatted(name(), partition, position, worksAt);
    }
}
