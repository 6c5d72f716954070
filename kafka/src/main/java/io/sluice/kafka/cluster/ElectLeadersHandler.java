package io.sluice.kafka.cluster;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.message.ElectLeadersRequestData;
import org.apache.kafka.common.message.ElectLeadersResponseData;
import org.apache.kafka.common.message.ElectLeadersResponseData.PartitionResult;
import org.apache.kafka.common.message.ElectLeadersResponseData.ReplicaElectionResult;

/**
 * ElectLeaders, versions 0 to 2 (KIP-183, KIP-460): preferred leaders, or from version 1 any live
 * replica for partitions that nobody may lead. If no partition is named, all those are tried that
 * need it, and those that turn out not to are not told.
 */
public final class ElectLeadersHandler implements ApiHandler {

    private static final byte PREFERRED = 0;
    private static final byte UNCLEAN = 1;

    private final KafkaServices services;

    public ElectLeadersHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ELECT_LEADERS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ElectLeadersRequestData data = request.message(ElectLeadersRequestData.class);
        byte type = data.electionType();
        if (type != PREFERRED && type != UNCLEAN) {
            request.reply(
                    new ElectLeadersResponseData().setErrorCode(ErrorCode.INVALID_REQUEST.code()));
            return;
        }
        boolean all = data.topicPartitions() == null;
        List<TopicPartition> partitions = all ? inNeed(type) : named(data);
        if (partitions.isEmpty()) {
            request.reply(new ElectLeadersResponseData());
            return;
        }
        services.metadata()
                .submit(
                        new ControllerCommand.ElectLeaders(type == UNCLEAN, partitions),
                        request.loop(),
                        reply ->
                                request.guarded(() ->
                                        request.reply(answer(partitions, reply.outcomes(), all))));
    }

    /** Each once, in the order named. */
    private static List<TopicPartition> named(ElectLeadersRequestData data) {
        Set<TopicPartition> named = new LinkedHashSet<>();
        data.topicPartitions()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(number ->
                                        named.add(new TopicPartition(topic.topic(), number))));
        return List.copyOf(named);
    }

    private List<TopicPartition> inNeed(byte type) {
        List<TopicPartition> found = new ArrayList<>();
        for (TopicImage topic : services.metadata().image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                boolean needsIt =
                        type == PREFERRED
                                ? partition.leader() != partition.target().getFirst()
                                : partition.leader() == PartitionImage.NO_LEADER;
                if (needsIt) {
                    found.add(new TopicPartition(topic.name(), partition.partition()));
                }
            }
        }
        return found;
    }

    private static ElectLeadersResponseData answer(
            List<TopicPartition> partitions, List<Outcome> outcomes, boolean onlyInNeed) {
        Map<String, ReplicaElectionResult> byTopic = new LinkedHashMap<>();
        for (int i = 0; i < partitions.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (onlyInNeed && outcome.error() == ErrorCode.ELECTION_NOT_NEEDED) {
                continue;
            }
            TopicPartition one = partitions.get(i);
            boolean done = outcome.error() == ErrorCode.NONE;
            byTopic.computeIfAbsent(one.topic(), name -> new ReplicaElectionResult().setTopic(name))
                    .partitionResult()
                    .add(
                            new PartitionResult()
                                    .setPartitionId(one.partition())
                                    .setErrorCode(outcome.error().code())
                                    .setErrorMessage(done ? null : outcome.detail()));
        }
        return new ElectLeadersResponseData()
                .setReplicaElectionResults(new ArrayList<>(byTopic.values()));
    }
}
