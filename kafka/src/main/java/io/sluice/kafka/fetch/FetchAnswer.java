package io.sluice.kafka.fetch;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.FileRecords;
import io.sluice.kafka.fetch.FetchSession.Key;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.AbortedTransaction;
import org.apache.kafka.common.message.FetchResponseData.EpochEndOffset;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.message.FetchResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.FetchResponseData.NodeEndpoint;
import org.apache.kafka.common.message.FetchResponseData.PartitionData;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/** Builds the answer to a fetch, partition by partition, in the order they were served. */
final class FetchAnswer {

    private static final short FIRST_WITH_LEADER = 12;
    private static final short FIRST_WITH_ENDPOINTS = 16;
    private static final long UNKNOWN = -1L;

    private final KafkaServices services;
    private final short version;
    private final String listener;
    private final boolean committed;
    private final FetchResponseData response = new FetchResponseData();
    private @Nullable FetchableTopicResponse topic;

    FetchAnswer(KafkaServices services, short version, String listener, boolean committed) {
        this.services = services;
        this.version = version;
        this.listener = listener;
        this.committed = committed;
    }

    FetchResponseData response(int sessionId) {
        return response.setSessionId(sessionId);
    }

    /**
     * Adds a partition.
     *
     * @param image its topic, or null if there is none
     * @param onlyNews leaves it out if it tells nothing that the client does not know (KIP-227)
     */
    void add(FetchItem item, @Nullable TopicImage image, boolean onlyNews) {
        if (onlyNews && isKnown(item)) {
            return; // most partitions of a wide session, most of the time
        }
        PartitionData data = describe(item);
        item.wanted.toldHighWatermark = data.highWatermark();
        item.wanted.toldLogStart = data.logStartOffset();
        tellLeader(item.error, image, data);
        topicOf(item.key).partitions().add(data);
    }

    /** Whether there is nothing to tell that the client was not told last time. */
    private static boolean isKnown(FetchItem item) {
        FetchResult result = item.result;
        return result != null
                && item.error == ErrorCode.NONE
                && item.bytes() == 0
                && !item.isDiverging()
                && item.nearest == NearestReplica.NOBODY
                && result.highWatermark() == item.wanted.toldHighWatermark
                && result.logStartOffset() == item.wanted.toldLogStart;
    }

    private FetchableTopicResponse topicOf(Key key) {
        FetchableTopicResponse current = topic;
        if (current == null
                || !current.topic().equals(key.topic())
                || !current.topicId().equals(key.topicId())) {
            current = new FetchableTopicResponse().setTopic(key.topic()).setTopicId(key.topicId());
            topic = current;
            response.responses().add(current);
        }
        return current;
    }

    private PartitionData describe(FetchItem item) {
        PartitionData data =
                new PartitionData()
                        .setPartitionIndex(item.key.partition())
                        .setErrorCode(item.error.code())
                        .setHighWatermark(UNKNOWN)
                        .setRecords(MemoryRecords.EMPTY);
        // Readers of what is not committed are not told what was aborted.
        data.setAbortedTransactions(committed ? List.of() : null);
        FetchResult result = item.result;
        if (result == null) {
            return data;
        }
        if (item.error != ErrorCode.NONE) {
            // Who is out of range begins anew from here, if it is a follower.
            return data.setLogStartOffset(result.logStartOffset());
        }
        if (committed) {
            data.setAbortedTransactions(aborted(result.aborted()));
        }
        data.setPreferredReadReplica(item.nearest)
                .setHighWatermark(result.highWatermark())
                .setLastStableOffset(result.lastStableOffset())
                .setLogStartOffset(result.logStartOffset());
        if (result.diverging() != null) {
            data.setDivergingEpoch(
                    new EpochEndOffset()
                            .setEpoch(result.diverging().epoch())
                            .setEndOffset(result.diverging().endOffset()));
        }
        FileSlice slice = item.slice();
        if (slice != null) {
            data.setRecords(new FileRecords(slice));
        }
        return data;
    }

    private static List<AbortedTransaction> aborted(
            List<io.sluice.core.model.AbortedTransaction> known) {
        List<AbortedTransaction> told = new ArrayList<>(known.size());
        for (io.sluice.core.model.AbortedTransaction one : known) {
            told.add(
                    new AbortedTransaction()
                            .setProducerId(one.producerId())
                            .setFirstOffset(one.firstOffset()));
        }
        return told;
    }

    /** Who leads a partition that is not led here, and where it is reached (KIP-951). */
    private void tellLeader(ErrorCode error, @Nullable TopicImage image, PartitionData data) {
        PartitionImage partition = Brokers.partition(image, data.partitionIndex());
        if (version < FIRST_WITH_LEADER || !Brokers.tellsLeader(error) || partition == null) {
            return;
        }
        data.setCurrentLeader(
                new LeaderIdAndEpoch()
                        .setLeaderId(partition.leader())
                        .setLeaderEpoch(partition.leaderEpoch()));
        Brokers.Reached leader = Brokers.leader(services.metadata().image(), partition, listener);
        if (version >= FIRST_WITH_ENDPOINTS
                && leader != null
                && response.nodeEndpoints().find(leader.id()) == null) {
            response.nodeEndpoints()
                    .add(
                            new NodeEndpoint()
                                    .setNodeId(leader.id())
                                    .setHost(leader.host())
                                    .setPort(leader.port())
                                    .setRack(leader.rack()));
        }
    }
}
