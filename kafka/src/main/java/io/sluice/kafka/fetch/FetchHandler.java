package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.replication.AnswerClock;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName;
import io.sluice.engine.view.ViewName.BadNameException;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.ReplicaFields;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.Attachment;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.fetch.FetchSession.Key;
import io.sluice.kafka.fetch.FetchSession.Wanted;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetch, versions 4 to 18: full and incremental sessions (KIP-227), topic ids (KIP-516), leader
 * epochs (KIP-320). A follower names itself and its registration (KIP-903, from version 15 on) and
 * reads up to the log's end; one that is no replica of a partition, or says nothing of its
 * registration, gets nothing that a consumer would not. A consumer whose rack names a view is
 * answered by it (docs/adr/views.md). The work of one request is in {@link FetchRound} and {@link
 * ViewRound}.
 */
public final class FetchHandler implements ApiHandler {

    /** Partitions that fetches may hold while they wait, in all; beyond it nobody waits. */
    private static final int MAX_HELD_PARTITIONS = 2_000_000;

    private static final short FIRST_WITH_SESSIONS = 7;
    static final short FIRST_WITH_TOPIC_ID = 13;
    private static final short FIRST_WITH_REPLICA_EPOCH = 15;

    private static final long WARN_AGAIN_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(FetchHandler.class);

    private final AtomicLong warnedMs = new AtomicLong(Long.MIN_VALUE / 2);
    private final KafkaServices services;
    private final FetchSessions sessions;
    private final AtomicInteger heldPartitions = new AtomicInteger();
    private final AnswerClock answers = new AnswerClock(ThreadLocalRandom.current().nextLong());

    public FetchHandler(KafkaServices services) {
        this.services = services;
        this.sessions = new FetchSessions(services.fetchSessions());
    }

    /** A connection's session, forgotten with it. */
    private record Kept(FetchSessions sessions, int id, long connectionId) implements Attachment {
        @Override
        public void connectionGone() {
            sessions.remove(id, connectionId);
        }
    }

    @Override
    public Api api() {
        return Api.FETCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        FetchRequestData data = request.message(FetchRequestData.class);
        int epoch = data.sessionEpoch();
        if (epoch == FetchSessions.FINAL_EPOCH || epoch == FetchSessions.INITIAL_EPOCH) {
            full(request, data);
        } else {
            incremental(request, data);
        }
    }

    /** Everything is named: a new session begins, unless the client wants none. */
    private void full(KafkaRequest request, FetchRequestData data) {
        Kept before = request.attachment(Kept.class);
        if (before != null) {
            before.connectionGone();
            request.attach(Kept.class, null);
        }
        Map<Key, Wanted> wanted = new LinkedHashMap<>();
        addWanted(data, wanted);
        FetchSession session = null;
        if (data.sessionEpoch() == FetchSessions.INITIAL_EPOCH
                && request.version() >= FIRST_WITH_SESSIONS) {
            session =
                    sessions.create(
                            request.connectionId(),
                            request.version() >= FIRST_WITH_TOPIC_ID,
                            wanted.size(),
                            nowMs(request));
        }
        if (session != null) {
            session.partitions().putAll(wanted);
            request.attach(Kept.class, new Kept(sessions, session.id(), request.connectionId()));
        }
        begin(new FetchCall(this, services, request, data, wanted, session, false));
    }

    private void incremental(KafkaRequest request, FetchRequestData data) {
        long connectionId = request.connectionId();
        FetchSession session = sessions.find(data.sessionId(), connectionId, nowMs(request));
        if (session == null) {
            refuse(request, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
            return;
        }
        if (session.byId() != (request.version() >= FIRST_WITH_TOPIC_ID)) {
            refuse(request, ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR);
            return;
        }
        if (!session.advance(data.sessionEpoch())) {
            refuse(request, ErrorCode.INVALID_FETCH_SESSION_EPOCH);
            return;
        }
        Map<Key, Wanted> changed = new LinkedHashMap<>();
        addWanted(data, changed);
        changed.forEach(session::want);
        forget(session, data);
        if (!sessions.resized(session, session.partitions().size())) {
            sessions.remove(session.id(), connectionId);
            refuse(request, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
            return;
        }
        begin(new FetchCall(this, services, request, data, session.partitions(), session, true));
    }

    private void begin(FetchCall call) {
        FetchRequestData data = call.data();
        boolean replica = isReplica(call.request(), data);
        View view = null;
        if (!replica && ViewName.isOne(data.rackId())) {
            view = view(data.rackId(), nowMs(call.request()));
            if (view == null) {
                refuseAll(call.request(), call.wanted());
                return;
            }
        }
        int count = call.wanted().size();
        boolean mayWait = heldPartitions.addAndGet(count) <= MAX_HELD_PARTITIONS;
        Runnable onEnd = () -> heldPartitions.addAndGet(-count);
        if (view != null) {
            new ViewRound(call, view, onEnd).begin(mayWait);
        } else {
            PartitionReader reader =
                    replica ? replicaReader(data) : new ConsumerReader(call.committed());
            new FetchRound(call, reader, onEnd).begin(mayWait);
        }
    }

    private @Nullable View view(String rack, long nowMs) {
        try {
            return services.views().find(rack);
        } catch (BadNameException e) {
            long last = warnedMs.get();
            if (nowMs - last >= WARN_AGAIN_MS && warnedMs.compareAndSet(last, nowMs)) {
                LOG.warn("a consumer reads as '{}': {}", rack, e.getMessage());
            }
            return null;
        }
    }

    /**
     * Every partition says so, in a full answer: a client takes an error of the whole answer for
     * one that passes, and one of a partition that it does not expect to its user.
     */
    private static void refuseAll(KafkaRequest request, Map<Key, Wanted> wanted) {
        FetchResponseData response = new FetchResponseData();
        for (Key key : wanted.keySet()) {
            response.responses()
                    .add(
                            new FetchableTopicResponse()
                                    .setTopic(key.topic())
                                    .setTopicId(key.topicId())
                                    .setPartitions(
                                            List.of(
                                                    new PartitionData()
                                                            .setPartitionIndex(key.partition())
                                                            .setErrorCode(
                                                                    ErrorCode.INVALID_REQUEST
                                                                            .code())
                                                            .setHighWatermark(-1L)
                                                            .setRecords(MemoryRecords.EMPTY))));
        }
        request.reply(response);
    }

    private static boolean isReplica(KafkaRequest request, FetchRequestData data) {
        return request.version() >= FIRST_WITH_REPLICA_EPOCH
                && data.replicaState().replicaId() >= 0;
    }

    private PartitionReader replicaReader(FetchRequestData data) {
        return new ReplicaReader(
                data.replicaState().replicaId(),
                data.replicaState().replicaEpoch(),
                answers.followedMs(ReplicaFields.stamp(data)));
    }

    /** A follower is told when it got its answer: it is to tell that with its next fetch. */
    void stamp(KafkaRequest request, FetchRequestData data, FetchResponseData answer) {
        if (isReplica(request, data)) {
            ReplicaFields.stamp(answer, answers.stamp(request.clock()));
        }
    }

    private static long nowMs(KafkaRequest request) {
        return request.clock().monotonicMs();
    }

    private static void addWanted(FetchRequestData data, Map<Key, Wanted> wanted) {
        for (FetchTopic topic : data.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                wanted.put(
                        new Key(topic.topic(), topic.topicId(), partition.partition()),
                        new Wanted(
                                partition.fetchOffset(),
                                partition.currentLeaderEpoch(),
                                partition.lastFetchedEpoch(),
                                partition.partitionMaxBytes(),
                                ReplicaFields.durableEnd(partition)));
            }
        }
    }

    private static void forget(FetchSession session, FetchRequestData data) {
        for (ForgottenTopic topic : data.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                session.partitions().remove(new Key(topic.topic(), topic.topicId(), partition));
            }
        }
    }

    private static void refuse(KafkaRequest request, ErrorCode error) {
        request.reply(new FetchResponseData().setErrorCode(error.code()));
    }
}
