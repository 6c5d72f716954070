package io.sluice.core.controller;

import io.sluice.core.controller.TopicRules.Rules;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/**
 * How one partition goes on when brokers, replicas or the ISR have changed. Every change of a
 * partition after its creation comes from {@link #after()}, so the rules stand in one place:
 *
 * <ol>
 *   <li>Whoever may not lead leaves the ISR, but the ISR is never empty: who lost records or was
 *       struck off goes first, if anybody remains who did not; while nobody lives it stays as it
 *       was.
 *   <li>A reassignment is complete once every replica wanted is in sync (KIP-455).
 *   <li>The leader stays if it can; else the first of the ISR in the order of replicas leads; else
 *       the first eligible one (KIP-966); else, if the topic or an operator says so, one that may
 *       have lost records (unclean); else nobody.
 *   <li>Who leaves an ISR that is below min.insync.replicas then holds all that is committed, for
 *       the high watermark stands still: it is eligible, until the ISR is large enough again.
 *   <li>A new leader, or none where there was one, begins a new leader epoch. So does a replica
 *       that leaves the list: it deletes what it has when it hears of that, though it may be on the
 *       list again by then, and nothing counts that it told before. Any change is a new partition
 *       epoch.
 * </ol>
 */
final class PartitionDraft {

    private final PartitionImage before;
    private final Standings standings;
    private final Rules rules;

    private List<Integer> replicas;
    private List<Integer> adding;
    private List<Integer> removing;
    private List<Integer> isr;
    private boolean byBalance;

    private final SortedSet<Integer> losers = new TreeSet<>();
    private final SortedSet<Integer> wiped = new TreeSet<>();
    private boolean mayBeUnclean;
    private boolean wantsPreferred;

    PartitionDraft(PartitionImage before, Standings standings, Rules rules) {
        this.before = before;
        this.standings = standings;
        this.rules = rules;
        this.replicas = before.replicas();
        this.adding = before.adding();
        this.removing = before.removing();
        this.isr = before.isr();
        this.byBalance = before.byBalance();
        this.mayBeUnclean = rules.uncleanElection();
        for (int replica : before.replicas()) {
            if (standings.isStranger(before, replica) || !standings.isRegistered(replica)) {
                losers.add(replica);
            }
        }
    }

    /** The in-sync replicas a leader tells. */
    PartitionDraft inSync(List<Integer> members) {
        isr = members;
        return this;
    }

    /** That replica may have lost records that it had acknowledged. */
    PartitionDraft lostRecords(int replica) {
        losers.add(replica);
        return this;
    }

    /** All that replica had is gone, and where it lay is not known. */
    PartitionDraft wiped(int replica) {
        losers.add(replica);
        wiped.add(replica);
        return this;
    }

    /** A replica that is not in sync may lead if there is no other. */
    PartitionDraft orderUnclean() {
        mayBeUnclean = true;
        return this;
    }

    /** The preferred leader leads if it may. */
    PartitionDraft preferFirst() {
        wantsPreferred = true;
        return this;
    }

    /**
     * The replicas there are to be; or what there was before the reassignment under way, to cancel
     * it.
     *
     * @param own by the cluster itself, and no operator
     */
    PartitionDraft moveTo(List<Integer> target, boolean own) {
        byBalance = own;
        List<Integer> original = without(before.replicas(), before.adding());
        adding = without(target, original);
        removing = without(original, target);
        List<Integer> all = new ArrayList<>(target);
        all.addAll(removing);
        replicas = List.copyOf(all);
        isr = among(isr, replicas::contains);
        return this;
    }

    /** Whether nobody in sync would be left. */
    boolean leavesNobodyInSync() {
        return isr.isEmpty();
    }

    /** The partition as it is then; the same object if nothing changes. */
    PartitionImage after() {
        List<Integer> members = members();
        List<Integer> live = among(replicas, r -> members.contains(r) && mayLead(r));
        List<Integer> target = without(replicas, removing);
        if (isMoving() && live.containsAll(target)) {
            replicas = target;
            live = target;
            adding = List.of();
            removing = List.of();
        }
        int leader = leader(live);
        boolean unclean = false;
        List<Integer> nowInSync = live;
        if (leader == PartitionImage.NO_LEADER) {
            leader = first(before.eligible(), this::mayLead);
            if (leader == PartitionImage.NO_LEADER && mayBeUnclean) {
                leader = uncleanLeader();
                unclean = leader != PartitionImage.NO_LEADER;
            }
            nowInSync =
                    leader == PartitionImage.NO_LEADER
                            ? among(replicas, members::contains)
                            : List.of(leader);
        }
        return build(nowInSync, leader, unclean);
    }

    private boolean isMoving() {
        return !adding.isEmpty() || !removing.isEmpty();
    }

    private boolean mayLead(int replica) {
        return standings.mayLead(before, replica) && !wiped.contains(replica);
    }

    /** The ISR without those that lost records, as long as somebody remains who did not. */
    private List<Integer> members() {
        List<Integer> sound = without(isr, losers);
        if (sound.isEmpty()) {
            sound = without(before.eligible(), losers);
        }
        return sound.isEmpty() ? isr : sound;
    }

    private int leader(List<Integer> live) {
        int first = replicas.getFirst();
        if (wantsPreferred && live.contains(first)) {
            return first;
        }
        if (live.contains(before.leader())) {
            return before.leader();
        }
        return live.isEmpty() ? PartitionImage.NO_LEADER : live.getFirst();
    }

    private int first(List<Integer> candidates, IntPredicate accepted) {
        for (int replica : replicas) {
            if (candidates.contains(replica) && accepted.test(replica)) {
                return replica;
            }
        }
        return PartitionImage.NO_LEADER;
    }

    /** Who probably lost least comes first. */
    private int uncleanLeader() {
        int leader = first(before.lastKnown(), this::mayLead);
        if (leader == PartitionImage.NO_LEADER) {
            leader = first(replicas, this::mayLead);
        }
        return leader == PartitionImage.NO_LEADER ? first(replicas, standings::isActive) : leader;
    }

    private PartitionImage build(List<Integer> nowInSync, int leader, boolean unclean) {
        boolean large = nowInSync.size() >= Math.min(rules.minInsync(), replicas.size());
        List<Integer> eligible = List.of();
        List<Integer> lastKnown = List.of();
        if (!large && !unclean) {
            eligible = among(replicas, r -> isEligible(r, nowInSync));
            List<Integer> others = eligible;
            lastKnown =
                    among(
                            replicas,
                            r -> !nowInSync.contains(r) && !others.contains(r) && heldMuch(r));
        }
        boolean newLeader = leader != before.leader();
        boolean somebodyGone = !replicas.containsAll(before.replicas());
        int leaderEpoch = before.leaderEpoch() + (newLeader || unclean || somebodyGone ? 1 : 0);
        PartitionImage now =
                new PartitionImage(
                        before.partition(),
                        replicas,
                        directories(unclean ? leader : PartitionImage.NO_LEADER),
                        nowInSync,
                        adding,
                        removing,
                        eligible,
                        lastKnown,
                        leader,
                        leaderEpoch,
                        before.partitionEpoch(),
                        unclean ? leaderEpoch : before.uncleanEpoch(),
                        byBalance && isMoving());
        return now.equals(before) ? before : now.atEpoch(before.partitionEpoch() + 1);
    }

    private boolean isEligible(int replica, List<Integer> nowInSync) {
        return heldAll(replica) && !nowInSync.contains(replica) && !losers.contains(replica);
    }

    private boolean heldAll(int replica) {
        return before.isr().contains(replica) || before.eligible().contains(replica);
    }

    /** A crash costs the last records; whoever lost its disk has none. */
    private boolean heldMuch(int replica) {
        return (heldAll(replica) || before.lastKnown().contains(replica))
                && !standings.isStranger(before, replica)
                && !wiped.contains(replica);
    }

    /**
     * @param newcomer who begins anew with what it has, wherever that lies
     */
    private List<Uuid> directories(int newcomer) {
        if (replicas == before.replicas() && wiped.isEmpty() && newcomer < 0) {
            return before.directories();
        }
        List<Uuid> directories = new ArrayList<>(replicas.size());
        for (int replica : replicas) {
            directories.add(directory(replica, replica == newcomer));
        }
        return List.copyOf(directories);
    }

    private Uuid directory(int replica, boolean isNewcomer) {
        if (isNewcomer && !mayLead(replica)) {
            return Uuid.ZERO;
        }
        return wiped.contains(replica)
                ? PartitionImage.LOST_DIRECTORY
                : before.directoryOf(replica);
    }

    private static List<Integer> among(List<Integer> all, IntPredicate wanted) {
        List<Integer> some = new ArrayList<>(all.size());
        for (int one : all) {
            if (wanted.test(one)) {
                some.add(one);
            }
        }
        return List.copyOf(some);
    }

    private static List<Integer> without(List<Integer> all, Collection<Integer> some) {
        return some.isEmpty() ? all : among(all, one -> !some.contains(one));
    }
}
