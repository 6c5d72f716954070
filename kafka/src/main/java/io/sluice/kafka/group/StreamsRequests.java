package io.sluice.kafka.group;

import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.CopartitionGroup;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.KeyValue;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.Subtopology;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TaskIds;
import org.apache.kafka.common.message.StreamsGroupHeartbeatRequestData.TopicInfo;
import org.apache.kafka.common.message.StreamsGroupHeartbeatResponseData;
import org.jspecify.annotations.Nullable;

/** What members of streams groups say, in the words of the core. */
final class StreamsRequests {

    private StreamsRequests() {}

    /** What cannot be said in the words of the core. */
    static Optional<String> fault(StreamsGroupHeartbeatRequestData data) {
        for (Collection<TaskIds> some :
                List.of(
                        orEmpty(data.activeTasks()),
                        orEmpty(data.standbyTasks()),
                        orEmpty(data.warmupTasks()))) {
            for (TaskIds ids : some) {
                for (int partition : ids.partitions()) {
                    if (partition < 0 || partition > Task.MAX_PARTITION) {
                        return Optional.of(
                                "there is no task %s_%d".formatted(ids.subtopologyId(), partition));
                    }
                }
            }
        }
        if (data.topology() != null) {
            for (Subtopology one : data.topology().subtopologies()) {
                Optional<String> fault = fault(one);
                if (fault.isPresent()) {
                    return fault.map(
                            why -> "subtopology %s %s".formatted(one.subtopologyId(), why));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> fault(Subtopology one) {
        if (!one.sourceTopicRegex().isEmpty()) {
            return Optional.of(
                    "reads topics by the pattern %s: name them"
                            .formatted(one.sourceTopicRegex().getFirst()));
        }
        for (CopartitionGroup group : one.copartitionGroups()) {
            boolean inside =
                    within(group.sourceTopics(), one.sourceTopics().size())
                            && within(
                                    group.repartitionSourceTopics(),
                                    one.repartitionSourceTopics().size())
                            && group.sourceTopicRegex().isEmpty();
            if (!inside) {
                return Optional.of("reads topics together that it does not read");
            }
        }
        return Optional.empty();
    }

    private static boolean within(List<Short> indexes, int size) {
        return indexes.stream().allMatch(index -> index >= 0 && index < size);
    }

    private static <T> List<T> orEmpty(@Nullable List<T> some) {
        return some == null ? List.of() : some;
    }

    static Topology topology(StreamsGroupHeartbeatRequestData.Topology topology) {
        List<Topology.Subtopology> parts = new ArrayList<>();
        for (Subtopology one : topology.subtopologies()) {
            parts.add(
                    new Topology.Subtopology(
                            one.subtopologyId(),
                            one.sourceTopics(),
                            one.repartitionSinkTopics(),
                            internal(one.repartitionSourceTopics()),
                            internal(one.stateChangelogTopics()),
                            one.copartitionGroups().stream()
                                    .map(group -> names(one, group))
                                    .toList()));
        }
        return new Topology(topology.epoch(), parts);
    }

    private static List<InternalTopic> internal(List<TopicInfo> topics) {
        return topics.stream()
                .map(topic ->
                        new InternalTopic(
                                topic.name(),
                                topic.partitions(),
                                topic.replicationFactor(),
                                pairs(topic.topicConfigs())))
                .toList();
    }

    private static List<String> names(Subtopology one, CopartitionGroup group) {
        List<String> names = new ArrayList<>();
        group.sourceTopics().forEach(index -> names.add(one.sourceTopics().get(index)));
        group.repartitionSourceTopics()
                .forEach(index -> names.add(one.repartitionSourceTopics().get(index).name()));
        return names;
    }

    static SortedMap<String, String> pairs(Collection<KeyValue> pairs) {
        SortedMap<String, String> all = new TreeMap<>();
        pairs.forEach(one -> all.put(one.key(), one.value()));
        return all;
    }

    /** What the member holds, if it says so of every role. */
    static Optional<Tasks> owned(StreamsGroupHeartbeatRequestData data) {
        return data.activeTasks() == null
                        || data.standbyTasks() == null
                        || data.warmupTasks() == null
                ? Optional.empty()
                : Optional.of(
                        new Tasks(
                                tasks(data.activeTasks()),
                                tasks(data.standbyTasks()),
                                tasks(data.warmupTasks())));
    }

    private static SortedSet<Task> tasks(List<TaskIds> ids) {
        SortedSet<Task> tasks = new TreeSet<>();
        for (TaskIds one : ids) {
            one.partitions()
                    .forEach(partition -> tasks.add(new Task(one.subtopologyId(), partition)));
        }
        return tasks;
    }

    static List<StreamsGroupHeartbeatResponseData.TaskIds> taskIds(SortedSet<Task> tasks) {
        List<StreamsGroupHeartbeatResponseData.TaskIds> all = new ArrayList<>();
        bySubtopology(tasks)
                .forEach((subtopology, partitions) ->
                        all.add(
                                new StreamsGroupHeartbeatResponseData.TaskIds()
                                        .setSubtopologyId(subtopology)
                                        .setPartitions(partitions)));
        return all;
    }

    static SortedMap<String, List<Integer>> bySubtopology(SortedSet<Task> tasks) {
        SortedMap<String, List<Integer>> all = new TreeMap<>();
        for (Task task : tasks) {
            all.computeIfAbsent(task.subtopology(), id -> new ArrayList<>()).add(task.partition());
        }
        return all;
    }
}
