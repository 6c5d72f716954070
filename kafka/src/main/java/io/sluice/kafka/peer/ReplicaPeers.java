package io.sluice.kafka.peer;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.Peers;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.engine.replication.ReplicaFetchResponse.PartitionRecords;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.codec.ReplicaFields;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * The followers' way to the leaders: Kafka's Fetch with a replica id and its broker epoch
 * (KIP-903). Records come in an incremental session; what is told or asked while a fetch waits for
 * records goes over a connection of its own, outside of it. Any thread.
 */
public final class ReplicaPeers implements Peers {

    /** From the first with the epoch of the follower's broker (KIP-903) on: nothing else is new. */
    private static final short LOWEST_VERSION = 15;

    private static final short HIGHEST_VERSION = 18;

    /** What the network and a busy leader may take beyond the wait that was asked for. */
    private static final long ANSWER_TIMEOUT_MS = 10_000;

    private static final ByteBuffer NO_RECORDS = ByteBuffer.allocate(0);

    private final PeerConnections connections;
    private final Map<EventLoop, Map<Integer, ReplicaSession>> sessions = new ConcurrentHashMap<>();

    public ReplicaPeers(PeerConnections connections) {
        this.connections = connections;
    }

    @Override
    public void fetch(
            int brokerId,
            ReplicaFetchRequest request,
            EventLoop replyOn,
            Completion<ReplicaFetchResponse> done) {
        replyOn.execute(() -> {
            if (request.isAside()) {
                send(
                        replyOn,
                        brokerId,
                        PeerConnections.Lane.TELLING,
                        request,
                        ReplicaSession.alone(request),
                        new Reading(null, done));
            } else {
                ReplicaSession session =
                        sessions.computeIfAbsent(replyOn, loop -> new HashMap<>())
                                .computeIfAbsent(brokerId, id -> new ReplicaSession());
                send(
                        replyOn,
                        brokerId,
                        PeerConnections.Lane.RECORDS,
                        request,
                        session.next(request),
                        new Reading(session, done));
            }
        });
    }

    @Override
    public void producersBelow(
            int brokerId,
            ProducersBelow question,
            EventLoop replyOn,
            Completion<List<Remembered>> done) {
        replyOn.execute(() ->
                connections.send(
                        replyOn,
                        brokerId,
                        PeerConnections.Lane.CALLS,
                        new PeerRequest(
                                Api.DESCRIBE_PRODUCERS,
                                (short) 0,
                                ProducerFields.request(question),
                                ANSWER_TIMEOUT_MS),
                        Completion.of(
                                answer -> tellProducers(answer, done),
                                fault -> done.failed(fault))));
    }

    private static void tellProducers(PeerAnswer answer, Completion<List<Remembered>> done) {
        List<Remembered> producers;
        try {
            PartitionResponse told =
                    answer.readInto(new DescribeProducersResponseData())
                            .topics()
                            .getFirst()
                            .partitions()
                            .getFirst();
            if (told.errorCode() != ErrorCode.NONE.code()) {
                throw new IOException("who wrote is not told: " + ErrorCode.of(told.errorCode()));
            }
            producers = ProducerFields.remembered(told.activeProducers());
        } catch (IOException e) {
            done.failed(e);
            return;
        } catch (IllegalArgumentException | NoSuchElementException e) {
            done.failed(new IOException("an odd answer to who wrote: " + e.getMessage(), e));
            return;
        } finally {
            answer.release();
        }
        done.succeeded(producers);
    }

    /** A request behind a fetch that waits, on its connection, ends its wait. */
    @Override
    public void hurry(int brokerId, EventLoop loop) {
        loop.execute(() ->
                connections.send(
                        loop,
                        brokerId,
                        PeerConnections.Lane.RECORDS,
                        new PeerRequest(
                                Api.API_VERSIONS,
                                (short) 0,
                                new ApiVersionsRequestData(),
                                ANSWER_TIMEOUT_MS),
                        Completion.of(
                                answer -> answer.release(),
                                fault -> {
                                    // Then the fetch before it has failed, too.
                                })));
    }

    private void send(
            EventLoop loop,
            int brokerId,
            PeerConnections.Lane lane,
            ReplicaFetchRequest request,
            FetchRequestData data,
            Reading reading) {
        long timeoutMs = request.maxWaitMs() + ANSWER_TIMEOUT_MS;
        connections.send(
                loop,
                brokerId,
                lane,
                new PeerRequest(Api.FETCH, LOWEST_VERSION, HIGHEST_VERSION, data, timeoutMs),
                reading);
    }

    /** Takes one answer. */
    private record Reading(@Nullable ReplicaSession session, Completion<ReplicaFetchResponse> done)
            implements Completion<PeerAnswer> {

        @Override
        public void succeeded(PeerAnswer answer) {
            FetchResponseData data;
            try {
                data = answer.readInto(new FetchResponseData());
            } catch (IOException e) {
                answer.release();
                failed(e);
                return;
            }
            ErrorCode error = ErrorCode.of(data.errorCode());
            if (error == ErrorCode.NONE) {
                if (session != null) {
                    session.answered(data.sessionId());
                }
                done.succeeded(
                        new ReplicaFetchResponse(
                                error,
                                ReplicaFields.stamp(data),
                                partitions(data),
                                answer::release));
            } else {
                answer.release();
                if (session != null) {
                    session.reset();
                }
                done.succeeded(
                        new ReplicaFetchResponse(
                                error, null, List.of(), ReplicaFetchResponse.Buffers.NONE));
            }
        }

        @Override
        public void failed(IOException fault) {
            if (session != null) {
                session.reset();
            }
            done.failed(fault);
        }
    }

    private static List<PartitionRecords> partitions(FetchResponseData data) {
        List<PartitionRecords> all = new ArrayList<>();
        for (FetchableTopicResponse topic : data.responses()) {
            for (PartitionData one : topic.partitions()) {
                all.add(
                        new PartitionRecords(
                                Ids.fromKafka(topic.topicId()),
                                one.partitionIndex(),
                                ErrorCode.of(one.errorCode()),
                                leaderEpoch(one),
                                one.highWatermark(),
                                one.logStartOffset(),
                                diverging(one),
                                records(one)));
            }
        }
        return all;
    }

    private static int leaderEpoch(PartitionData one) {
        int told = one.currentLeader().leaderEpoch();
        return told < 0 ? BatchHeader.NO_LEADER_EPOCH : told;
    }

    private static @Nullable EpochEnd diverging(PartitionData one) {
        long end = one.divergingEpoch().endOffset();
        return end < 0 ? null : new EpochEnd(one.divergingEpoch().epoch(), end);
    }

    private static ByteBuffer records(PartitionData one) {
        return one.records() instanceof MemoryRecords records ? records.buffer() : NO_RECORDS;
    }
}
