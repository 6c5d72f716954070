package io.sluice.kafka;

import io.sluice.engine.partition.Partition.ProducerView;
import io.sluice.engine.partition.Partition.ProducersAnswer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ApiKeys;

/** DescribeProducers, all versions (KIP-664). */
final class DescribeProducersHandler implements ApiHandler {

    private final KafkaServices services;

    DescribeProducersHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_PRODUCERS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeProducersRequestData data = request.message(DescribeProducersRequestData.class);
        DescribeProducersResponseData response = new DescribeProducersResponseData();
        PartitionCalls calls = new PartitionCalls(services, request, () -> request.reply(response));
        for (DescribeProducersRequestData.TopicRequest topic : data.topics()) {
            TopicResponse answers = new TopicResponse().setName(topic.name());
            response.topics().add(answers);
            for (int number : topic.partitionIndexes()) {
                PartitionResponse answer = new PartitionResponse().setPartitionIndex(number);
                answers.partitions().add(answer);
                calls.<ProducersAnswer>ask(
                        topic.name(),
                        number,
                        (partition, reply) -> reply.accept(partition.producers()),
                        found ->
                                answer.setErrorCode(found.error().code())
                                        .setActiveProducers(states(found.producers())),
                        error -> answer.setErrorCode(error.code()));
            }
        }
        calls.done();
    }

    private static List<ProducerState> states(List<ProducerView> producers) {
        List<ProducerState> states = new ArrayList<>();
        for (ProducerView producer : producers) {
            states.add(
                    new ProducerState()
                            .setProducerId(producer.producerId())
                            .setProducerEpoch(producer.epoch())
                            .setLastSequence(producer.lastSequence())
                            .setLastTimestamp(producer.lastTimestamp())
                            .setCoordinatorEpoch(-1)
                            .setCurrentTxnStartOffset(-1L));
        }
        return states;
    }
}
