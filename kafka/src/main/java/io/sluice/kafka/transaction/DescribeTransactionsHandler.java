package io.sluice.kafka.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Transaction;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.LinkedHashSet;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TopicData;
import org.apache.kafka.common.message.DescribeTransactionsResponseData.TransactionState;

/** DescribeTransactions, version 0 (KIP-664). */
public final class DescribeTransactionsHandler implements ApiHandler {

    private final KafkaServices services;

    public DescribeTransactionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_TRANSACTIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeTransactionsRequestData data =
                request.message(DescribeTransactionsRequestData.class);
        DescribeTransactionsResponseData response = new DescribeTransactionsResponseData();
        AllAnswered all = new AllAnswered();
        for (String id : new LinkedHashSet<>(data.transactionalIds())) {
            TransactionState answer = new TransactionState().setTransactionalId(id);
            response.transactionStates().add(answer);
            if (id.isEmpty()) {
                answer.setErrorCode(ErrorCode.INVALID_REQUEST.code());
                continue;
            }
            all.ask(done ->
                    services.transactions()
                            .ask(
                                    request,
                                    id,
                                    new TransactionCommand.Describe(id),
                                    TransactionReply.Described.class,
                                    described -> {
                                        fill(described, answer);
                                        done.run();
                                    },
                                    error -> {
                                        answer.setErrorCode(error.code());
                                        done.run();
                                    }));
        }
        all.then(() -> request.reply(response));
    }

    private static void fill(TransactionReply.Described described, TransactionState answer) {
        described
                .transaction()
                .ifPresentOrElse(
                        one -> fill(one, answer),
                        () -> answer.setErrorCode(ErrorCode.TRANSACTIONAL_ID_NOT_FOUND.code()));
    }

    private static void fill(Transaction one, TransactionState answer) {
        answer.setTransactionState(one.state().shown())
                .setTransactionTimeoutMs(one.timeoutMs())
                .setTransactionStartTimeMs(one.startMs())
                .setProducerId(one.producerId())
                .setProducerEpoch(one.epoch());
        for (TopicPartition partition : one.partitions()) {
            TopicData topic = answer.topics().find(partition.topic());
            if (topic == null) {
                topic = new TopicData().setTopic(partition.topic());
                answer.topics().add(topic);
            }
            topic.partitions().add(partition.partition());
        }
    }
}
