package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.log.LogStore;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.DescribeLogDirsRequestData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsPartition;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsResult;
import org.apache.kafka.common.message.DescribeLogDirsResponseData.DescribeLogDirsTopic;

/**
 * DescribeLogDirs, versions 1 to 5 (KIP-113, KIP-827): directories, their space, what lies in them.
 */
public final class DescribeLogDirsHandler implements ApiHandler {

    private final KafkaServices services;

    public DescribeLogDirsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_LOG_DIRS;
    }

    @Override
    public void handle(KafkaRequest request) {
        // The system is asked for the space left, which a hung disk may not tell for long.
        Thread.ofVirtual()
                .name("sluice-describe-log-dirs")
                .start(() -> {
                    List<LogStore.DirectoryInfo> directories = services.logs().describe();
                    request.execute(() -> reply(request, directories));
                });
    }

    private static void reply(KafkaRequest request, List<LogStore.DirectoryInfo> directories) {
        DescribeLogDirsRequestData data = request.message(DescribeLogDirsRequestData.class);
        DescribeLogDirsResponseData response = new DescribeLogDirsResponseData();
        Set<TopicPartition> wanted = wanted(data);
        for (LogStore.DirectoryInfo directory : directories) {
            response.results().add(describe(directory, wanted, data.topics() == null));
        }
        request.reply(response);
    }

    private static DescribeLogDirsResult describe(
            LogStore.DirectoryInfo directory, Set<TopicPartition> wanted, boolean all) {
        ErrorCode error =
                directory.fault().isPresent() ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NONE;
        DescribeLogDirsResult result =
                new DescribeLogDirsResult()
                        .setErrorCode(error.code())
                        .setLogDir(directory.path().toString())
                        .setTotalBytes(directory.totalBytes())
                        .setUsableBytes(directory.usableBytes());
        Map<String, DescribeLogDirsTopic> topics = new TreeMap<>();
        for (LogStore.ReplicaInfo replica : directory.replicas()) {
            TopicPartition partition = replica.partition();
            if (!all && !wanted.contains(partition)) {
                continue;
            }
            topics.computeIfAbsent(
                            partition.topic(), name -> new DescribeLogDirsTopic().setName(name))
                    .partitions()
                    .add(
                            new DescribeLogDirsPartition()
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
