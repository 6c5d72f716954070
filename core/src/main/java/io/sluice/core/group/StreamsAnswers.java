package io.sluice.core.group;

import io.sluice.core.group.GroupReply.Answering;
import io.sluice.core.group.StreamsStatus.Code;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.TopologyPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/** What a member of a streams group is told besides its own tasks. */
final class StreamsAnswers {

    private StreamsAnswers() {}

    /** What stands in the way of the application, or of that member. */
    static List<StreamsStatus> statuses(
            StreamsDraft draft,
            StreamsMember member,
            Optional<TopologyPlan> plan,
            boolean delayed) {
        List<StreamsStatus> all = new ArrayList<>();
        int epoch = draft.topology.map(Topology::epoch).orElse(0);
        if (member.profile().topologyEpoch() < epoch) {
            all.add(
                    new StreamsStatus(
                            Code.STALE_TOPOLOGY,
                            "The group runs the topology with epoch %d, the member that with %d"
                                    .formatted(epoch, member.profile().topologyEpoch())));
        }
        plan.flatMap(TopologyPlan::fault)
                .ifPresent(fault -> all.add(new StreamsStatus(code(fault), fault.detail())));
        if (draft.group.stops) {
            all.add(
                    new StreamsStatus(
                            Code.SHUTDOWN_APPLICATION, "A member asked all of them to stop"));
        }
        if (delayed) {
            all.add(
                    new StreamsStatus(
                            Code.ASSIGNMENT_DELAYED, "The group waits a moment for more members"));
        }
        return all;
    }

    private static Code code(TopologyPlan.Fault fault) {
        return switch (fault.kind()) {
            case MISSING_SOURCE_TOPICS -> Code.MISSING_SOURCE_TOPICS;
            case INCORRECTLY_PARTITIONED_TOPICS -> Code.INCORRECTLY_PARTITIONED_TOPICS;
            case MISSING_INTERNAL_TOPICS -> Code.MISSING_INTERNAL_TOPICS;
        };
    }

    /** Who answers for what: the partitions that members with an endpoint read. */
    static List<Answering> answering(StreamsDraft draft, ToIntFunction<String> partitionsOf) {
        List<Answering> all = new ArrayList<>();
        if (draft.topology.isEmpty()) {
            return all;
        }
        Topology topology = draft.topology.get();
        for (StreamsMember member : draft.members().values()) {
            Tasks has = member.standing().assigned();
            SortedSet<Task> ready = new TreeSet<>(has.standby());
            ready.addAll(has.warmup());
            member.profile()
                    .endpoint()
                    .ifPresent(endpoint ->
                            all.add(
                                    new Answering(
                                            endpoint,
                                            reads(topology, has.active(), partitionsOf),
                                            reads(topology, ready, partitionsOf))));
        }
        return all;
    }

    private static SortedMap<String, List<Integer>> reads(
            Topology topology, SortedSet<Task> tasks, ToIntFunction<String> partitionsOf) {
        SortedMap<String, List<Integer>> read = new TreeMap<>();
        for (Task task : tasks) {
            topology.find(task.subtopology())
                    .ifPresent(one -> {
                        for (String topic : one.reads()) {
                            if (task.partition() < partitionsOf.applyAsInt(topic)) {
                                read.computeIfAbsent(topic, name -> new ArrayList<>())
                                        .add(task.partition());
                            }
                        }
                    });
        }
        return read;
    }
}
