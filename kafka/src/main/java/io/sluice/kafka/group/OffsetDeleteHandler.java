package io.sluice.kafka.group;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteResponseData;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponsePartition;
import org.apache.kafka.common.message.OffsetDeleteResponseData.OffsetDeleteResponseTopic;

/** OffsetDelete, version 0 (KIP-496): not of topics that the group is subscribed to. */
public final class OffsetDeleteHandler implements ApiHandler {

    private final KafkaServices services;

    public OffsetDeleteHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.OFFSET_DELETE;
    }

    @Override
    public void handle(KafkaRequest request) {
        OffsetDeleteRequestData data = request.message(OffsetDeleteRequestData.class);
        List<TopicPartition> partitions = new ArrayList<>();
        data.topics()
                .forEach(topic ->
                        topic.partitions()
                                .forEach(one ->
                                        partitions.add(
                                                new TopicPartition(
                                                        topic.name(), one.partitionIndex()))));
        services.groups()
                .ask(
                        request,
                        data.groupId(),
                        new GroupCommand.DeleteOffsets(data.groupId(), partitions),
                        GroupReply.PerPartition.class,
                        done -> request.reply(answer(partitions, done)),
                        error ->
                                request.reply(
                                        new OffsetDeleteResponseData().setErrorCode(error.code())));
    }

    private static OffsetDeleteResponseData answer(
            List<TopicPartition> partitions, GroupReply.PerPartition done) {
        OffsetDeleteResponseData response =
                new OffsetDeleteResponseData().setErrorCode(done.error().code());
        if (done.error() != ErrorCode.NONE) {
            return response;
        }
        for (int i = 0; i < partitions.size(); i++) {
            TopicPartition partition = partitions.get(i);
            OffsetDeleteResponseTopic topic = response.topics().find(partition.topic());
            if (topic == null) {
                topic = new OffsetDeleteResponseTopic().setName(partition.topic());
                response.topics().add(topic);
            }
            topic.partitions()
                    .add(
                            new OffsetDeleteResponsePartition()
                                    .setPartitionIndex(partition.partition())
                                    .setErrorCode(done.errors().get(i).code()));
        }
        return response;
    }
}
