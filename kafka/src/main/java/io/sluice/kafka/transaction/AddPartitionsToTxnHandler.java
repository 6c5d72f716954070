package io.sluice.kafka.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.TransactionServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnPartitionResultCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResult;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnTopicResultCollection;

/**
 * AddPartitionsToTxn, versions 0 to 5: one transaction of a client, or from version 4 many of other
 * brokers, which may also only ask (KIP-890). A transaction with a partition that is not there
 * takes none.
 */
public final class AddPartitionsToTxnHandler implements ApiHandler {

    private static final short FIRST_WITH_FENCED = 2;
    private static final short FIRST_WITH_MANY = 4;

    private final KafkaServices services;

    public AddPartitionsToTxnHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ADD_PARTITIONS_TO_TXN;
    }

    @Override
    public void handle(KafkaRequest request) {
        AddPartitionsToTxnRequestData data = request.message(AddPartitionsToTxnRequestData.class);
        AddPartitionsToTxnResponseData response = new AddPartitionsToTxnResponseData();
        if (request.version() < FIRST_WITH_MANY) {
            one(
                    request,
                    new AddPartitionsToTxnTransaction()
                            .setTransactionalId(data.v3AndBelowTransactionalId())
                            .setProducerId(data.v3AndBelowProducerId())
                            .setProducerEpoch(data.v3AndBelowProducerEpoch())
                            .setTopics(data.v3AndBelowTopics()),
                    results -> {
                        response.setResultsByTopicV3AndBelow(topics(request, results));
                        request.reply(response);
                    });
            return;
        }
        AllAnswered all = new AllAnswered();
        for (AddPartitionsToTxnTransaction transaction : data.transactions()) {
            AddPartitionsToTxnResult result =
                    new AddPartitionsToTxnResult()
                            .setTransactionalId(transaction.transactionalId());
            response.resultsByTransaction().add(result);
            all.ask(done ->
                    one(
                            request,
                            transaction,
                            results -> {
                                result.setTopicResults(topics(request, results));
                                done.run();
                            }));
        }
        all.then(() -> request.reply(response));
    }

    private void one(
            KafkaRequest request,
            AddPartitionsToTxnTransaction transaction,
            Consumer<Map<TopicPartition, ErrorCode>> done) {
        List<TopicPartition> partitions = partitions(transaction.topics());
        Map<TopicPartition, ErrorCode> results = new LinkedHashMap<>();
        partitions.forEach(one -> results.put(one, known(one, request.version())));
        if (results.values().stream().anyMatch(error -> error != ErrorCode.NONE)) {
            results.replaceAll((one, error) ->
                    error == ErrorCode.NONE ? ErrorCode.OPERATION_NOT_ATTEMPTED : error);
            done.accept(results);
            return;
        }
        ask(
                request,
                transaction,
                partitions,
                (error, missing) -> {
                    results.replaceAll((one, none) ->
                            missing.contains(one) ? ErrorCode.TRANSACTION_ABORTABLE : error);
                    done.accept(results);
                });
    }

    /** What the coordinator says of all, and which partitions it misses. */
    private interface Answer {
        void take(ErrorCode error, Set<TopicPartition> missing);
    }

    private void ask(
            KafkaRequest request,
            AddPartitionsToTxnTransaction transaction,
            List<TopicPartition> partitions,
            Answer answer) {
        String id = transaction.transactionalId();
        Producer producer = new Producer(transaction.producerId(), transaction.producerEpoch());
        if (transaction.verifyOnly()) {
            services.transactions()
                    .ask(
                            request,
                            id,
                            new TransactionCommand.Verify(id, producer, partitions),
                            TransactionReply.Verified.class,
                            verified -> answer.take(verified.error(), verified.missing()),
                            error -> answer.take(error, Set.of()));
            return;
        }
        short version =
                request.version() >= FIRST_WITH_MANY ? TransactionServices.VERSION : (short) 0;
        services.transactions()
                .ask(
                        request,
                        id,
                        new TransactionCommand.Add(id, producer, partitions, version),
                        TransactionReply.Done.class,
                        added -> answer.take(added.error(), Set.of()),
                        error -> answer.take(error, Set.of()));
    }

    /** Brokers that keep offsets ask for them; a client has AddOffsetsToTxn for that. */
    private ErrorCode known(TopicPartition one, short version) {
        boolean offsets = version >= FIRST_WITH_MANY && one.topic().equals(GroupServices.TOPIC);
        if (Topic.isInternal(one.topic()) && !offsets) {
            return ErrorCode.INVALID_TOPIC_EXCEPTION;
        }
        return Brokers.partition(
                                services.metadata().image().topics().get(one.topic()),
                                one.partition())
                        == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.NONE;
    }

    private static List<TopicPartition> partitions(AddPartitionsToTxnTopicCollection topics) {
        List<TopicPartition> all = new ArrayList<>();
        for (AddPartitionsToTxnTopic topic : topics) {
            topic.partitions().forEach(number -> all.add(new TopicPartition(topic.name(), number)));
        }
        return all;
    }

    private static AddPartitionsToTxnTopicResultCollection topics(
            KafkaRequest request, Map<TopicPartition, ErrorCode> results) {
        Map<String, AddPartitionsToTxnPartitionResultCollection> byTopic = new LinkedHashMap<>();
        results.forEach((one, error) ->
                byTopic.computeIfAbsent(
                                one.topic(),
                                name -> new AddPartitionsToTxnPartitionResultCollection())
                        .add(
                                new AddPartitionsToTxnPartitionResult()
                                        .setPartitionIndex(one.partition())
                                        .setPartitionErrorCode(
                                                Told.fenced(
                                                        error,
                                                        request.version(),
                                                        FIRST_WITH_FENCED))));
        AddPartitionsToTxnTopicResultCollection topics =
                new AddPartitionsToTxnTopicResultCollection();
        byTopic.forEach((name, partitions) ->
                topics.add(
                        new AddPartitionsToTxnTopicResult()
                                .setName(name)
                                .setResultsByPartition(partitions)));
        return topics;
    }
}
