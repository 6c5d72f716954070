package io.sluice.engine.metadata;

import java.util.List;

/**
 * Who keeps the metadata log, as one broker knows it.
 *
 * @param leader the broker that leads, or {@link #NOBODY}
 * @param committed the last index known to be committed
 * @param voters by broker id
 * @param observers those that follow without a vote, by broker id
 */
public record Quorum(
        int leader, long term, long committed, List<Member> voters, List<Member> observers) {

    /** No leader is known. */
    public static final int NOBODY = -1;

    /** Not known: only the leader knows how far others are. */
    public static final long UNKNOWN = -1L;

    /**
     * One broker of the quorum.
     *
     * @param endIndex the last index it holds, or {@link #UNKNOWN}
     * @param lastContactMs when it was last heard of, wall time, or {@link #UNKNOWN}
     * @param address host and port at which the others of the quorum reach it; empty if there are
     *     none, or it is not known
     */
    public record Member(int brokerId, long endIndex, long lastContactMs, String address) {

        /** Of one whose address is not known. */
        public Member(int brokerId, long endIndex, long lastContactMs) {
            this(brokerId, endIndex, lastContactMs, "");
        }

        public Member at(String where) {
            return new Member(brokerId, endIndex, lastContactMs, where);
        }
    }
}
