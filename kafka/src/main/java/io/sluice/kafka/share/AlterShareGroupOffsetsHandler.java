package io.sluice.kafka.share;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Map;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestPartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsRequestData.AlterShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponseTopic;
import org.jspecify.annotations.Nullable;

/**
 * AlterShareGroupOffsets, version 0 (KIP-932): queues of a group without members begin anew
 * somewhere else, whatever they remember. Asked of the group's coordinator.
 */
public final class AlterShareGroupOffsetsHandler implements ApiHandler {

    private static final int FIRST_STATE_EPOCH = 1;
    private static final String AT_THE_SAME_TIME =
            "somebody else set the queue anew at the same time; look where it is, and say it again";

    private final KafkaServices services;

    public AlterShareGroupOffsetsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ALTER_SHARE_GROUP_OFFSETS;
    }

    @Override
    public void handle(KafkaRequest request) {
        AlterShareGroupOffsetsRequestData data =
                request.message(AlterShareGroupOffsetsRequestData.class);
        EmptyGroup.ask(
                services,
                request,
                data.groupId(),
                queues -> alter(request, data, queues),
                error ->
                        request.reply(
                                new AlterShareGroupOffsetsResponseData()
                                        .setErrorCode(error.code())));
    }

    private void alter(
            KafkaRequest request,
            AlterShareGroupOffsetsRequestData data,
            Map<ShareKey, Summary> queues) {
        AlterShareGroupOffsetsResponseData response = new AlterShareGroupOffsetsResponseData();
        AllAnswered all = new AllAnswered();
        for (AlterShareGroupOffsetsRequestTopic wanted : data.topics()) {
            TopicImage topic = services.metadata().image().topics().get(wanted.topicName());
            AlterShareGroupOffsetsResponseTopic answers =
                    new AlterShareGroupOffsetsResponseTopic().setTopicName(wanted.topicName());
            if (topic != null) {
                answers.setTopicId(Ids.toKafka(topic.id()));
            }
            response.responses().add(answers);
            for (AlterShareGroupOffsetsRequestPartition one : wanted.partitions()) {
                AlterShareGroupOffsetsResponsePartition answer =
                        new AlterShareGroupOffsetsResponsePartition()
                                .setPartitionIndex(one.partitionIndex());
                answers.partitions().add(answer);
                if (topic == null || Brokers.partition(topic, one.partitionIndex()) == null) {
                    answer.setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
                } else if (one.startOffset() < 0) {
                    answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                            .setErrorMessage("a queue that starts at " + one.startOffset());
                } else {
                    ShareKey key = new ShareKey(data.groupId(), topic.id(), one.partitionIndex());
                    begin(request, key, queues.get(key), one.startOffset(), answer, all);
                }
            }
        }
        all.then(() -> request.reply(response));
    }

    private void begin(
            KafkaRequest request,
            ShareKey key,
            @Nullable Summary known,
            long start,
            AlterShareGroupOffsetsResponsePartition answer,
            AllAnswered all) {
        int stateEpoch = known == null ? FIRST_STATE_EPOCH : known.stateEpoch() + 1;
        all.ask(done ->
                services.shares()
                        .known()
                        .begin(
                                key,
                                stateEpoch,
                                start,
                                request.loop(),
                                error ->
                                        request.guarded(() -> {
                                            answer.setErrorCode(error.code());
                                            if (error == ErrorCode.FENCED_STATE_EPOCH) {
                                                answer.setErrorMessage(AT_THE_SAME_TIME);
                                            }
                                            done.run();
                                        })));
    }
}
