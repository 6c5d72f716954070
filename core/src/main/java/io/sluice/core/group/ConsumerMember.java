package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import java.util.List;
import java.util.Optional;

/**
 * A member of a group whose partitions the broker assigns (KIP-848). Immutable; the whole of it is
 * one event.
 *
 * @param standing how far it has come towards its target
 * @param target what it is to have
 */
public record ConsumerMember(
        String id,
        Optional<String> instanceId,
        Profile profile,
        Standing<PartitionSet> standing,
        PartitionSet target)
        implements EpochMember<PartitionSet> {

    /**
     * What it says of itself.
     *
     * @param rebalanceMs how long it may take to give partitions back
     * @param topics names it subscribes to, in order
     * @param pattern it subscribes to; empty for none
     * @param assignor it wishes for; empty for none
     * @param classic present if it speaks the classic protocol
     */
    public record Profile(
            Optional<String> rack,
            String clientId,
            String clientHost,
            int rebalanceMs,
            List<String> topics,
            String pattern,
            String assignor,
            Optional<ClassicSide> classic) {

        /** Whether it changes who should have what. */
        boolean subscribesLike(Profile other) {
            return topics.equals(other.topics)
                    && pattern.equals(other.pattern)
                    && assignor.equals(other.assignor)
                    && rack.equals(other.rack);
        }
    }

    /** What only a member of the classic protocol has. */
    public record ClassicSide(int sessionMs, List<GroupCommand.Protocol> protocols) {

        boolean offers(String protocol) {
            return protocols.stream().anyMatch(one -> one.name().equals(protocol));
        }
    }

    ConsumerMember with(Profile changed) {
        return new ConsumerMember(id, instanceId, changed, standing, target);
    }

    ConsumerMember with(Standing<PartitionSet> changed) {
        return new ConsumerMember(id, instanceId, profile, changed, target);
    }

    ConsumerMember withTarget(PartitionSet changed) {
        return new ConsumerMember(id, instanceId, profile, standing, changed);
    }

    /** A static member that came back under another id. */
    ConsumerMember as(String another) {
        Standing<PartitionSet> again = Standing.atFirst(standing.assigned(), PartitionSet.NONE);
        return new ConsumerMember(another, instanceId, profile, again, target);
    }

    boolean isClassic() {
        return profile.classic().isPresent();
    }

    /** One that has gone for a moment, or speaks the classic protocol, where the last one wins. */
    @Override
    public boolean yieldsInstance() {
        return standing.epoch() == Standing.AWAY || isClassic();
    }
}
