package io.sluice.core.group.assignor;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/**
 * Shares the partitions of the subscribed topics out among members. Pure and deterministic; each
 * partition that anybody subscribes to goes to exactly one of those who do.
 */
public interface Assignor {

    /** All of them; the first is used where nobody has a wish. */
    List<Assignor> ALL = List.of(new UniformAssignor(), new RangeAssignor());

    /** The name by which members ask for it. */
    String name();

    /** The partitions of every member. */
    Map<String, PartitionSet> assign(Question question);

    /**
     * What is to be shared.
     *
     * @param members by id
     * @param topics those that anybody subscribes to, and that are there
     */
    record Question(SortedMap<String, Subscriber> members, Map<Uuid, Topic> topics) {}

    /**
     * A member.
     *
     * @param instanceId of a static one
     * @param topics those it subscribes to
     * @param before what it was to have until now
     */
    record Subscriber(
            Optional<String> instanceId,
            Optional<String> rack,
            Set<Uuid> topics,
            PartitionSet before) {}

    /**
     * A topic.
     *
     * @param racks of the replicas of each partition, by its number
     */
    record Topic(String name, List<Set<String>> racks) {

        public int partitions() {
            return racks.size();
        }
    }
}
