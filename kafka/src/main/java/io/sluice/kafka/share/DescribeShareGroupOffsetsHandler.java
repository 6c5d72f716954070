package io.sluice.kafka.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.ShareReply.Summary;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.KnownQueues.Listing;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsRequestData.DescribeShareGroupOffsetsRequestTopic;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponsePartition;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseTopic;

/**
 * DescribeShareGroupOffsets, versions 0 and 1 (KIP-932, KIP-1226): where a group's queues stand,
 * and from version 1 on how many records are left in each. Asked of the group's coordinator; those
 * that remember the queues, and those that lead the partitions, are asked from here.
 */
public final class DescribeShareGroupOffsetsHandler implements ApiHandler {

    private static final short FIRST_WITH_LAG = 1;
    private static final long UNKNOWN = -1L;

    private final KafkaServices services;

    public DescribeShareGroupOffsetsHandler(KafkaServices services) {
        this.services = services;
    }

    /** A partition that is told of, and where its queue stands if it has begun. */
    private record Told(
            DescribeShareGroupOffsetsResponsePartition answer,
            TopicPartition name,
            Summary queue) {}

    @Override
    public Api api() {
        return Api.DESCRIBE_SHARE_GROUP_OFFSETS;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeShareGroupOffsetsRequestData data =
                request.message(DescribeShareGroupOffsetsRequestData.class);
        DescribeShareGroupOffsetsResponseData response =
                new DescribeShareGroupOffsetsResponseData();
        List<Told> told = new ArrayList<>();
        AllAnswered all = new AllAnswered();
        for (DescribeShareGroupOffsetsRequestGroup group : data.groups()) {
            DescribeShareGroupOffsetsResponseGroup answer =
                    new DescribeShareGroupOffsetsResponseGroup().setGroupId(group.groupId());
            response.groups().add(answer);
            all.ask(done -> describe(request, group, answer, told, done));
        }
        all.then(() -> {
            if (request.version() >= FIRST_WITH_LAG) {
                tellLags(request, told, () -> request.reply(response));
            } else {
                request.reply(response);
            }
        });
    }

    private void describe(
            KafkaRequest request,
            DescribeShareGroupOffsetsRequestGroup group,
            DescribeShareGroupOffsetsResponseGroup answer,
            List<Told> told,
            Runnable done) {
        services.groups()
                .ask(
                        request,
                        group.groupId(),
                        new GroupCommand.DescribeShares(group.groupId()),
                        GroupReply.SharesDescribed.class,
                        here -> list(request, group, answer, told, done),
                        error -> {
                            answer.setErrorCode(error.code());
                            done.run();
                        });
    }

    private void list(
            KafkaRequest request,
            DescribeShareGroupOffsetsRequestGroup group,
            DescribeShareGroupOffsetsResponseGroup answer,
            List<Told> told,
            Runnable done) {
        services.shares()
                .known()
                .list(
                        group.groupId(),
                        request.loop(),
                        listing ->
                                request.guarded(() -> {
                                    answer.setErrorCode(listing.error().code());
                                    if (listing.error() == ErrorCode.NONE) {
                                        fill(group, listing, answer, told);
                                    }
                                    done.run();
                                }));
    }

    private void fill(
            DescribeShareGroupOffsetsRequestGroup group,
            Listing listing,
            DescribeShareGroupOffsetsResponseGroup answer,
            List<Told> told) {
        ClusterImage image = services.metadata().image();
        Map<Uuid, SortedMap<Integer, Summary>> known = new LinkedHashMap<>();
        for (Summary queue : listing.queues()) {
            known.computeIfAbsent(queue.key().topicId(), id -> new TreeMap<>())
                    .put(queue.key().partition(), queue);
        }
        List<DescribeShareGroupOffsetsRequestTopic> wanted = group.topics();
        if (wanted == null) {
            known.forEach((id, partitions) -> {
                TopicImage topic = image.topicsById().get(id);
                if (topic != null) {
                    add(topic, List.copyOf(partitions.keySet()), partitions, answer, told);
                }
            });
            return;
        }
        for (DescribeShareGroupOffsetsRequestTopic one : wanted) {
            TopicImage topic = image.topics().get(one.topicName());
            if (topic == null) {
                answer.topics().add(unknown(one));
            } else {
                add(
                        topic,
                        one.partitions(),
                        known.getOrDefault(topic.id(), new TreeMap<>()),
                        answer,
                        told);
            }
        }
    }

    private static DescribeShareGroupOffsetsResponseTopic unknown(
            DescribeShareGroupOffsetsRequestTopic one) {
        DescribeShareGroupOffsetsResponseTopic topic =
                new DescribeShareGroupOffsetsResponseTopic().setTopicName(one.topicName());
        for (int partition : one.partitions()) {
            topic.partitions()
                    .add(
                            new DescribeShareGroupOffsetsResponsePartition()
                                    .setPartitionIndex(partition)
                                    .setStartOffset(UNKNOWN)
                                    .setErrorCode(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code()));
        }
        return topic;
    }

    private static void add(
            TopicImage topic,
            List<Integer> partitions,
            SortedMap<Integer, Summary> known,
            DescribeShareGroupOffsetsResponseGroup answer,
            List<Told> told) {
        DescribeShareGroupOffsetsResponseTopic topicAnswer =
                new DescribeShareGroupOffsetsResponseTopic()
                        .setTopicName(topic.name())
                        .setTopicId(Ids.toKafka(topic.id()));
        answer.topics().add(topicAnswer);
        for (int partition : partitions) {
            Summary queue = known.get(partition);
            DescribeShareGroupOffsetsResponsePartition one =
                    new DescribeShareGroupOffsetsResponsePartition()
                            .setPartitionIndex(partition)
                            .setStartOffset(queue == null ? UNKNOWN : queue.start())
                            .setLeaderEpoch(queue == null ? 0 : Math.max(0, queue.leaderEpoch()));
            topicAnswer.partitions().add(one);
            if (queue != null) {
                told.add(new Told(one, new TopicPartition(topic.name(), partition), queue));
            }
        }
    }

    private void tellLags(KafkaRequest request, List<Told> told, Runnable then) {
        services.shares()
                .ends()
                .find(
                        told.stream().map(Told::name).toList(),
                        request.loop(),
                        ends ->
                                request.guarded(() -> {
                                    for (Told one : told) {
                                        Long end = ends.get(one.name);
                                        if (end != null) {
                                            one.answer.setLag(one.queue.left(end));
                                        }
                                    }
                                    then.run();
                                }));
    }
}
