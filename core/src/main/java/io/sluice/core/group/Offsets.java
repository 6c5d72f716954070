package io.sluice.core.group;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/** The committed offsets of the groups of a coordinator. Changed by events alone. */
final class Offsets {

    private final GroupSettings settings;
    private final Topics topics;

    /** Those in transactions that are not over. */
    final PendingOffsets pending = new PendingOffsets(this);

    private final Map<String, SortedMap<TopicPartition, Committed>> byGroup = new TreeMap<>();

    Offsets(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
    }

    boolean has(String group) {
        return byGroup.containsKey(group) || pending.has(group);
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
            ErrorCode error = check(one);
            errors.add(error);
            if (error != ErrorCode.NONE) {
                continue;
            }
            pending.overtake(commit.group(), one.partition(), out);
            out.store(
                    new GroupEvent.Offset(commit.group(), one.partition(), committed(one, nowMs)));
        }
        return new PerPartition(ErrorCode.NONE, errors);
    }

    /** As it is stored, for the topic that has the name now. */
    Committed committed(GroupCommand.Offset one, long nowMs) {
        TopicImage topic = topics.image().topics().get(one.partition().topic());
        Uuid id = topic == null ? Uuid.ZERO : topic.id();
        return new Committed(one.offset(), one.leaderEpoch(), one.metadata(), nowMs, id);
    }

    /**
     * Whether it was stored for an earlier topic of that name: who deleted that one died before the
     * group could be told.
     */
    private boolean isOfAnother(String name, Committed one) {
        TopicImage topic = topics.image().topics().get(name);
        return topic != null
                && !one.topicId().equals(Uuid.ZERO)
                && !one.topicId().equals(topic.id());
    }

    /** Whether an offset may be stored. */
    ErrorCode check(GroupCommand.Offset one) {
        return one.metadata().getBytes(StandardCharsets.UTF_8).length > settings.metadataMaxBytes()
                ? ErrorCode.OFFSET_METADATA_TOO_LARGE
                : ErrorCode.NONE;
    }

    GroupReply.Fetched fetch(GroupCommand.Fetch fetch) {
        SortedMap<TopicPartition, Committed> known = of(fetch.group());
        Collection<TopicPartition> wanted =
                fetch.partitions().isPresent() ? fetch.partitions().get() : known.keySet();
        SortedMap<TopicPartition, Committed> found = new TreeMap<>();
        for (TopicPartition partition : wanted) {
            Committed one = known.get(partition);
            if (one != null && !isOfAnother(partition.topic(), one)) {
                found.put(partition, one);
            }
        }
        return new GroupReply.Fetched(
                ErrorCode.NONE,
                found,
                fetch.stable() ? pending.unstable(fetch.group(), wanted) : Set.of());
    }

    /**
     * @param subscribed topics that the group's members read now
     */
    PerPartition delete(GroupCommand.DeleteOffsets delete, Set<String> subscribed, Out out) {
        List<ErrorCode> errors = new ArrayList<>();
        for (TopicPartition partition : delete.partitions()) {
            if (subscribed.contains(partition.topic())) {
                errors.add(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
            } else {
                pending.forget(delete.group()::equals, partition::equals, out);
                if (of(delete.group()).containsKey(partition)) {
                    out.store(new GroupEvent.OffsetRemoved(delete.group(), partition));
                }
                errors.add(ErrorCode.NONE);
            }
        }
        return new PerPartition(ErrorCode.NONE, errors);
    }

    /** All offsets of the group go. */
    void forget(String group, Out out) {
        of(group).keySet().forEach(one -> out.store(new GroupEvent.OffsetRemoved(group, one)));
        pending.forget(group::equals, one -> true, out);
    }

    void forgetTopics(Set<String> topics, Out out) {
        byGroup.forEach((group, offsets) ->
                offsets.keySet().stream()
                        .filter(one -> topics.contains(one.topic()))
                        .forEach(one -> out.store(new GroupEvent.OffsetRemoved(group, one))));
        pending.forget(group -> true, one -> topics.contains(one.topic()), out);
    }

    /**
     * Lets go what is old: counted from the commit, and while nobody is a member from the moment
     * the group became empty (KIP-211). What members read stays. What belongs to a topic that is
     * there no more goes at any age: its end may have come while nobody could be told.
     *
     * @param limit stops, with the rest left, once the decision has that many events
     * @return whether any is left
     */
    boolean expire(OffsetOwner owner, long nowMs, int limit, Out out) {
        Predicate<String> exists = topics.image().topics()::containsKey;
        boolean isUnsettled = owner.isUnsettled();
        Set<String> inUse = isUnsettled ? Set.of() : owner.topics();
        long sinceMs = owner.emptySinceMs();
        boolean left = pending.has(owner.name());
        if (left) {
            pending.forget(owner.name()::equals, one -> !exists.test(one.topic()), out);
        }
        for (Map.Entry<TopicPartition, Committed> entry : of(owner.name()).entrySet()) {
            if (out.size() >= limit) {
                return true;
            }
            String topic = entry.getKey().topic();
            long fromMs = Math.max(entry.getValue().timeMs(), sinceMs);
            boolean isOld =
                    !isUnsettled
                            && nowMs - fromMs >= settings.retentionMs()
                            && !inUse.contains(topic)
                            && !pending.isUnstable(owner.name(), entry.getKey());
            if (isOld || !exists.test(topic) || isOfAnother(topic, entry.getValue())) {
                out.store(new GroupEvent.OffsetRemoved(owner.name(), entry.getKey()));
            } else {
                left = true;
            }
        }
        return left;
    }
}
