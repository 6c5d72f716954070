package io.sluice.kafka.api;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.peer.PeerAnswer;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData;
import org.apache.kafka.common.message.AddPartitionsToTxnResponseData.AddPartitionsToTxnResult;

/**
 * The gate that asks the coordinator of the transactional id wherever it is: on another broker by
 * AddPartitionsToTxn, with all that one turn of a loop asks of that broker (KIP-890). An answer
 * that is lost is NETWORK_EXCEPTION: the partitions may be taken in, which does no harm. Any
 * thread.
 */
public final class RoutedGate implements TransactionGate {

    private static final short VERSION = 5;
    private static final long TIMEOUT_MS = 10_000L;

    private final int brokerId;
    private final InternalTopic topic;
    private final TransactionGate here;
    private final PeerConnections peers;
    private final TurnBatches<Asked> batches = new TurnBatches<>(this::send);

    private record Asked(
            String id,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean addIfMissing,
            Consumer<Map<TopicPartition, ErrorCode>> answer) {

        void answer(ErrorCode error) {
            answer.accept(all(partitions, error));
        }
    }

    /**
     * @param topic of the transactions
     * @param here for transactions that are coordinated by this broker
     */
    public RoutedGate(
            int brokerId, InternalTopic topic, TransactionGate here, PeerConnections peers) {
        this.brokerId = brokerId;
        this.topic = topic;
        this.here = here;
        this.peers = peers;
    }

    private static Map<TopicPartition, ErrorCode> all(
            List<TopicPartition> partitions, ErrorCode error) {
        Map<TopicPartition, ErrorCode> verdicts = new LinkedHashMap<>();
        partitions.forEach(one -> verdicts.put(one, error));
        return verdicts;
    }

    @Override
    public void admit(
            String transactionalId,
            long producerId,
            short producerEpoch,
            List<TopicPartition> partitions,
            boolean addIfMissing,
            EventLoop loop,
            Consumer<Map<TopicPartition, ErrorCode>> answer) {
        BrokerImage coordinator = topic.coordinatorOf(transactionalId);
        if (coordinator == null) {
            loop.execute(() -> answer.accept(all(partitions, ErrorCode.COORDINATOR_NOT_AVAILABLE)));
        } else if (coordinator.id() == brokerId) {
            here.admit(
                    transactionalId,
                    producerId,
                    producerEpoch,
                    partitions,
                    addIfMissing,
                    loop,
                    answer);
        } else {
            Asked asked =
                    new Asked(
                            transactionalId,
                            producerId,
                            producerEpoch,
                            partitions,
                            addIfMissing,
                            answer);
            loop.execute(() -> batches.add(loop, coordinator.id(), asked));
        }
    }

    /** A request has every transactional id once. */
    private void send(EventLoop loop, int broker, List<Asked> all) {
        Set<String> ids = new HashSet<>();
        List<Asked> now = new ArrayList<>(all.size());
        List<Asked> later = new ArrayList<>(0);
        all.forEach(one -> (ids.add(one.id) ? now : later).add(one));
        AddPartitionsToTxnRequestData request = new AddPartitionsToTxnRequestData();
        now.forEach(one -> request.transactions().add(transaction(one)));
        peers.send(
                loop,
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(Api.ADD_PARTITIONS_TO_TXN, VERSION, request, TIMEOUT_MS),
                new Reading(now));
        if (!later.isEmpty()) {
            send(loop, broker, later);
        }
    }

    private static AddPartitionsToTxnTransaction transaction(Asked asked) {
        AddPartitionsToTxnTransaction transaction =
                new AddPartitionsToTxnTransaction()
                        .setTransactionalId(asked.id)
                        .setProducerId(asked.producerId)
                        .setProducerEpoch(asked.producerEpoch)
                        .setVerifyOnly(!asked.addIfMissing);
        for (TopicPartition one : asked.partitions) {
            AddPartitionsToTxnTopic named = transaction.topics().find(one.topic());
            if (named == null) {
                named = new AddPartitionsToTxnTopic().setName(one.topic());
                transaction.topics().add(named);
            }
            named.partitions().add(one.partition());
        }
        return transaction;
    }

    /** Takes the answer to one request. */
    private record Reading(List<Asked> all) implements Completion<PeerAnswer> {

        @Override
        public void succeeded(PeerAnswer answer) {
            AddPartitionsToTxnResponseData data;
            try {
                data = answer.readInto(new AddPartitionsToTxnResponseData());
            } catch (IOException malformed) {
                failed(malformed);
                return;
            } finally {
                answer.release();
            }
            ErrorCode error = ErrorCode.of(data.errorCode());
            for (Asked one : all) {
                AddPartitionsToTxnResult result = data.resultsByTransaction().find(one.id);
                if (error != ErrorCode.NONE || result == null) {
                    one.answer(error == ErrorCode.NONE ? ErrorCode.UNKNOWN_SERVER_ERROR : error);
                } else {
                    one.answer.accept(verdicts(one, result));
                }
            }
        }

        private static Map<TopicPartition, ErrorCode> verdicts(
                Asked asked, AddPartitionsToTxnResult result) {
            Map<TopicPartition, ErrorCode> told = new HashMap<>();
            result.topicResults()
                    .forEach(topic ->
                            topic.resultsByPartition()
                                    .forEach(one ->
                                            told.put(
                                                    new TopicPartition(
                                                            topic.name(), one.partitionIndex()),
                                                    ErrorCode.of(one.partitionErrorCode()))));
            Map<TopicPartition, ErrorCode> verdicts = new LinkedHashMap<>();
            for (TopicPartition one : asked.partitions) {
                verdicts.put(one, verdict(told.getOrDefault(one, ErrorCode.UNKNOWN_SERVER_ERROR)));
            }
            return verdicts;
        }

        /** As the asker takes it. */
        private static ErrorCode verdict(ErrorCode told) {
            return switch (told) {
                // A partition knows producers by their epoch.
                case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
                // The topic is there: the coordinator's broker has not heard of it yet.
                case UNKNOWN_TOPIC_OR_PARTITION, OPERATION_NOT_ATTEMPTED ->
                        ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
                default -> told;
            };
        }

        @Override
        public void failed(IOException fault) {
            all.forEach(one -> one.answer(ErrorCode.NETWORK_EXCEPTION));
        }
    }
}
