package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import java.util.List;
import java.util.Optional;

/**
 * A member of a share group (KIP-932). What it may read is its own at once, and may be others' too,
 * so it is always where its target is. Immutable; the whole of it is one event.
 *
 * @param topics names it subscribes to, in order
 */
public record ShareMember(
        String id,
        Optional<String> rack,
        String clientId,
        String clientHost,
        List<String> topics,
        Standing<PartitionSet> standing)
        implements EpochMember<PartitionSet> {

    /** Nobody comes in the place of another: there are no static members (KIP-932). */
    @Override
    public Optional<String> instanceId() {
        return Optional.empty();
    }

    @Override
    public boolean yieldsInstance() {
        return false;
    }

    boolean subscribesLike(ShareMember other) {
        return topics.equals(other.topics);
    }

    ShareMember with(Standing<PartitionSet> changed) {
        return new ShareMember(id, rack, clientId, clientHost, topics, changed);
    }
}
