package io.sluice.engine.partition;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.partition.ReplicaSet.Proposal;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.replication.Replication;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings what leaders propose to the controller: all that gathers while one command is under way
 * goes with the next. Each partition has one proposal here at most. Any thread may propose; the
 * rest is the metadata loop's.
 */
final class IsrProposals {

    /** Partitions in one command. */
    static final int MAX_CHANGES = 1_000;

    private final EventLoop home;
    private final Metadata metadata;
    private final Replication.Identity self;
    private final Map<PartitionHost, Proposal> waiting = new LinkedHashMap<>();
    private boolean underWay;

    private record Sent(PartitionHost host, Proposal proposal) {}

    IsrProposals(EventLoop home, Metadata metadata, Replication.Identity self) {
        this.home = home;
        this.metadata = metadata;
        this.self = self;
    }

    void propose(PartitionHost host, Proposal proposal) {
        home.execute(() -> {
            waiting.put(host, proposal);
            if (!underWay && waiting.size() == 1) {
                home.post(this::send);
            }
        });
    }

    private void send() {
        if (underWay || waiting.isEmpty()) {
            return;
        }
        List<Sent> sent = new ArrayList<>();
        List<IsrChange> changes = new ArrayList<>();
        Iterator<Map.Entry<PartitionHost, Proposal>> all = waiting.entrySet().iterator();
        while (all.hasNext() && sent.size() < MAX_CHANGES) {
            Map.Entry<PartitionHost, Proposal> one = all.next();
            all.remove();
            sent.add(new Sent(one.getKey(), one.getValue()));
            changes.add(change(one.getKey(), one.getValue()));
        }
        underWay = true;
        metadata.submit(
                new AlterPartitions(self.brokerId(), self.brokerEpoch().getAsLong(), changes),
                home,
                reply -> answered(sent, reply));
    }

    private static IsrChange change(PartitionHost host, Proposal proposal) {
        return new IsrChange(
                host.topicId(),
                host.name().partition(),
                proposal.leaderEpoch(),
                proposal.partitionEpoch(),
                proposal.isr().stream()
                        .map(member -> new BrokerEpoch(member.brokerId(), member.brokerEpoch()))
                        .toList());
    }

    private void answered(List<Sent> sent, ControllerReply reply) {
        underWay = false;
        for (int i = 0; i < sent.size(); i++) {
            Sent one = sent.get(i);
            boolean known = reply.outcomes().size() == sent.size();
            boolean refused = known && isRefused(reply.outcomes().get(i), one.proposal);
            one.host.loop().execute(() -> one.host.proposalAnswered(one.proposal, refused));
        }
        send();
    }

    /**
     * Whether a proposal is certainly without effect. Where the partition has changed meanwhile the
     * image tells; and an answer that does not come tells nothing.
     */
    private static boolean isRefused(Outcome outcome, Proposal proposal) {
        return switch (outcome.error()) {
            case INELIGIBLE_REPLICA, INVALID_REQUEST, STALE_BROKER_EPOCH -> true;
            case NONE ->
                    outcome.partition().map(PartitionImage::partitionEpoch).orElse(-1)
                            == proposal.partitionEpoch();
            default -> false;
        };
    }
}
