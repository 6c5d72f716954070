package io.sluice.core.controller;

import io.sluice.core.controller.MetadataEvent.BrokerConfigChanged;
import io.sluice.core.controller.MetadataEvent.BrokerEpochsUsed;
import io.sluice.core.controller.MetadataEvent.BrokerFencingChanged;
import io.sluice.core.controller.MetadataEvent.BrokerRegistered;
import io.sluice.core.controller.MetadataEvent.BrokerUnregistered;
import io.sluice.core.controller.MetadataEvent.ClusterInitialized;
import io.sluice.core.controller.MetadataEvent.DirectoriesAssigned;
import io.sluice.core.controller.MetadataEvent.GroupConfigChanged;
import io.sluice.core.controller.MetadataEvent.LeaderEpochsBumped;
import io.sluice.core.controller.MetadataEvent.PartitionsAdded;
import io.sluice.core.controller.MetadataEvent.PartitionsChanged;
import io.sluice.core.controller.MetadataEvent.ProducerIdsAllocated;
import io.sluice.core.controller.MetadataEvent.TopicConfigChanged;
import io.sluice.core.controller.MetadataEvent.TopicCreated;
import io.sluice.core.controller.MetadataEvent.TopicDeleted;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;

/**
 * What the controller knows after a prefix of the metadata log. Immutable; {@link #after} is the
 * only way on, live and at replay alike. Each table knows its own part of the events.
 */
record ClusterState(
        Uuid clusterId,
        BrokerTable brokerTable,
        TopicTable topicTable,
        SettingsTable brokerSettings,
        SettingsTable groupSettings,
        long nextProducerId) {

    static final ClusterState EMPTY =
            new ClusterState(
                    Uuid.ZERO,
                    BrokerTable.EMPTY,
                    TopicTable.EMPTY,
                    SettingsTable.EMPTY,
                    SettingsTable.EMPTY,
                    0L);

    PersistentSortedMap<Integer, BrokerImage> brokers() {
        return brokerTable.brokers();
    }

    PersistentSortedMap<String, TopicImage> topics() {
        return topicTable.byName();
    }

    PersistentSortedMap<Uuid, TopicImage> topicsById() {
        return topicTable.byId();
    }

    /**
     * The state once the event has happened.
     *
     * @throws IllegalStateException if the event cannot happen here: the log is not the one that
     *     led here, or the controller has a defect
     */
    ClusterState after(MetadataEvent event) {
        return switch (event) {
            case ClusterInitialized e ->
                    new ClusterState(
                            e.clusterId(),
                            brokerTable,
                            topicTable,
                            brokerSettings,
                            groupSettings,
                            nextProducerId);
            case BrokerRegistered e -> with(brokerTable.registered(e.broker()));
            case BrokerFencingChanged e -> with(brokerTable.standing(e));
            case BrokerUnregistered e -> with(brokerTable.unregistered(e.brokerId()));
            case BrokerEpochsUsed e -> with(brokerTable.epochsUsed(e.nextBrokerEpoch()));
            case TopicCreated e -> with(topicTable.created(e));
            case PartitionsAdded e -> with(topicTable.grown(e.topicId(), e.partitions()));
            case PartitionsChanged e -> with(topicTable.changed(e.topicId(), e.partitions()));
            case TopicDeleted e -> with(topicTable.deleted(e.id()));
            case TopicConfigChanged e ->
                    with(topicTable.configured(e.topicId(), e.key(), e.value()));
            case LeaderEpochsBumped e -> with(topicTable.bumped(e.brokerId()));
            case DirectoriesAssigned e -> with(topicTable.placed(e.brokerId(), e.placements()));
            case BrokerConfigChanged e ->
                    with(brokerSettings.changed(e.broker(), e.key(), e.value()), groupSettings);
            case GroupConfigChanged e ->
                    with(brokerSettings, groupSettings.changed(e.group(), e.key(), e.value()));
            case ProducerIdsAllocated e ->
                    new ClusterState(
                            clusterId,
                            brokerTable,
                            topicTable,
                            brokerSettings,
                            groupSettings,
                            e.nextProducerId());
        };
    }

    /** The state once all of them have happened, in that order. */
    ClusterState after(List<MetadataEvent> events) {
        ClusterState state = this;
        for (MetadataEvent event : events) {
            state = state.after(event);
        }
        return state;
    }

    private ClusterState with(BrokerTable now) {
        return new ClusterState(
                clusterId, now, topicTable, brokerSettings, groupSettings, nextProducerId);
    }

    private ClusterState with(TopicTable now) {
        return new ClusterState(
                clusterId, brokerTable, now, brokerSettings, groupSettings, nextProducerId);
    }

    private ClusterState with(SettingsTable ofBrokers, SettingsTable ofGroups) {
        return new ClusterState(
                clusterId, brokerTable, topicTable, ofBrokers, ofGroups, nextProducerId);
    }

    ClusterImage image(long index) {
        return new ClusterImage(
                index,
                clusterId,
                brokers(),
                topics(),
                topicsById(),
                brokerSettings.values(),
                groupSettings.values(),
                nextProducerId);
    }

    /** Events that lead from nothing to this state: a snapshot. */
    List<MetadataEvent> asEvents() {
        List<MetadataEvent> events = new ArrayList<>();
        events.add(new ClusterInitialized(clusterId));
        events.addAll(brokerTable.asEvents());
        events.addAll(topicTable.asEvents());
        events.addAll(brokerSettings.asEvents(BrokerConfigChanged::new));
        events.addAll(groupSettings.asEvents(GroupConfigChanged::new));
        events.add(new ProducerIdsAllocated(nextProducerId));
        return events;
    }
}
