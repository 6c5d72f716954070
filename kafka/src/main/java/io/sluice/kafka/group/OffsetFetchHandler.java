package io.sluice.kafka.group;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.GroupReply.Committed;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.message.OffsetFetchRequestData;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopic;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartition;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopic;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.jspecify.annotations.Nullable;

/**
 * OffsetFetch, versions 1 to 10: one group, or many from version 8 (KIP-709); topics by identity
 * from version 10. Named topics, or all that the group has offsets of.
 */
public final class OffsetFetchHandler implements ApiHandler {

    private static final short FIRST_WITH_ERROR = 2;
    private static final short FIRST_WITH_MANY = 8;
    private static final short FIRST_WITH_TOPIC_ID = 10;
    private static final long NO_OFFSET = -1L;

    private final KafkaServices services;

    public OffsetFetchHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.OFFSET_FETCH;
    }

    @Override
    public void handle(KafkaRequest request) {
        OffsetFetchRequestData data = request.message(OffsetFetchRequestData.class);
        if (request.version() >= FIRST_WITH_MANY) {
            many(request, data);
        } else {
            one(request, data);
        }
    }

    private void many(KafkaRequest request, OffsetFetchRequestData data) {
        OffsetFetchResponseData response = new OffsetFetchResponseData();
        Gathering gathering = new Gathering(services.groups(), request);
        for (OffsetFetchRequestGroup wanted : data.groups()) {
            OffsetFetchResponseGroup answer =
                    new OffsetFetchResponseGroup().setGroupId(wanted.groupId());
            response.groups().add(answer);
            gathering.ask(
                    wanted.groupId(),
                    new GroupCommand.Fetch(
                            wanted.groupId(),
                            caller(wanted),
                            partitions(request.version(), wanted.topics()),
                            data.requireStable()),
                    GroupReply.Fetched.class,
                    fetched -> {
                        if (fetched.error() == ErrorCode.NONE) {
                            fill(request.version(), wanted, fetched, answer);
                        } else {
                            answer.setErrorCode(fetched.error().code());
                        }
                    },
                    error -> answer.setErrorCode(error.code()));
        }
        gathering.go(() -> request.reply(response));
    }

    /** Who asks, from version 9 (KIP-848). */
    private static Optional<GroupCommand.Caller> caller(OffsetFetchRequestGroup wanted) {
        return Optional.ofNullable(wanted.memberId())
                .map(id -> new GroupCommand.Caller(wanted.memberEpoch(), id, Optional.empty()));
    }

    private Optional<List<TopicPartition>> partitions(
            short version, @Nullable List<OffsetFetchRequestTopics> topics) {
        if (topics == null) {
            return Optional.empty();
        }
        List<TopicPartition> partitions = new ArrayList<>();
        for (OffsetFetchRequestTopics topic : topics) {
            String name = name(version, topic);
            if (name != null) {
                topic.partitionIndexes()
                        .forEach(index -> partitions.add(new TopicPartition(name, index)));
            }
        }
        return Optional.of(partitions);
    }

    private @Nullable String name(short version, OffsetFetchRequestTopics topic) {
        if (version < FIRST_WITH_TOPIC_ID) {
            return topic.name();
        }
        TopicImage image =
                services.metadata().image().topicsById().get(Ids.fromKafka(topic.topicId()));
        return image == null ? null : image.name();
    }

    private void fill(
            short version,
            OffsetFetchRequestGroup wanted,
            GroupReply.Fetched fetched,
            OffsetFetchResponseGroup answer) {
        if (wanted.topics() == null) {
            fillAll(version, fetched, answer);
            return;
        }
        for (OffsetFetchRequestTopics topic : wanted.topics()) {
            String name = name(version, topic);
            OffsetFetchResponseTopics answered =
                    new OffsetFetchResponseTopics()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            answer.topics().add(answered);
            for (int index : topic.partitionIndexes()) {
                Committed found =
                        name == null
                                ? null
                                : fetched.offsets().get(new TopicPartition(name, index));
                OffsetFetchResponsePartitions one = partition(index, found);
                if (name == null) {
                    one.setErrorCode(ErrorCode.UNKNOWN_TOPIC_ID.code());
                } else if (fetched.unstable().contains(new TopicPartition(name, index))) {
                    one = unstable(index);
                }
                answered.partitions().add(one);
            }
        }
    }

    private void fillAll(
            short version, GroupReply.Fetched fetched, OffsetFetchResponseGroup answer) {
        Map<String, OffsetFetchResponseTopics> topics = new LinkedHashMap<>();
        fetched.offsets()
                .forEach((partition, committed) -> {
                    TopicImage image = services.metadata().image().topics().get(partition.topic());
                    if (image == null && version >= FIRST_WITH_TOPIC_ID) {
                        return; // it has no identity any more
                    }
                    topics.computeIfAbsent(
                                    partition.topic(),
                                    name -> {
                                        OffsetFetchResponseTopics made =
                                                new OffsetFetchResponseTopics().setName(name);
                                        if (image != null) {
                                            made.setTopicId(Ids.toKafka(image.id()));
                                        }
                                        return made;
                                    })
                            .partitions()
                            .add(
                                    fetched.unstable().contains(partition)
                                            ? unstable(partition.partition())
                                            : partition(partition.partition(), committed));
                });
        answer.topics().addAll(topics.values());
    }

    private static OffsetFetchResponsePartitions partition(
            int index, @Nullable Committed committed) {
        OffsetFetchResponsePartitions answer =
                new OffsetFetchResponsePartitions()
                        .setPartitionIndex(index)
                        .setCommittedOffset(NO_OFFSET)
                        .setMetadata("");
        if (committed != null) {
            answer.setCommittedOffset(committed.offset())
                    .setCommittedLeaderEpoch(committed.leaderEpoch())
                    .setMetadata(committed.metadata());
        }
        return answer;
    }

    /** A transaction may still change it: the client asks again (KIP-447). */
    private static OffsetFetchResponsePartitions unstable(int index) {
        return partition(index, null).setErrorCode(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
    }

    private void one(KafkaRequest request, OffsetFetchRequestData data) {
        List<OffsetFetchRequestTopic> topics = data.topics();
        Optional<List<TopicPartition>> wanted = Optional.empty();
        if (topics != null) {
            List<TopicPartition> named = new ArrayList<>();
            topics.forEach(topic ->
                    topic.partitionIndexes()
                            .forEach(index -> named.add(new TopicPartition(topic.name(), index))));
            wanted = Optional.of(named);
        }
        Optional<List<TopicPartition>> asked = wanted;
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        new GroupCommand.Fetch(
                                data.groupId(), Optional.empty(), asked, data.requireStable()),
                        GroupReply.Fetched.class,
                        fetched ->
                                request.reply(
                                        single(
                                                asked.orElseGet(() ->
                                                        List.copyOf(fetched.offsets().keySet())),
                                                fetched.offsets(),
                                                fetched.unstable(),
                                                ErrorCode.NONE)),
                        error -> {
                            // Version 1 has no place for an error but the partitions.
                            boolean inside = request.version() < FIRST_WITH_ERROR;
                            OffsetFetchResponseData response =
                                    single(
                                            inside ? asked.orElse(List.of()) : List.of(),
                                            Map.of(),
                                            Set.of(),
                                            error);
                            request.reply(response.setErrorCode(error.code()));
                        });
    }

    private static OffsetFetchResponseData single(
            List<TopicPartition> partitions,
            Map<TopicPartition, Committed> offsets,
            Set<TopicPartition> unstable,
            ErrorCode error) {
        Map<String, OffsetFetchResponseTopic> topics = new LinkedHashMap<>();
        for (TopicPartition partition : partitions) {
            OffsetFetchResponsePartition answer =
                    new OffsetFetchResponsePartition()
                            .setPartitionIndex(partition.partition())
                            .setCommittedOffset(NO_OFFSET)
                            .setMetadata("")
                            .setErrorCode(error.code());
            Committed committed = offsets.get(partition);
            if (unstable.contains(partition)) {
                answer.setErrorCode(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
            } else if (committed != null) {
                answer.setCommittedOffset(committed.offset())
                        .setCommittedLeaderEpoch(committed.leaderEpoch())
                        .setMetadata(committed.metadata());
            }
            topics.computeIfAbsent(
                            partition.topic(), name -> new OffsetFetchResponseTopic().setName(name))
                    .partitions()
                    .add(answer);
        }
        return new OffsetFetchResponseData().setTopics(new ArrayList<>(topics.values()));
    }
}
