package io.sluice.core.group;

import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The committed offsets of the groups of a coordinator. Changed by events alone. */
final class Offsets {

    private final GroupSettings settings;
    private final Map<String, SortedMap<TopicPartition, Committed>> byGroup = new TreeMap<>();

    Offsets(GroupSettings settings) {
        this.settings = settings;
    }

    boolean has(String group) {
        return byGroup.containsKey(group);
    }

    private SortedMap<TopicPartition, Committed> of(String group) {
        return byGroup.getOrDefault(group, Collections.emptySortedMap());
    }

    void apply(GroupEvent.Offset event) {
        byGroup.computeIfAbsent(event.group(), name -> new TreeMap<>())
                .put(event.partition(), event.committed());
    }

    void apply(GroupEvent.OffsetRemoved event) {
        SortedMap<TopicPartition, Committed> offsets = byGroup.get(event.group());
        if (offsets != null) {
            offsets.remove(event.partition());
            if (offsets.isEmpty()) {
                byGroup.remove(event.group());
            }
        }
    }

    /**
     * @param refusal why the caller may not commit, or NONE
     */
    PerPartition commit(GroupCommand.Commit commit, ErrorCode refusal, long nowMs, Out out) {
        if (refusal != ErrorCode.NONE) {
            return new PerPartition(refusal, Collections.nCopies(commit.offsets().size(), refusal));
        }
        List<ErrorCode> errors = new ArrayList<>(commit.offsets().size());
        for (GroupCommand.Offset one : commit.offsets()) {
            if (one.metadata().getBytes(StandardCharsets.UTF_8).length
                    > settings.metadataMaxBytes()) {
                errors.add(ErrorCode.OFFSET_METADATA_TOO_LARGE);
                continue;
            }
            out.store(
                    new GroupEvent.Offset(
                            commit.group(),
                            one.partition(),
                            new Committed(one.offset(), one.leaderEpoch(), one.metadata(), nowMs)));
            errors.add(ErrorCode.NONE);
        }
        return new PerPartition(ErrorCode.NONE, errors);
    }

    GroupReply.Fetched fetch(String group, Optional<List<TopicPartition>> partitions) {
        SortedMap<TopicPartition, Committed> known = of(group);
        if (partitions.isEmpty()) {
            return new GroupReply.Fetched(new TreeMap<>(known));
        }
        SortedMap<TopicPartition, Committed> found = new TreeMap<>();
        for (TopicPartition partition : partitions.get()) {
            Committed one = known.get(partition);
            if (one != null) {
                found.put(partition, one);
            }
        }
        return new GroupReply.Fetched(found);
    }

    PerPartition delete(@Nullable Group group, GroupCommand.DeleteOffsets delete, Out out) {
        if (group == null) {
            return new PerPartition(ErrorCode.GROUP_ID_NOT_FOUND, List.of());
        }
        boolean consumers = group.protocolType.equals(Subscription.PROTOCOL_TYPE);
        if (!group.members.isEmpty() && !consumers) {
            return new PerPartition(ErrorCode.NON_EMPTY_GROUP, List.of());
        }
        Set<String> subscribed = Subscription.topics(group);
        List<ErrorCode> errors = new ArrayList<>();
        for (TopicPartition partition : delete.partitions()) {
            if (subscribed.contains(partition.topic())) {
                errors.add(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
            } else {
                if (of(group.name).containsKey(partition)) {
                    out.store(new GroupEvent.OffsetRemoved(group.name, partition));
                }
                errors.add(ErrorCode.NONE);
            }
        }
        return new PerPartition(ErrorCode.NONE, errors);
    }

    /** All offsets of the group go. */
    void forget(String group, Out out) {
        of(group).keySet().forEach(one -> out.store(new GroupEvent.OffsetRemoved(group, one)));
    }

    void forgetTopics(Set<String> topics, Out out) {
        byGroup.forEach((group, offsets) ->
                offsets.keySet().stream()
                        .filter(one -> topics.contains(one.topic()))
                        .forEach(one -> out.store(new GroupEvent.OffsetRemoved(group, one))));
    }

    /**
     * Lets go what is old: counted from the moment the group became empty, or from the commit where
     * nobody ever joined or nobody reads the topic any more (KIP-211).
     *
     * @return whether any is left
     */
    boolean expire(Group group, long nowMs, Out out) {
        boolean left = false;
        Set<String> subscribed = Subscription.topics(group);
        for (Map.Entry<TopicPartition, Committed> entry : of(group.name).entrySet()) {
            long fromMs = entry.getValue().timeMs();
            if (group.state == GroupState.EMPTY && !group.protocolType.isEmpty()) {
                fromMs = Math.max(fromMs, group.sinceMs);
            }
            boolean kept =
                    nowMs - fromMs < settings.retentionMs()
                            || subscribed.contains(entry.getKey().topic())
                            || (!group.members.isEmpty() && group.state != GroupState.STABLE);
            if (kept) {
                left = true;
            } else {
                out.store(new GroupEvent.OffsetRemoved(group.name, entry.getKey()));
            }
        }
        return left;
    }
}
