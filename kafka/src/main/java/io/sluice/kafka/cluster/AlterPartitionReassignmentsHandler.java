package io.sluice.kafka.cluster;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignablePartition;
import org.apache.kafka.common.message.AlterPartitionReassignmentsRequestData.ReassignableTopic;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignablePartitionResponse;
import org.apache.kafka.common.message.AlterPartitionReassignmentsResponseData.ReassignableTopicResponse;

/**
 * AlterPartitionReassignments, versions 0 and 1 (KIP-455; version 1 may forbid another number of
 * replicas, KIP-860): begins, changes and cancels moves of replicas, and answers when that is
 * decided. ListPartitionReassignments tells how they go.
 */
public final class AlterPartitionReassignmentsHandler implements ApiHandler {

    private final KafkaServices services;

    public AlterPartitionReassignmentsHandler(KafkaServices services) {
        this.services = services;
    }

    /** Where one reassignment is answered. */
    private record Asked(Reassignment wanted, ReassignablePartitionResponse answer) {}

    @Override
    public Api api() {
        return Api.ALTER_PARTITION_REASSIGNMENTS;
    }

    @Override
    public void handle(KafkaRequest request) {
        AlterPartitionReassignmentsRequestData data =
                request.message(AlterPartitionReassignmentsRequestData.class);
        AlterPartitionReassignmentsResponseData response =
                new AlterPartitionReassignmentsResponseData()
                        .setAllowReplicationFactorChange(data.allowReplicationFactorChange());
        List<Asked> asked = new ArrayList<>();
        Set<TopicPartition> seen = new HashSet<>();
        for (ReassignableTopic topic : data.topics()) {
            ReassignableTopicResponse answers =
                    new ReassignableTopicResponse().setName(topic.name());
            response.responses().add(answers);
            for (ReassignablePartition partition : topic.partitions()) {
                TopicPartition name = new TopicPartition(topic.name(), partition.partitionIndex());
                ReassignablePartitionResponse answer =
                        new ReassignablePartitionResponse().setPartitionIndex(name.partition());
                answers.partitions().add(answer);
                if (seen.add(name)) {
                    Optional<List<Integer>> replicas = Optional.ofNullable(partition.replicas());
                    asked.add(new Asked(new Reassignment(name, replicas), answer));
                } else {
                    answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                            .setErrorMessage("named more than once: name it once");
                }
            }
        }
        if (asked.isEmpty()) {
            request.reply(response);
            return;
        }
        services.metadata()
                .submit(
                        new ControllerCommand.AlterReassignments(
                                asked.stream().map(Asked::wanted).toList(),
                                data.allowReplicationFactorChange()),
                        request.loop(),
                        reply ->
                                request.guarded(() -> {
                                    fill(asked, reply.outcomes());
                                    request.reply(response);
                                }));
    }

    private static void fill(List<Asked> asked, List<Outcome> outcomes) {
        for (int i = 0; i < asked.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome.error() != ErrorCode.NONE) {
                asked.get(i)
                        .answer
                        .setErrorCode(outcome.error().code())
                        .setErrorMessage(outcome.detail());
            }
        }
    }
}
