package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;

/**
 * One partition as the cluster knows it. The lists of brokers after {@code replicas} are parts of
 * it and in its order.
 *
 * @param partition its number in the topic
 * @param replicas broker ids, the preferred leader first; while a reassignment is under way those
 *     that are wanted, then those that leave
 * @param directories the log directory of each replica, in the order of {@code replicas}; {@link
 *     Uuid#ZERO} lets the broker choose, {@link #LOST_DIRECTORY} is gone
 * @param isr the in-sync replicas; never empty: while no member lives, those that did last
 * @param adding replicas that a reassignment brings and that are not all in sync yet (KIP-455)
 * @param removing replicas that go once the reassignment is complete (KIP-455)
 * @param eligible replicas that left the ISR when it was below min.insync.replicas already: they
 *     hold all that is committed and may lead (KIP-966, ELR)
 * @param lastKnown replicas that were in the ISR or eligible and may have lost records since, while
 *     the ISR is too small to commit: the first choice of an unclean election (KIP-966)
 * @param leader the leader's broker id, or {@link #NO_LEADER}
 * @param leaderEpoch grows with every leader (KIP-101)
 * @param partitionEpoch grows with every change (KIP-497)
 * @param uncleanEpoch the last leader epoch that an unclean election began, {@link #NEVER} if none
 *     did: what was committed before may be lost
 * @param byBalance the reassignment under way is the cluster's own ({@link ClusterBalance}), and no
 *     operator's
 */
public record PartitionImage(
        int partition,
        List<Integer> replicas,
        List<Uuid> directories,
        List<Integer> isr,
        List<Integer> adding,
        List<Integer> removing,
        List<Integer> eligible,
        List<Integer> lastKnown,
        int leader,
        int leaderEpoch,
        int partitionEpoch,
        int uncleanEpoch,
        boolean byBalance) {

    /** No replica may lead now. */
    public static final int NO_LEADER = -1;

    /** No unclean election so far. */
    public static final int NEVER = -1;

    /** The directory that held the replica is no more, and which one that was is not known. */
    public static final Uuid LOST_DIRECTORY = new Uuid(0L, 1L);

    /** A partition at rest: nothing moves, and nobody was left behind. */
    public PartitionImage(
            int partition,
            List<Integer> replicas,
            List<Uuid> directories,
            List<Integer> isr,
            int leader,
            int leaderEpoch,
            int partitionEpoch) {
        this(
                partition,
                replicas,
                directories,
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leader,
                leaderEpoch,
                partitionEpoch,
                NEVER,
                false);
    }

    /** Whether a reassignment is under way. */
    public boolean isMoving() {
        return !adding.isEmpty() || !removing.isEmpty();
    }

    /** The replicas there are to be once a reassignment is complete, the preferred leader first. */
    public List<Integer> target() {
        return removing.isEmpty()
                ? replicas
                : replicas.stream().filter(replica -> !removing.contains(replica)).toList();
    }

    /** Where that replica lies; {@link Uuid#ZERO} for a broker that has none. */
    public Uuid directoryOf(int broker) {
        int at = replicas.indexOf(broker);
        return at < 0 ? Uuid.ZERO : directories.get(at);
    }

    /** Whether that replica holds what is committed, as far as the cluster knows. */
    public boolean countsOn(int broker) {
        return isr.contains(broker) || eligible.contains(broker);
    }

    /** Whether what that broker holds of it is worth nothing: it is to begin anew. */
    public boolean isLost(int broker) {
        return directoryOf(broker).equals(LOST_DIRECTORY) && !countsOn(broker);
    }

    PartitionImage atEpoch(int epoch) {
        return new PartitionImage(
                partition,
                replicas,
                directories,
                isr,
                adding,
                removing,
                eligible,
                lastKnown,
                leader,
                leaderEpoch,
                epoch,
                uncleanEpoch,
                byBalance);
    }
}
