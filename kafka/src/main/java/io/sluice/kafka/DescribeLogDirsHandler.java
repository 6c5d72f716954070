package io.sluice.kafka;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.log.LogStore;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;

/**
 * DescribeLogDirs, all versions (KIP-113, KIP-827): directories, their space, what lies in them.
 */
final class DescribeLogDirsHandler implements ApiHandler {

    private final KafkaServices services;

    DescribeLogDirsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_LOG_DIRS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeLogDirsRequestData data = request.message(DescribeLogDirsRequestData.class);
        DescribeLogDirsResponseData response = new DescribeLogDirsResponseData();
        for (LogStore.DirectoryInfo directory : services.logs().describe()) {
            response.results().add(describe(directory, data));
        }
        request.reply(response);
    }

    private static DescribeLogDirsResponseData.DescribeLogDirsResult describe(
            LogStore.DirectoryInfo directory, DescribeLogDirsRequestData data) {
        ErrorCode error =
                directory.fault().isPresent() ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE;
        DescribeLogDirsResponseData.DescribeLogDirsResult result =
                new DescribeLogDirsResponseData.DescribeLogDirsResult()
                        .setErrorCode(error.code())
                        .setLogDir(directory.path().toString())
                        .setTotalBytes(directory.totalBytes())
                        .setUsableBytes(directory.usableBytes());
        Map<String, DescribeLogDirsResponseData.DescribeLogDirsTopic> topics = new TreeMap<>();
        Set<TopicPartition> wanted = wanted(data);
        for (LogStore.ReplicaInfo replica : directory.replicas()) {
            TopicPartition partition = replica.partition();
            if (data.topics() != null && !wanted.contains(partition)) {
                continue;
            }
            topics.computeIfAbsent(
                            partition.topic(),
                            name ->
                                    new DescribeLogDirsResponseData.DescribeLogDirsTopic()
                                            .setName(name))
                    .partitions()
                    .add(
                            new DescribeLogDirsResponseData.DescribeLogDirsPartition()
                                    .setPartitionIndex(partition.partition())
                                    .setPartitionSize(replica.sizeInBytes())
                                    .setOffsetLag(replica.lag())
                                    .setIsFutureKey(replica.future()));
        }
        result.topics().addAll(topics.values());
        return result;
    }

    private static Set<TopicPartition> wanted(DescribeLogDirsRequestData data) {
        Set<TopicPartition> wanted = new HashSet<>();
        if (data.topics() != null) {
            data.topics()
                    .forEach(topic ->
                            topic.partitions()
                                    .forEach(number ->
                                            wanted.add(new TopicPartition(topic.topic(), number))));
        }
        return wanted;
    }
}
