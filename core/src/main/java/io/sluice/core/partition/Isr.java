package io.sluice.core.partition;

import io.sluice.core.partition.LeaderInput.ReplicaFetched;
import io.sluice.core.partition.ReplicaSet.Member;
import io.sluice.core.partition.ReplicaSet.Proposal;
import io.sluice.core.partition.ReplicaSet.Replica;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The followers of one leadership: how far each is, and which of them count.
 *
 * <pre>
 *           ┌───────────── caught up: proposed ────────────┐
 *          OUT ── almost ──▶ NEAR ── caught up: proposed ──▶ JOINING ── committed ──▶ IN
 *           ▲ ▲── too slow ──┘                               │                      │ ▲
 *           │ └──────────── certainly refused ───────────────┘       lags: proposed │ │ certainly
 *           └──────────────────────── committed ─────────────────────── LEAVING ◀───┘─┘ refused
 * </pre>
 *
 * <p>While writers never pause, a follower that is one round trip behind would never meet the high
 * watermark. So once it is that near it is waited for: it counts for a moment, though nobody has
 * proposed it.
 *
 * <p>All but OUT count towards the high watermark: a change that is proposed may be in force at the
 * controller already (KIP-497, the maximal ISR). One proposal is under way at a time. What became
 * of one is told by a newer partition epoch alone; until then it is repeated, which is harmless,
 * and who it would let in goes on counting.
 *
 * <p>Costs nothing where there is no follower.
 */
class Isr {

    /** How long to wait before a proposal is repeated. */
    static final long RETRY_MS = 200L;

    /** How long one that is near is waited for, and how long not again if that was in vain. */
    static final long NEAR_MS = 100L;

    private static final long NOT_NEAR_MS = 10 * NEAR_MS;

    /** Nothing is known of a replica's log in this epoch. */
    private static final long UNKNOWN = -1L;

    private static final Follower[] NOBODY = {};

    private Follower[] followers = NOBODY;

    /** Those that the high watermark waits for. */
    private Follower[] counted = NOBODY;

    private ReplicaSet set = ReplicaSet.ALONE;
    private int size = 1;
    private @Nullable Proposal proposed;

    /** The proposal's outcome was not known at least once, so it may come into force late. */
    private boolean uncertain;

    /**
     * A proposal was refused that may yet come into force by an earlier try: the ISR as it is is
     * proposed instead, for the new partition epoch makes all earlier ones void.
     */
    private boolean voiding;

    private long retryMs = PartitionLeader.NO_DEADLINE;
    private long checkMs = PartitionLeader.NO_DEADLINE;

    /** When somebody is waited for no longer. */
    private long nearMs = PartitionLeader.NO_DEADLINE;

    /** How a follower stands to the ISR. */
    enum Place {
        OUT,
        NEAR,
        JOINING,
        IN,
        LEAVING
    }

    /** One follower. Its log is known as of the newest fetch of this leader epoch. */
    private static final class Follower {
        private final int id;
        private Place place = Place.OUT;
        private long registered;
        private boolean eligible;

        /** Of its newest fetch. */
        private long brokerEpoch = Replica.NO_EPOCH;

        private long logEnd = UNKNOWN;
        private long durableEnd = UNKNOWN;

        /** When it followed for certain, in this leader epoch; or when that surely began. */
        private long followedMs;

        /** When it last had all that there was. */
        private long caughtUpMs;

        /** What it has to reach to have caught up with a time. */
        private long markEnd = Long.MAX_VALUE;

        private long markMs;

        /** The high watermark at its last fetch. */
        private long watermark = Long.MAX_VALUE;

        /** While it is NEAR: until when. Else: when it may be so at the earliest. */
        private long nearMs;

        Follower(int id) {
            this.id = id;
        }

        long held(boolean durable) {
            return durable ? durableEnd : logEnd;
        }

        /** The registration it was last heard under. */
        long knownEpoch() {
            return brokerEpoch == Replica.NO_EPOCH ? registered : brokerEpoch;
        }
    }

    /**
     * A leadership begins: nothing counts that was told in an earlier one (KIP-320).
     *
     * @param sure whether it begins now, and not some time ago
     */
    void lead(ReplicaSet now, boolean sure, long nowMs, long lagMaxMs) {
        end();
        take(now, sure ? nowMs : ReplicaFetched.UNHEARD, nowMs);
        checkMs = followers.length == 0 ? PartitionLeader.NO_DEADLINE : nowMs + lagMaxMs / 2;
    }

    void end() {
        followers = NOBODY;
        counted = NOBODY;
        proposed = null;
        retryMs = PartitionLeader.NO_DEADLINE;
        checkMs = PartitionLeader.NO_DEADLINE;
        nearMs = PartitionLeader.NO_DEADLINE;
    }

    /** The controller's word. Of the same partition epoch only what it says of brokers is news. */
    void changed(ReplicaSet now, long nowMs, long lagMaxMs) {
        if (now.partitionEpoch() > set.partitionEpoch()) {
            take(now, nowMs, nowMs);
            if (followers.length > 0 && checkMs == PartitionLeader.NO_DEADLINE) {
                checkMs = nowMs + lagMaxMs / 2;
            }
        } else if (now.partitionEpoch() == set.partitionEpoch()) {
            for (Replica replica : now.replicas()) {
                Follower follower = find(replica.brokerId());
                if (follower != null) {
                    follower.registered = replica.brokerEpoch();
                    follower.eligible = replica.eligible();
                }
            }
        }
    }

    /**
     * @param followedMs of those who are new here
     */
    private void take(ReplicaSet now, long followedMs, long nowMs) {
        List<Follower> kept = new ArrayList<>(now.replicas().size());
        for (Replica replica : now.replicas()) {
            if (replica.brokerId() == now.localId()) {
                continue;
            }
            Follower follower = find(replica.brokerId());
            if (follower == null) {
                follower = new Follower(replica.brokerId());
                follower.followedMs = followedMs;
                follower.caughtUpMs = nowMs;
            }
            boolean in = now.isr().contains(replica.brokerId());
            if (in && follower.place == Place.OUT) {
                follower.caughtUpMs = nowMs; // another leader let it in: it gets its time
            }
            follower.place = in ? Place.IN : Place.OUT;
            follower.registered = replica.brokerEpoch();
            follower.eligible = replica.eligible();
            kept.add(follower);
        }
        set = now;
        size = now.isr().size();
        followers = kept.toArray(NOBODY);
        proposed = null;
        uncertain = false;
        voiding = false;
        retryMs = PartitionLeader.NO_DEADLINE;
        nearMs = PartitionLeader.NO_DEADLINE;
        count();
    }

    private void count() {
        List<Follower> counting = new ArrayList<>(followers.length);
        for (Follower follower : followers) {
            if (counts(follower.place)) {
                counting.add(follower);
            }
        }
        counted = counting.toArray(NOBODY);
    }

    /** A change that is proposed may be in force: who would come in counts, who would go counts. */
    boolean counts(Place place) {
        return place != Place.OUT;
    }

    /** All that may be committed: the high watermark may be known too low when an epoch begins. */
    boolean hasCaughtUp(long held, long highWatermark, long epochStart) {
        return held >= highWatermark && held >= epochStart;
    }

    private @Nullable Follower find(int brokerId) {
        for (Follower follower : followers) {
            if (follower.id == brokerId) {
                return follower;
            }
        }
        return null;
    }

    /**
     * Up to when it is certain that nobody else led: those who could have been elected followed.
     *
     * @param leased whether only those in sync could be
     * @param any whether one that lacks records could be otherwise
     * @return {@link PartitionLeader#NO_DEADLINE} if nobody could
     */
    long ledAloneUntilMs(boolean leased, boolean any) {
        long until = PartitionLeader.NO_DEADLINE;
        for (Follower follower : followers) {
            boolean otherwise = !leased && (any || set.eligible().contains(follower.id));
            if (mayBeInForce(follower.place) || otherwise) {
                until = Math.min(until, follower.followedMs);
            }
        }
        return until;
    }

    /** Whether the controller may have it in the ISR. */
    private static boolean mayBeInForce(Place place) {
        return switch (place) {
            case IN, JOINING, LEAVING -> true;
            case OUT, NEAR -> false;
        };
    }

    /** Members of the ISR that is in force, the leader counted. */
    int size() {
        return size;
    }

    /** All replicas, the leader counted. */
    int replicas() {
        return followers.length + 1;
    }

    void followers(FollowerEnds told) {
        for (Follower follower : followers) {
            told.follower(follower.id, follower.logEnd);
        }
    }

    int partitionEpoch() {
        return set.partitionEpoch();
    }

    /** Below it all who count have everything, the leader with what it holds among them. */
    long heldByAll(long byLeader, boolean durable) {
        long held = byLeader;
        for (Follower follower : counted) {
            held = Math.min(held, follower.held(durable));
        }
        return held;
    }

    /** Whether a follower may tell anything: it is one, and no younger registration of it spoke. */
    boolean knows(int brokerId, long brokerEpoch) {
        Follower follower = find(brokerId);
        return follower != null
                && brokerEpoch >= follower.brokerEpoch
                && brokerEpoch >= follower.registered;
    }

    /**
     * A follower told how far it is. Its log matches the leader's up to there.
     *
     * @param leaderEnd the end of the leader's log
     */
    void fetched(
            int brokerId,
            long brokerEpoch,
            long logEnd,
            long durableEnd,
            long leaderEnd,
            boolean durable,
            long followedMs,
            long nowMs) {
        Follower follower = find(brokerId);
        if (follower == null || !knows(brokerId, brokerEpoch)) {
            return;
        }
        follower.followedMs = Math.max(follower.followedMs, Math.min(followedMs, nowMs));
        if (brokerEpoch > follower.brokerEpoch) { // another life: what the last one had is not told
            follower.brokerEpoch = brokerEpoch;
            follower.logEnd = UNKNOWN;
            follower.durableEnd = UNKNOWN;
            follower.markEnd = Long.MAX_VALUE;
            follower.watermark = Long.MAX_VALUE;
        }
        follower.logEnd = Math.max(follower.logEnd, Math.min(logEnd, leaderEnd));
        follower.durableEnd = Math.max(follower.durableEnd, Math.min(durableEnd, follower.logEnd));
        long held = follower.held(durable);
        if (held >= leaderEnd) {
            follower.caughtUpMs = Math.max(follower.caughtUpMs, nowMs);
        } else if (held >= follower.markEnd) {
            follower.caughtUpMs = Math.max(follower.caughtUpMs, follower.markMs);
        } else if (follower.markEnd != Long.MAX_VALUE) {
            return; // the mark stays until it is reached, however often the follower asks
        }
        follower.markEnd = leaderEnd;
        follower.markMs = nowMs;
    }

    /**
     * Proposes the follower that has just fetched if it has caught up: durably, where that counts,
     * and with the records of this epoch among them (KIP-320). A registration that the controller
     * does not know is no reason (KIP-903).
     */
    @Nullable Proposal join(
            int brokerId,
            long highWatermark,
            long epochStart,
            boolean durable,
            int leaderEpoch,
            long nowMs) {
        Follower follower = find(brokerId);
        if (follower == null || (follower.place != Place.OUT && follower.place != Place.NEAR)) {
            return null;
        }
        long before = follower.watermark;
        follower.watermark = highWatermark;
        boolean tooEarly = retryMs != PartitionLeader.NO_DEADLINE && nowMs < retryMs;
        if (proposed != null
                || tooEarly
                || !follower.eligible
                || follower.brokerEpoch != follower.registered) {
            return null;
        }
        long held = follower.held(durable);
        if (hasCaughtUp(held, highWatermark, epochStart)) {
            follower.place = Place.JOINING;
            return propose(leaderEpoch);
        }
        if (follower.place == Place.OUT
                && hasCaughtUp(held, before, epochStart)
                && nowMs >= follower.nearMs) {
            follower.place = Place.NEAR;
            follower.nearMs = nowMs + NEAR_MS;
            nearMs = Math.min(nearMs, follower.nearMs);
            count();
        }
        return null;
    }

    /** Who was waited for in vain counts no longer. */
    private void stopWaiting(long nowMs) {
        nearMs = PartitionLeader.NO_DEADLINE;
        for (Follower follower : followers) {
            if (follower.place == Place.NEAR && nowMs >= follower.nearMs) {
                follower.place = Place.OUT;
                follower.nearMs = nowMs + NOT_NEAR_MS;
            } else if (follower.place == Place.NEAR) {
                nearMs = Math.min(nearMs, follower.nearMs);
            }
        }
        count();
    }

    /** Proposes to leave out who has not caught up for too long. */
    private @Nullable Proposal shrink(
            long leaderEnd, boolean durable, int leaderEpoch, long nowMs, long lagMaxMs) {
        boolean found = false;
        for (Follower follower : followers) {
            if (follower.place == Place.IN
                    && follower.held(durable) < leaderEnd
                    && nowMs - follower.caughtUpMs > lagMaxMs) {
                follower.place = Place.LEAVING;
                found = true;
            }
        }
        return found ? propose(leaderEpoch) : null;
    }

    private Proposal propose(int leaderEpoch) {
        Proposal made = proposal(leaderEpoch);
        proposed = made;
        uncertain = false;
        retryMs = PartitionLeader.NO_DEADLINE;
        count();
        return made;
    }

    private Proposal proposal(int leaderEpoch) {
        Place moving = voiding ? Place.LEAVING : Place.JOINING;
        List<Member> isr = new ArrayList<>(size + 1);
        for (Replica replica : set.replicas()) {
            Follower follower = find(replica.brokerId());
            if (follower == null) {
                isr.add(new Member(replica.brokerId(), replica.brokerEpoch()));
            } else if (follower.place == Place.IN || follower.place == moving) {
                isr.add(new Member(follower.id, follower.knownEpoch()));
            }
        }
        return new Proposal(leaderEpoch, set.partitionEpoch(), isr);
    }

    /**
     * A proposal was answered, and a newer partition epoch has not come yet.
     *
     * @param refused it is certain that it is not and will not be in force; else anything may be
     */
    void answered(int partitionEpoch, boolean refused, long nowMs) {
        if (proposed == null || partitionEpoch != set.partitionEpoch()) {
            return;
        }
        retryMs = nowMs + RETRY_MS;
        if (!refused) {
            uncertain = true;
        } else if (!uncertain) {
            for (Follower follower : followers) {
                if (follower.place == Place.JOINING) {
                    follower.place = Place.OUT;
                } else if (follower.place == Place.LEAVING) {
                    follower.place = Place.IN;
                }
            }
            proposed = null;
            count();
        }
        voiding |= refused && uncertain;
    }

    /** Time passed: what is to be proposed now, or again. */
    @Nullable Proposal tick(
            long leaderEnd, boolean durable, int leaderEpoch, long nowMs, long lagMaxMs) {
        if (nowMs >= nearMs) {
            stopWaiting(nowMs);
        }
        if (nowMs >= retryMs) {
            retryMs = PartitionLeader.NO_DEADLINE;
            if (proposed != null) {
                proposed = proposal(leaderEpoch);
                return proposed;
            }
        }
        if (nowMs >= checkMs) {
            checkMs =
                    followers.length == 0
                            ? PartitionLeader.NO_DEADLINE
                            : nowMs + Math.max(1L, lagMaxMs / 2);
            if (proposed == null) {
                return shrink(leaderEnd, durable, leaderEpoch, nowMs, lagMaxMs);
            }
        }
        return null;
    }

    long nextDeadlineMs() {
        return Math.min(nearMs, Math.min(retryMs, checkMs));
    }
}
