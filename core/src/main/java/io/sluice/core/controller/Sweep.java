package io.sluice.core.controller;

import io.sluice.core.controller.TopicRules.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Lets partitions go on after brokers, directories or settings have changed. Looks at each
 * partition once; a topic with changes gives one event.
 */
final class Sweep {

    private final ClusterState state;
    private final Standings standings;
    private final TopicRules rules;

    /**
     * @param state with the change in it
     */
    Sweep(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.standings = new Standings(state.brokers());
        this.rules = new TopicRules(state, defaults);
    }

    /** Tells a draft what happened to its partition. */
    interface Adjustment {
        void adjust(PartitionDraft draft, PartitionImage before, Rules rules);
    }

    /** Partitions that count on that broker, and those without a leader that it could lead. */
    static Predicate<PartitionImage> of(int broker) {
        return partition ->
                partition.isr().contains(broker)
                        || partition.eligible().contains(broker)
                        || partition.lastKnown().contains(broker)
                        || (partition.leader() == PartitionImage.NO_LEADER
                                && partition.replicas().contains(broker));
    }

    List<MetadataEvent> over(Predicate<PartitionImage> touched) {
        return over(touched, (draft, before, ofTopic) -> {});
    }

    List<MetadataEvent> over(Predicate<PartitionImage> touched, Adjustment adjustment) {
        List<MetadataEvent> events = new ArrayList<>();
        for (TopicImage topic : state.topics().values()) {
            List<PartitionImage> changed = changed(topic, touched, adjustment);
            if (!changed.isEmpty()) {
                events.add(new MetadataEvent.PartitionsChanged(topic.id(), List.copyOf(changed)));
            }
        }
        return events;
    }

    private List<PartitionImage> changed(
            TopicImage topic, Predicate<PartitionImage> touched, Adjustment adjustment) {
        Rules ofTopic = rules.of(topic);
        List<PartitionImage> changed = new ArrayList<>();
        for (PartitionImage before : topic.partitions()) {
            if (touched.test(before)) {
                PartitionDraft draft = new PartitionDraft(before, standings, ofTopic);
                adjustment.adjust(draft, before, ofTopic);
                PartitionImage after = draft.after();
                if (after != before) {
                    changed.add(after);
                }
            }
        }
        return changed;
    }
}
