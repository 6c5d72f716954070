package io.sluice.kafka.peer;

import io.sluice.core.model.Uuid;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchRequest.PartitionFetch;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.codec.ReplicaFields;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchRequestData.ForgottenTopic;
import org.apache.kafka.common.message.FetchRequestData.ReplicaState;

/**
 * The fetch session of one loop with one broker (KIP-227), the follower's side: after the first
 * request only what has changed is sent. Owned by the loop.
 */
final class ReplicaSession {

    private static final int NONE = 0;
    private static final int INITIAL_EPOCH = 0;
    private static final int FINAL_EPOCH = -1;

    private Map<Key, PartitionFetch> told = Map.of();
    private int id = NONE;
    private int epoch = INITIAL_EPOCH;

    private record Key(Uuid topicId, int partition) {}

    /** A request outside of any session. */
    static FetchRequestData alone(ReplicaFetchRequest request) {
        FetchRequestData data = head(request).setSessionEpoch(FINAL_EPOCH);
        request.partitions().forEach(one -> add(data, one));
        return data;
    }

    /** The next request of the session: all that is wanted, or what is new since the last one. */
    FetchRequestData next(ReplicaFetchRequest request) {
        FetchRequestData data = head(request).setSessionId(id).setSessionEpoch(epoch);
        Map<Key, PartitionFetch> wanted = new LinkedHashMap<>();
        for (PartitionFetch one : request.partitions()) {
            Key key = new Key(one.topicId(), one.name().partition());
            wanted.put(key, one);
            if (!one.equals(told.get(key))) {
                add(data, one);
            }
        }
        forget(data, wanted);
        told = wanted;
        return data;
    }

    private void forget(FetchRequestData data, Map<Key, PartitionFetch> wanted) {
        List<ForgottenTopic> forgotten = new ArrayList<>(0);
        for (Key key : told.keySet()) {
            if (!wanted.containsKey(key)) {
                forgotten.add(
                        new ForgottenTopic()
                                .setTopicId(Ids.toKafka(key.topicId))
                                .setPartitions(List.of(key.partition)));
            }
        }
        data.setForgottenTopicsData(forgotten);
    }

    /** The request was answered, in that session. */
    void answered(int sessionId) {
        if (sessionId == NONE) {
            reset(); // the leader keeps no session for us: everything is told each time
            return;
        }
        id = sessionId;
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    }

    /** The leader may not know what it was told: all is told anew. */
    void reset() {
        id = NONE;
        epoch = INITIAL_EPOCH;
        told = Map.of();
    }

    private static FetchRequestData head(ReplicaFetchRequest request) {
        FetchRequestData data =
                new FetchRequestData()
                        .setReplicaState(
                                new ReplicaState()
                                        .setReplicaId(request.replicaId())
                                        .setReplicaEpoch(request.brokerEpoch()))
                        .setMaxWaitMs(request.maxWaitMs())
                        .setMinBytes(request.tellsOnly() ? 0 : 1)
                        .setMaxBytes(request.maxBytes());
        if (request.heard() != null) {
            ReplicaFields.stamp(data, request.heard());
        }
        return data;
    }

    private static void add(FetchRequestData data, PartitionFetch one) {
        org.apache.kafka.common.Uuid topicId = Ids.toKafka(one.topicId());
        List<FetchTopic> topics = data.topics();
        if (topics.isEmpty() || !topics.getLast().topicId().equals(topicId)) {
            topics.add(new FetchTopic().setTopic(one.name().topic()).setTopicId(topicId));
        }
        FetchPartition partition =
                new FetchPartition()
                        .setPartition(one.name().partition())
                        .setCurrentLeaderEpoch(one.currentLeaderEpoch())
                        .setFetchOffset(one.fetchOffset())
                        .setLastFetchedEpoch(one.lastFetchedEpoch())
                        .setLogStartOffset(one.logStart())
                        .setPartitionMaxBytes(one.maxBytes());
        ReplicaFields.durableEnd(partition, one.durableEnd());
        topics.getLast().partitions().add(partition);
    }
}
