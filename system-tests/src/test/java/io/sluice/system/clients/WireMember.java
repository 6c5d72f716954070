package io.sluice.system.clients;

import io.sluice.system.harness.Wire;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatRequestData;
import org.apache.kafka.common.message.ConsumerGroupHeartbeatResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** A member of a group whose partitions the broker assigns (KIP-848), as lean as it can be. */
final class WireMember {

    private static final int VERSION = 1;
    private static final int REBALANCE_MS = 30_000;

    private final Wire wire;
    private final String group;
    private final String topic;
    private final Uuid topicId;
    private final String id = Uuid.randomUuid().toString();
    private int epoch;
    private Set<Integer> owned = Set.of();

    WireMember(Wire wire, String group, String topic, Uuid topicId) {
        this.wire = wire;
        this.group = group;
        this.topic = topic;
        this.topicId = topicId;
    }

    int epoch() {
        return epoch;
    }

    Set<Integer> owned() {
        return owned;
    }

    /** One heartbeat that says all. What is cut, or cannot be answered yet, is said again later. */
    void beat() {
        ConsumerGroupHeartbeatRequestData request =
                new ConsumerGroupHeartbeatRequestData()
                        .setGroupId(group)
                        .setMemberId(id)
                        .setMemberEpoch(epoch)
                        .setRebalanceTimeoutMs(REBALANCE_MS)
                        .setSubscribedTopicNames(List.of(topic))
                        .setTopicPartitions(
                                owned.isEmpty()
                                        ? List.of()
                                        : List.of(
                                                new ConsumerGroupHeartbeatRequestData
                                                                .TopicPartitions()
                                                        .setTopicId(topicId)
                                                        .setPartitions(List.copyOf(owned))));
        try {
            hear(
                    wire.call(
                            ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                            VERSION,
                            request,
                            ConsumerGroupHeartbeatResponseData.class));
        } catch (IOException cut) {
            // It is said again.
        }
    }

    private void hear(ConsumerGroupHeartbeatResponseData told) {
        switch (Errors.forCode(told.errorCode())) {
            case NONE -> {
                epoch = told.memberEpoch();
                if (told.assignment() != null) {
                    Set<Integer> all = new TreeSet<>();
                    told.assignment()
                            .topicPartitions()
                            .forEach(one -> all.addAll(one.partitions()));
                    owned = all;
                }
            }
            case FENCED_MEMBER_EPOCH, UNKNOWN_MEMBER_ID -> {
                epoch = 0;
                owned = Set.of();
            }
            case COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR -> {
                // Soon.
            }
            default ->
                    throw new AssertionError(
                            Errors.forCode(told.errorCode()) + ": " + told.errorMessage());
        }
    }
}
