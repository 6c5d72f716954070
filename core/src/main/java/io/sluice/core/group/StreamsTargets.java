package io.sluice.core.group;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupSettings.StreamsTimes;
import io.sluice.core.group.streams.StickyTaskAssignor;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.TopologyPlan;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the members of a streams group should do, by their topology and what topics there are. */
final class StreamsTargets {

    /** Stands for no topics at all: while a group that begins waits for company. */
    private static final long WAITING = 0L;

    private final GroupSettings settings;
    private final Topics topics;

    StreamsTargets(GroupSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
    }

    /** What the topology comes to now; the same object as long as nothing has changed. */
    Optional<TopologyPlan> plan(StreamsGroup group, Optional<Topology> topology) {
        if (topology.isEmpty()) {
            return Optional.empty();
        }
        ClusterImage image = topics.image();
        TopologyPlan plan = group.plan;
        if (plan == null || image != group.seen || !topology.get().equals(group.planned)) {
            plan = TopologyPlan.of(topology.get(), name -> partitions(image, name));
            group.plan = plan;
            group.planned = topology.get();
            group.seen = image;
        }
        return Optional.of(plan);
    }

    static int partitions(ClusterImage image, String name) {
        TopicImage topic = image.topics().get(name);
        return topic == null ? 0 : topic.partitions().size();
    }

    /**
     * Makes new targets if they are due.
     *
     * @param changed a member, or what it runs, has changed
     * @param waits the group waits for company
     */
    void refresh(StreamsDraft draft, boolean changed, boolean waits) {
        StreamsGroup group = draft.group;
        Optional<TopologyPlan> plan = plan(group, draft.topology);
        boolean sameWorld = group.based == topics.image() && (draft.basis == WAITING) == waits;
        if (!changed && sameWorld && draft.epoch == draft.targetEpoch) {
            return;
        }
        group.based = topics.image();
        long basis = waits ? WAITING : basis(draft);
        if (changed || basis != draft.basis) {
            draft.epoch++;
        }
        draft.basis = basis;
        if (draft.epoch > draft.targetEpoch) {
            SortedMap<String, Tasks> targets =
                    waits || plan.isEmpty() || !plan.get().isReady()
                            ? Collections.emptySortedMap()
                            : assign(draft, plan.get());
            draft.members()
                    .forEach((id, member) -> {
                        Tasks target = targets.getOrDefault(id, Tasks.NONE);
                        if (!target.equals(member.target())) {
                            draft.put(member.withTarget(target));
                        }
                    });
            draft.targetEpoch = draft.epoch;
        }
    }

    /** Among those who run the topology as it is now. */
    private SortedMap<String, Tasks> assign(StreamsDraft draft, TopologyPlan plan) {
        Topology topology = draft.topology.orElseThrow();
        SortedMap<String, StickyTaskAssignor.Member> able = new TreeMap<>();
        draft.members()
                .forEach((id, member) -> {
                    if (member.profile().topologyEpoch() == topology.epoch()) {
                        able.put(
                                id,
                                new StickyTaskAssignor.Member(
                                        member.profile().processId(), member.target()));
                    }
                });
        Set<String> stateful = new HashSet<>();
        topology.subtopologies().stream()
                .filter(Topology.Subtopology::isStateful)
                .forEach(one -> stateful.add(one.id()));
        return StickyTaskAssignor.assign(
                new StickyTaskAssignor.Question(
                        able, plan.tasks(), stateful, times(draft.group.name).standbys()));
    }

    StreamsTimes times(String group) {
        return settings.streams().times(topics.image(), group);
    }

    /** The same on every broker and after every restart. Never {@link #WAITING}. */
    private long basis(StreamsDraft draft) {
        ClusterImage image = topics.image();
        long hash = Targets.mix(1L, times(draft.group.name).standbys());
        for (String name :
                draft.topology.map(Topology::needs).orElse(Collections.emptySortedSet())) {
            TopicImage topic = image.topics().get(name);
            hash = Targets.mix(hash, topic == null ? 0L : topic.id().high());
            hash = Targets.mix(hash, topic == null ? 0L : topic.id().low());
            hash = Targets.mix(hash, topic == null ? 0 : topic.partitions().size());
        }
        return hash == WAITING ? 1L : hash;
    }
}
