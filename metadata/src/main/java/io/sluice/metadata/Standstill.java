package io.sluice.metadata;

import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;

/** For how long a leader has had an entry that does not get committed. */
final class Standstill {

    private long committed = -1;
    private long lastedMs;

    /** Counts from now. */
    void begin() {
        lastedMs = 0;
    }

    /**
     * @param passedMs since this was asked last
     */
    long lasts(RaftServer.Division division, long passedMs) {
        RaftLog log = division.getRaftLog();
        long now = log.getLastCommittedIndex();
        TermIndex last = division.getInfo().isLeader() ? lastEntry(log) : null;
        boolean stands = last != null && last.getIndex() > now && now == committed;
        lastedMs = stands ? lastedMs + passedMs : 0;
        committed = now;
        return lastedMs;
    }

    /** Nothing for a log that is empty, or has just been closed. */
    static @Nullable TermIndex lastEntry(RaftLog log) {
        try {
            return log.getLastEntryTermIndex();
        } catch (IllegalStateException closed) {
            return null;
        }
    }
}
