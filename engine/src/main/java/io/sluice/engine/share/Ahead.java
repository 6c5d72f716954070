package io.sluice.engine.share;

import io.sluice.core.share.SharePartition;

/**
 * How far a queue that looks into records reads the log ahead of what it gives. By keys: until
 * something is ready that is behind nobody. By priority: as far as it may, as something worth more
 * may stand behind what is ready. What it knows costs memory until it is done, so all queues of a
 * loop share the {@link Room} for it; a little each has by itself.
 */
final class Ahead {

    /** Records that are pending and known, for what may be worth more behind them. */
    static final int MAX_RECORDS = 100_000;

    /** About how many bytes of the log they may be. */
    private static final long MAX_BYTES = 64 << 20;

    /** Of each queue, however full the room is. */
    private static final int OWN_RUNS = 2_000;

    /** What queues of one loop know ahead, in runs of records. */
    static final class Room {
        private final int most;
        private int taken;

        Room(int most) {
            this.most = most;
        }

        boolean isFull() {
            return taken >= most;
        }

        int taken() {
            return taken;
        }
    }

    private final SharePartition<?> machine;
    private final QueueReader reader;
    private final boolean priorities;
    private final Room room;
    private int counted;

    Ahead(SharePartition<?> machine, QueueReader reader, Sight sight, Room room) {
        this.machine = machine;
        this.reader = reader;
        this.priorities = sight.priorities();
        this.room = room;
    }

    /** Whether the log is to be read on before somebody is given something. */
    boolean readsOn() {
        if (machine.isFull() || (room.isFull() && machine.pendingRuns() >= OWN_RUNS)) {
            return false;
        }
        return machine.wantsMore() || (priorities && machine.pendingRecords() < mostRecords());
    }

    private long mostRecords() {
        return Math.min(MAX_RECORDS, MAX_BYTES / reader.bytesPerRecord());
    }

    /** After each step. */
    void count() {
        int now = machine.pendingRuns();
        room.taken += now - counted;
        counted = now;
    }

    /** The queue is over. */
    void leave() {
        room.taken -= counted;
        counted = 0;
    }
}
