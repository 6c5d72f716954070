package io.sluice.kafka;

import io.sluice.kafka.FetchSessions.FetchSession;
import io.sluice.kafka.FetchSessions.Key;
import io.sluice.kafka.FetchSessions.Wanted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * Fetch, versions 4 to the newest: full and incremental sessions (KIP-227), topic ids (KIP-516),
 * leader epochs (KIP-320). A client that poses as a replica is served as the consumer it is. The
 * work of one request is in {@link FetchRound}.
 */
final class FetchHandler implements ApiHandler {

    private final KafkaServices services;
    private final FetchSessions sessions;

    FetchHandler(KafkaServices services) {
        this.services = services;
        this.sessions = new FetchSessions(services.fetchSessions());
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.FETCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        FetchRequestData data = request.message(FetchRequestData.class);
        long nowMs = request.loop().clock().monotonicNanos() / 1_000_000L;
        int epoch = data.sessionEpoch();
        if (epoch == FetchSessions.FINAL_EPOCH || epoch == FetchSessions.INITIAL_EPOCH) {
            full(request, data, nowMs);
            return;
        }
        FetchSession session = sessions.find(data.sessionId(), nowMs);
        if (session == null) {
            refuse(request, Errors.FETCH_SESSION_ID_NOT_FOUND);
        } else if (!session.advance(epoch)) {
            refuse(request, Errors.INVALID_FETCH_SESSION_EPOCH);
        } else {
            forget(session, data);
            wanted(data).forEach(session.partitions()::put);
            new FetchRound(services, request, data, session, true).begin(session.partitions());
        }
    }

    /** Everything is named: a new session begins, unless the client wants none. */
    private void full(KafkaRequest request, FetchRequestData data, long nowMs) {
        if (data.sessionId() != FetchSessions.NO_SESSION) {
            sessions.remove(data.sessionId());
        }
        Map<Key, Wanted> wanted = wanted(data);
        FetchSession session =
                data.sessionEpoch() == FetchSessions.FINAL_EPOCH || request.version() < 7
                        ? null
                        : sessions.create(nowMs);
        if (session != null) {
            session.partitions().putAll(wanted);
        }
        new FetchRound(services, request, data, session, false).begin(wanted);
    }

    private static Map<Key, Wanted> wanted(FetchRequestData data) {
        Map<Key, Wanted> wanted = new LinkedHashMap<>();
        for (FetchRequestData.FetchTopic topic : data.topics()) {
            for (FetchRequestData.FetchPartition partition : topic.partitions()) {
                wanted.put(
                        new Key(topic.topic(), topic.topicId(), partition.partition()),
                        new Wanted(
                                partition.fetchOffset(),
                                partition.currentLeaderEpoch(),
                                partition.lastFetchedEpoch(),
                                partition.partitionMaxBytes()));
            }
        }
        return wanted;
    }

    private static void forget(FetchSession session, FetchRequestData data) {
        for (FetchRequestData.ForgottenTopic topic : data.forgottenTopicsData()) {
            for (int partition : topic.partitions()) {
                session.partitions().remove(new Key(topic.topic(), topic.topicId(), partition));
            }
        }
    }

    private static void refuse(KafkaRequest request, Errors error) {
        request.reply(new FetchResponseData().setErrorCode(error.code()));
    }

    /** Groups answers by topic, in the order of the answers. */
    static List<FetchResponseData.FetchableTopicResponse> byTopic(
            Map<Key, FetchResponseData.PartitionData> answers) {
        List<FetchResponseData.FetchableTopicResponse> topics = new ArrayList<>();
        FetchResponseData.FetchableTopicResponse current = null;
        for (Map.Entry<Key, FetchResponseData.PartitionData> answer : answers.entrySet()) {
            Key key = answer.getKey();
            if (current == null
                    || !current.topic().equals(key.topic())
                    || !current.topicId().equals(key.topicId())) {
                current =
                        new FetchResponseData.FetchableTopicResponse()
                                .setTopic(key.topic())
                                .setTopicId(key.topicId());
                topics.add(current);
            }
            current.partitions().add(answer.getValue());
        }
        return topics;
    }
}
