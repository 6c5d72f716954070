package io.sluice.kafka.group;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponsePartition;
import org.apache.kafka.common.message.OffsetCommitResponseData.OffsetCommitResponseTopic;
import org.jspecify.annotations.Nullable;

/** OffsetCommit, versions 2 to 10; topics by identity from version 10 (KIP-848). */
public final class OffsetCommitHandler implements ApiHandler {

    private static final short FIRST_WITH_TOPIC_ID = 10;

    private final KafkaServices services;

    public OffsetCommitHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.OFFSET_COMMIT;
    }

    @Override
    public void handle(KafkaRequest request) {
        OffsetCommitRequestData data = request.message(OffsetCommitRequestData.class);
        OffsetCommitResponseData response = new OffsetCommitResponseData();
        List<GroupCommand.Offset> offsets = new ArrayList<>();
        List<OffsetCommitResponsePartition> answers = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : data.topics()) {
            OffsetCommitResponseTopic answered =
                    new OffsetCommitResponseTopic()
                            .setName(topic.name())
                            .setTopicId(topic.topicId());
            response.topics().add(answered);
            TopicImage image = image(request.version(), topic);
            for (OffsetCommitRequestPartition partition : topic.partitions()) {
                OffsetCommitResponsePartition answer =
                        new OffsetCommitResponsePartition()
                                .setPartitionIndex(partition.partitionIndex());
                answered.partitions().add(answer);
                if (image == null || Brokers.partition(image, partition.partitionIndex()) == null) {
                    boolean byId = image == null && request.version() >= FIRST_WITH_TOPIC_ID;
                    answer.setErrorCode(
                            (byId
                                            ? ErrorCode.UNKNOWN_TOPIC_ID
                                            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                                    .code());
                    continue;
                }
                answers.add(answer);
                offsets.add(offset(image.name(), partition));
            }
        }
        if (offsets.isEmpty()) {
            request.reply(response);
            return;
        }
        ask(request, data, offsets, response, answers);
    }

    private void ask(
            KafkaRequest request,
            OffsetCommitRequestData data,
            List<GroupCommand.Offset> offsets,
            OffsetCommitResponseData response,
            List<OffsetCommitResponsePartition> answers) {
        GroupCommand.Commit commit =
                new GroupCommand.Commit(
                        data.groupId(),
                        new GroupCommand.Caller(
                                data.generationIdOrMemberEpoch(),
                                data.memberId(),
                                Optional.ofNullable(data.groupInstanceId())),
                        offsets);
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        commit,
                        GroupReply.PerPartition.class,
                        done -> {
                            for (int i = 0; i < answers.size(); i++) {
                                answers.get(i).setErrorCode(done.errors().get(i).code());
                            }
                            request.reply(response);
                        },
                        error -> {
                            answers.forEach(answer -> answer.setErrorCode(error.code()));
                            request.reply(response);
                        });
    }

    private @Nullable TopicImage image(short version, OffsetCommitRequestTopic topic) {
        return version >= FIRST_WITH_TOPIC_ID
                ? services.metadata().image().topicsById().get(Ids.fromKafka(topic.topicId()))
                : services.metadata().image().topics().get(topic.name());
    }

    private static GroupCommand.Offset offset(
            String topic, OffsetCommitRequestPartition partition) {
        String metadata = partition.committedMetadata();
        return new GroupCommand.Offset(
                new TopicPartition(topic, partition.partitionIndex()),
                partition.committedOffset(),
                partition.committedLeaderEpoch(),
                metadata == null ? "" : metadata);
    }
}
