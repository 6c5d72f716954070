package io.sluice.core.group;

import io.sluice.core.model.TopicPartition;
import java.util.List;
import java.util.Optional;

/** What is remembered. The last event of a group, or of an offset, tells all about it. */
public sealed interface GroupEvent {

    /** The group has a new generation, or members changed without one. */
    record Stored(
            String group,
            String protocolType,
            int generation,
            Optional<String> protocolName,
            String leader,
            long sinceMs,
            List<StoredMember> members)
            implements GroupEvent {}

    /** A member with what it offered to, and got from, the assignor that was chosen. */
    record StoredMember(
            String memberId,
            Optional<String> instanceId,
            String clientId,
            String clientHost,
            int sessionMs,
            int rebalanceMs,
            Bytes metadata,
            Bytes assignment) {}

    /** The group is gone. */
    record Removed(String group) implements GroupEvent {}

    /** An offset is stored. */
    record Offset(String group, TopicPartition partition, GroupReply.Committed committed)
            implements GroupEvent {}

    /** An offset is gone. */
    record OffsetRemoved(String group, TopicPartition partition) implements GroupEvent {}
}
