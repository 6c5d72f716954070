package io.sluice.simulator.quorum;

import org.jspecify.annotations.Nullable;

/** What one broker's disk holds of the log, and who runs there now. */
final class Member {

    static final long NOTHING = -1L;

    final int id;

    /** The last index given to the listener: what is below is on this broker's disk. */
    long applied = NOTHING;

    long snapshotIndex = NOTHING;
    byte @Nullable [] snapshot;

    /** Who leads, as this broker was told last. */
    int knownLeader = -1;

    long knownTerm;

    /** The live log of the broker's process, while there is one. */
    @Nullable SimMetadataLog live;

    /** Whether a delivery is on its way. */
    boolean delivering;

    /** Entries reach it late until then. */
    long lagsUntilNanos;

    Member(int id) {
        this.id = id;
    }

    /** The disk was wiped. */
    void wipe() {
        applied = NOTHING;
        snapshotIndex = NOTHING;
        snapshot = null;
    }
}
