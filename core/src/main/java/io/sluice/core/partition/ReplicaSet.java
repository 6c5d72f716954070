package io.sluice.core.partition;

import java.util.List;

/**
 * Who holds a partition, as the controller last said it.
 *
 * @param localId the broker this is said to
 * @param partitionEpoch grows with every change (KIP-497); what is not newer is no news
 * @param replicas all of them, this broker's too, in the order of preference
 * @param isr the broker ids of those in sync
 * @param eligible those that are not, and may lead all the same (KIP-966)
 */
public record ReplicaSet(
        int localId,
        int partitionEpoch,
        List<Replica> replicas,
        List<Integer> isr,
        List<Integer> eligible) {

    /** Nobody is eligible but who is in sync. */
    public ReplicaSet(int localId, int partitionEpoch, List<Replica> replicas, List<Integer> isr) {
        this(localId, partitionEpoch, replicas, isr, List.of());
    }

    /** The only replica there is. */
    public static final ReplicaSet ALONE =
            new ReplicaSet(0, 0, List.of(new Replica(0, Replica.NO_EPOCH, true)), List.of(0));

    /**
     * One replica.
     *
     * @param brokerEpoch of the broker's registration (KIP-903), or {@link #NO_EPOCH}
     * @param eligible whether the broker may enter the ISR: it is neither fenced nor going down
     */
    public record Replica(int brokerId, long brokerEpoch, boolean eligible) {

        /** The broker is not registered. */
        public static final long NO_EPOCH = -1L;
    }

    /**
     * An ISR that a leader wants: compare-and-set on both epochs.
     *
     * @param isr each with the registration its leader has seen it fetch under (KIP-903)
     */
    public record Proposal(int leaderEpoch, int partitionEpoch, List<Member> isr) {}

    /** A member of an ISR that is proposed. */
    public record Member(int brokerId, long brokerEpoch) {}
}
