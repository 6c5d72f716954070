package io.sluice.system.cluster;

import io.sluice.system.harness.Wire;
import java.io.IOException;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.ListOffsetsRequestData;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsPartition;
import org.apache.kafka.common.message.ListOffsetsRequestData.ListOffsetsTopic;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;

/** What one broker answers to a client that asks no other, about the first partition of a topic. */
final class OneBroker implements AutoCloseable {

    private static final int TIMEOUT_MS = 2_000;

    private final Wire wire;
    private final String topic;

    OneBroker(String address, String topic) {
        this.wire = new Wire(address);
        this.topic = topic;
    }

    Errors write(int acks, long value) throws IOException {
        MemoryRecords records =
                MemoryRecords.withRecords(
                        Compression.NONE, new SimpleRecord(ClusterTopic.bytes(value)));
        TopicProduceDataCollection topics = new TopicProduceDataCollection();
        topics.add(
                new TopicProduceData()
                        .setName(topic)
                        .setPartitionData(
                                List.of(
                                        new PartitionProduceData()
                                                .setIndex(0)
                                                .setRecords(records))));
        ProduceResponseData answer =
                wire.call(
                        ApiKeys.PRODUCE,
                        12,
                        new ProduceRequestData()
                                .setAcks((short) acks)
                                .setTimeoutMs(TIMEOUT_MS)
                                .setTopicData(topics),
                        ProduceResponseData.class);
        return Errors.forCode(
                answer.responses().stream()
                        .findFirst()
                        .orElseThrow()
                        .partitionResponses()
                        .getFirst()
                        .errorCode());
    }

    Errors read(long offset) throws IOException {
        FetchResponseData answer =
                wire.call(
                        ApiKeys.FETCH,
                        12,
                        new FetchRequestData()
                                .setMaxWaitMs(100)
                                .setMinBytes(1)
                                .setMaxBytes(1 << 20)
                                .setTopics(
                                        List.of(
                                                new FetchTopic()
                                                        .setTopic(topic)
                                                        .setPartitions(
                                                                List.of(
                                                                        new FetchPartition()
                                                                                .setPartition(0)
                                                                                .setFetchOffset(
                                                                                        offset)
                                                                                .setPartitionMaxBytes(
                                                                                        1
                                                                                                << 20))))),
                        FetchResponseData.class);
        return Errors.forCode(answer.responses().getFirst().partitions().getFirst().errorCode());
    }

    /** Where its log ends. */
    Errors end() throws IOException {
        ListOffsetsPartition latest =
                new ListOffsetsPartition().setPartitionIndex(0).setTimestamp(-1L);
        ListOffsetsResponseData answer =
                wire.call(
                        ApiKeys.LIST_OFFSETS,
                        7,
                        new ListOffsetsRequestData()
                                .setReplicaId(-1)
                                .setTopics(
                                        List.of(
                                                new ListOffsetsTopic()
                                                        .setName(topic)
                                                        .setPartitions(List.of(latest)))),
                        ListOffsetsResponseData.class);
        return Errors.forCode(answer.topics().getFirst().partitions().getFirst().errorCode());
    }

    MetadataResponsePartition metadata() throws IOException {
        return wire
                .call(
                        ApiKeys.METADATA,
                        12,
                        new MetadataRequestData()
                                .setTopics(List.of(new MetadataRequestTopic().setName(topic))),
                        MetadataResponseData.class)
                .topics()
                .stream()
                .findFirst()
                .orElseThrow()
                .partitions()
                .getFirst();
    }

    FindCoordinatorResponseData.Coordinator coordinator(String group) throws IOException {
        return wire.call(
                        ApiKeys.FIND_COORDINATOR,
                        4,
                        new FindCoordinatorRequestData().setCoordinatorKeys(List.of(group)),
                        FindCoordinatorResponseData.class)
                .coordinators()
                .getFirst();
    }

    /** Of somebody who is no member. */
    Errors heartbeat(String group) throws IOException {
        return Errors.forCode(
                wire.call(
                                ApiKeys.HEARTBEAT,
                                4,
                                new HeartbeatRequestData().setGroupId(group).setMemberId("nobody"),
                                HeartbeatResponseData.class)
                        .errorCode());
    }

    @Override
    public void close() throws IOException {
        wire.close();
    }
}
