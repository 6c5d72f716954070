package io.sluice.kafka.records;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.ProducerView;
import io.sluice.engine.partition.Partition.ProducersAnswer;
import io.sluice.engine.partition.Partition.RememberedAnswer;
import io.sluice.engine.replication.Peers.ProducersBelow;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.PartitionCalls;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.peer.ProducerFields;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;

/** DescribeProducers, version 0 (KIP-664); of followers also what {@link ProducerFields} tells. */
public final class DescribeProducersHandler implements ApiHandler {

    /** Producers in one answer; a partition that does not fit any more is refused. */
    private static final int MAX_PRODUCERS = 200_000;

    private final KafkaServices services;

    public DescribeProducersHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_PRODUCERS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeProducersRequestData data = request.message(DescribeProducersRequestData.class);
        ProducersBelow below = ProducerFields.below(data);
        if (below != null) {
            tell(below, request);
            return;
        }
        DescribeProducersResponseData response = new DescribeProducersResponseData();
        PartitionCalls calls = new PartitionCalls(services, request);
        int[] told = {0};
        for (TopicRequest topic : data.topics()) {
            TopicResponse answers = new TopicResponse().setName(topic.name());
            response.topics().add(answers);
            for (int number : topic.partitionIndexes()) {
                PartitionResponse answer = new PartitionResponse().setPartitionIndex(number);
                answers.partitions().add(answer);
                calls.<ProducersAnswer>ask(
                        topic.name(),
                        number,
                        (partition, reply) -> reply.accept(partition.producers()),
                        found -> {
                            told[0] += found.producers().size();
                            if (told[0] > MAX_PRODUCERS) {
                                answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                                        .setErrorMessage("ask for fewer partitions at once");
                            } else {
                                answer.setErrorCode(found.error().code())
                                        .setActiveProducers(states(found.producers()));
                            }
                        },
                        error -> answer.setErrorCode(error.code()));
            }
        }
        calls.go(() -> request.reply(response));
    }

    private void tell(ProducersBelow question, KafkaRequest request) {
        PartitionCalls calls = new PartitionCalls(services, request);
        PartitionResponse answer =
                new PartitionResponse().setPartitionIndex(question.name().partition());
        calls.<RememberedAnswer>ask(
                question.name().topic(),
                question.name().partition(),
                (partition, reply) -> reply.accept(below(partition, question)),
                found ->
                        answer.setErrorCode(found.error().code())
                                .setActiveProducers(ProducerFields.states(found.producers())),
                error -> answer.setErrorCode(error.code()));
        TopicResponse topic = new TopicResponse().setName(question.name().topic());
        topic.partitions().add(answer);
        DescribeProducersResponseData response = new DescribeProducersResponseData();
        response.topics().add(topic);
        calls.go(() -> request.reply(response));
    }

    private static RememberedAnswer below(Partition partition, ProducersBelow question) {
        return partition.topicId().equals(question.topicId())
                ? partition.producersBelow(question.offset(), question.leaderEpoch())
                : new RememberedAnswer(ErrorCode.INCONSISTENT_TOPIC_ID, List.of());
    }

    private static List<ProducerState> states(List<ProducerView> producers) {
        List<ProducerState> states = new ArrayList<>(producers.size());
        for (ProducerView producer : producers) {
            states.add(
                    new ProducerState()
                            .setProducerId(producer.producerId())
                            .setProducerEpoch(producer.epoch())
                            .setLastSequence(producer.lastSequence())
                            .setLastTimestamp(producer.lastTimestamp())
                            .setCoordinatorEpoch(producer.coordinatorEpoch())
                            .setCurrentTxnStartOffset(producer.transactionStart()));
        }
        return states;
    }
}
