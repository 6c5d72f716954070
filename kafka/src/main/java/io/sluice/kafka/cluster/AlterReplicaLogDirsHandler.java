package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.message.AlterReplicaLogDirsRequestData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirPartitionResult;
import org.apache.kafka.common.message.AlterReplicaLogDirsResponseData.AlterReplicaLogDirTopicResult;

/**
 * AlterReplicaLogDirs, versions 1 and 2 (KIP-113): moves replicas between directories. Answers when
 * the moves have begun; DescribeLogDirs tells how they go.
 */
public final class AlterReplicaLogDirsHandler implements ApiHandler {

    private final KafkaServices services;

    public AlterReplicaLogDirsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ALTER_REPLICA_LOG_DIRS;
    }

    @Override
    public void handle(KafkaRequest request) {
        Round round = new Round(request);
        AlterReplicaLogDirsRequestData data = request.message(AlterReplicaLogDirsRequestData.class);
        for (AlterReplicaLogDirsRequestData.AlterReplicaLogDir directory : data.dirs()) {
            Optional<Path> target = path(directory.path());
            directory
                    .topics()
                    .forEach(topic ->
                            topic.partitions()
                                    .forEach(number -> round.add(topic.name(), number, target)));
        }
        round.begin();
    }

    private static Optional<Path> path(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() ? Optional.of(path.normalize()) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private record Move(
            TopicPartition partition, Path target, AlterReplicaLogDirPartitionResult result) {}

    /** One request until every move was begun or refused. Owned by the connection's loop. */
    private final class Round {
        private final KafkaRequest request;
        private final Map<String, AlterReplicaLogDirTopicResult> topics = new TreeMap<>();
        private final Set<TopicPartition> named = new HashSet<>();
        private final List<Move> moves = new ArrayList<>();
        private int waiting;

        Round(KafkaRequest request) {
            this.request = request;
        }

        void add(String topic, int number, Optional<Path> target) {
            TopicPartition partition = new TopicPartition(topic, number);
            AlterReplicaLogDirPartitionResult result =
                    new AlterReplicaLogDirPartitionResult().setPartitionIndex(number);
            topics.computeIfAbsent(
                            topic, name -> new AlterReplicaLogDirTopicResult().setTopicName(name))
                    .partitions()
                    .add(result);
            if (!named.add(partition)) {
                result.setErrorCode(ErrorCode.INVALID_REQUEST.code());
            } else if (target.isEmpty()) {
                result.setErrorCode(ErrorCode.LOG_DIR_NOT_FOUND.code());
            } else {
                moves.add(new Move(partition, target.get(), result));
            }
        }

        void begin() {
            waiting = moves.size();
            if (moves.isEmpty()) {
                reply();
            }
            for (Move move : moves) {
                services.mover()
                        .move(
                                move.partition,
                                move.target,
                                error -> request.execute(() -> begun(move, error)));
            }
        }

        private void begun(Move move, ErrorCode error) {
            move.result.setErrorCode(error.code());
            if (--waiting == 0) {
                reply();
            }
        }

        private void reply() {
            AlterReplicaLogDirsResponseData response = new AlterReplicaLogDirsResponseData();
            response.results().addAll(topics.values());
            request.reply(response);
        }
    }
}
