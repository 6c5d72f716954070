package io.sluice.kafka;

import io.sluice.core.model.TopicPartition;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** AlterReplicaLogDirs, all versions (KIP-113): moves replicas between directories. */
final class AlterReplicaLogDirsHandler implements ApiHandler {

    private final KafkaServices services;

    AlterReplicaLogDirsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.ALTER_REPLICA_LOG_DIRS;
    }

    @Override
    public void handle(KafkaRequest request) {
        AlterReplicaLogDirsRequestData data = request.message(AlterReplicaLogDirsRequestData.class);
        AlterReplicaLogDirsResponseData response = new AlterReplicaLogDirsResponseData();
        Map<String, AlterReplicaLogDirTopicResult> topics = new TreeMap<>();
        int[] waiting = {1};
        Runnable one =
                () -> {
                    if (--waiting[0] == 0) {
                        response.results().addAll(topics.values());
                        request.reply(response);
                    }
                };
        for (AlterReplicaLogDirsRequestData.AlterReplicaLogDir directory : data.dirs()) {
            directory
                    .topics()
                    .forEach(topic -> {
                        for (int number : topic.partitions()) {
                            AlterReplicaLogDirPartitionResult result =
                                    new AlterReplicaLogDirPartitionResult()
                                            .setPartitionIndex(number);
                            topics.computeIfAbsent(
                                            topic.name(),
                                            name ->
                                                    new AlterReplicaLogDirTopicResult()
                                                            .setTopicName(name))
                                    .partitions()
                                    .add(result);
                            waiting[0]++;
                            move(
                                    request,
                                    new TopicPartition(topic.name(), number),
                                    directory.path(),
                                    result,
                                    one);
                        }
                    });
        }
        one.run();
    }

    private void move(
            KafkaRequest request,
            TopicPartition partition,
            String path,
            AlterReplicaLogDirPartitionResult result,
            Runnable done) {
        Path target;
        try {
            target = Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            result.setErrorCode(Errors.LOG_DIR_NOT_FOUND.code());
            done.run();
            return;
        }
        services.mover()
                .move(
                        partition,
                        target,
                        error ->
                                request.loop()
                                        .execute(() -> {
                                            result.setErrorCode(error.code());
                                            done.run();
                                        }));
    }
}
