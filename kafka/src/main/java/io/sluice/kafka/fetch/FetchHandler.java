package io.sluice.kafka.fetch;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.ReplicaFields;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.Attachment;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.fetch.FetchSession.Key;
import io.sluice.kafka.fetch.FetchSession.Wanted;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.jspecify.annotations.Nullable;

/**
 * Fetch, versions 4 to 18: full and incremental sessions (KIP-227), topic ids (KIP-516), leader
 * epochs (KIP-320). A follower names itself and its registration (KIP-903, from version 15 on) and
 * reads up to the log's end; one that is no replica of a partition, or says nothing of its
 * registration, gets nothing that a consumer would not. The work of one request is in {@link
 * FetchRound}.
 */
public final class FetchHandler implements ApiHandler {

    /** Partitions that fetches may hold while they wait, in all; beyond it nobody waits. */
    private static final int MAX_HELD_PARTITIONS = 2_000_000;

    private static final short FIRST_WITH_SESSIONS = 7;
    static final short FIRST_WITH_TOPIC_ID = 13;
    private static final short FIRST_WITH_REPLICA_EPOCH = 15;

    private final KafkaServices services;
    private final FetchSessions sessions;
    private final AtomicInteger heldPartitions = new AtomicInteger();

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
        begin(request, data, wanted, session, false);
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
        begin(request, data, session.partitions(), session, true);
    }

    private void begin(
            KafkaRequest request,
            FetchRequestData data,
            Map<Key, Wanted> wanted,
            @Nullable FetchSession session,
            boolean incremental) {
        int count = wanted.size();
        boolean mayWait = heldPartitions.addAndGet(count) <= MAX_HELD_PARTITIONS;
        new FetchRound(
                        services,
                        request,
                        data,
                        wanted,
                        session,
                        incremental,
                        reader(request, data),
                        () -> heldPartitions.addAndGet(-count))
                .begin(mayWait);
    }

    private static PartitionReader reader(KafkaRequest request, FetchRequestData data) {
        if (request.version() >= FIRST_WITH_REPLICA_EPOCH && data.replicaState().replicaId() >= 0) {
            return new ReplicaReader(
                    data.replicaState().replicaId(), data.replicaState().replicaEpoch());
        }
        return new ConsumerReader(data.isolationLevel() == FetchRound.READ_COMMITTED);
    }

    private static long nowMs(KafkaRequest request) {
        return request.clock().monotonicNanos() / 1_000_000L;
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
