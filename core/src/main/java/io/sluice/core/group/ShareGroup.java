package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A group whose members share the records of partitions one by one (KIP-932). Owned by {@link
 * ShareGroups}; changed by events alone.
 */
final class ShareGroup {

    final String name;

    /** Grows with every change of members, of what they want, and of the topics they want. */
    int epoch;

    /** Of the topics that members were given partitions of. */
    long topicsHash;

    /** When the last member went. */
    long sinceMs;

    final SortedMap<String, ShareMember> members = new TreeMap<>();

    /** The image that {@link #topicsHash} was last compared with. Not an event's. */
    @Nullable ClusterImage seen;

    ShareGroup(String name) {
        this.name = name;
    }

    void apply(GroupEvent.ShareGroupStored stored) {
        epoch = stored.epoch();
        topicsHash = stored.topicsHash();
        sinceMs = stored.sinceMs();
    }

    /** As clients see it: there is nothing that members wait for. */
    GroupState state() {
        return members.isEmpty() ? GroupState.EMPTY : GroupState.STABLE;
    }
}
