package io.sluice.kafka.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.AllAnswered;
import io.sluice.engine.share.Queues;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.AnswerField;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.share.ShareSession.Owner;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.PartitionData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponse;
import org.jspecify.annotations.Nullable;

/**
 * ShareAcknowledge, versions 1 and 2 (KIP-932, KIP-1222): what became of records, told by itself;
 * answered when it is remembered. With the final epoch the session ends. Another broker's may be an
 * answer to a question (see {@link BroughtAnswer}).
 */
public final class ShareAcknowledgeHandler implements ApiHandler {

    private final KafkaServices services;
    private final ShareReaders readers;

    /**
     * @param readers the same that ShareFetch has
     */
    public ShareAcknowledgeHandler(KafkaServices services, ShareReaders readers) {
        this.services = services;
        this.readers = readers;
    }

    @Override
    public Api api() {
        return Api.SHARE_ACKNOWLEDGE;
    }

    @Override
    public void handle(KafkaRequest request) {
        ShareAcknowledgeRequestData data = request.message(ShareAcknowledgeRequestData.class);
        String group = data.groupId();
        String member = data.memberId();
        if (group == null || group.isEmpty() || member == null || member.isEmpty()) {
            refuse(request, ErrorCode.INVALID_REQUEST, "no group, or no member: name both");
            return;
        }
        if (AnswerField.isSet(data)) {
            BroughtAnswer.settle(request, data, services);
            return;
        }
        if (data.shareSessionEpoch() == ShareSessions.INITIAL_EPOCH) {
            refuse(request, ErrorCode.INVALID_SHARE_SESSION_EPOCH, "ShareFetch begins a session");
            return;
        }
        ErrorCode error =
                readers.find(
                        request,
                        new Owner(group, member),
                        data.shareSessionEpoch(),
                        session -> settle(request, data, session));
        if (error != ErrorCode.NONE) {
            refuse(request, error, null);
        }
    }

    private static void refuse(KafkaRequest request, ErrorCode error, @Nullable String why) {
        request.reply(
                new ShareAcknowledgeResponseData().setErrorCode(error.code()).setErrorMessage(why));
    }

    private void settle(
            KafkaRequest request, ShareAcknowledgeRequestData data, ShareSession session) {
        ShareAcknowledgeResponseData response =
                new ShareAcknowledgeResponseData()
                        .setAcquisitionLockTimeoutMs(
                                (int)
                                        services.shares()
                                                .rules()
                                                .apply(data.groupId())
                                                .share()
                                                .lockMs());
        boolean mayRenew = data.isRenewAck() && services.shares().rules().mayRenew(data.groupId());
        AllAnswered all = new AllAnswered();
        for (AcknowledgeTopic topic : data.topics()) {
            ShareAcknowledgeTopicResponse answers =
                    new ShareAcknowledgeTopicResponse().setTopicId(topic.topicId());
            response.responses().add(answers);
            for (AcknowledgePartition partition : topic.partitions()) {
                PartitionData answer =
                        new PartitionData().setPartitionIndex(partition.partitionIndex());
                answers.partitions().add(answer);
                ShareKey queue =
                        new ShareKey(
                                data.groupId(),
                                Ids.fromKafka(topic.topicId()),
                                partition.partitionIndex());
                settle(request, session, queue, said(partition, mayRenew), answer, response, all);
            }
        }
        if (data.shareSessionEpoch() == ShareSessions.FINAL_EPOCH) {
            leave(request, session, all);
        }
        all.then(() -> request.reply(response));
    }

    private static Settled said(AcknowledgePartition partition, boolean mayRenew) {
        Settled settled = new Settled(mayRenew);
        partition
                .acknowledgementBatches()
                .forEach(one ->
                        settled.add(
                                one.firstOffset(),
                                one.lastOffset(),
                                one.acknowledgeTypes(),
                                AgainField.atMs(one.unknownTaggedFields())));
        return settled;
    }

    private void settle(
            KafkaRequest request,
            ShareSession session,
            ShareKey queue,
            Settled said,
            PartitionData answer,
            ShareAcknowledgeResponseData response,
            AllAnswered all) {
        if (said.error() != ErrorCode.NONE || said.items().isEmpty()) {
            answer.setErrorCode(said.error().code());
            return;
        }
        all.ask(done ->
                services.shares()
                        .queues()
                        .acknowledge(
                                queue,
                                session.owner().memberId(),
                                said.items(),
                                request.loop(),
                                error ->
                                        request.guarded(() -> {
                                            fill(request, queue, error, answer, response);
                                            done.run();
                                        })));
    }

    private void leave(KafkaRequest request, ShareSession session, AllAnswered all) {
        readers.close(request, session);
        Queues queues = services.shares().queues();
        for (ShareKey queue : session.queues()) {
            all.ask(done ->
                    queues.leave(
                            queue,
                            session.owner().memberId(),
                            false,
                            request.loop(),
                            error -> request.guarded(done)));
        }
    }

    private void fill(
            KafkaRequest request,
            ShareKey queue,
            ErrorCode error,
            PartitionData answer,
            ShareAcknowledgeResponseData response) {
        ClusterImage image = services.metadata().image();
        answer.setErrorCode(ShareFetchAnswer.told(image, queue, error).code());
        PartitionImage partition =
                Brokers.partition(image.topicsById().get(queue.topicId()), queue.partition());
        if (!Brokers.tellsLeader(error) || partition == null) {
            return;
        }
        answer.setCurrentLeader(
                new LeaderIdAndEpoch()
                        .setLeaderId(partition.leader())
                        .setLeaderEpoch(partition.leaderEpoch()));
        Brokers.Reached leader = Brokers.leader(image, partition, request.listener());
        if (leader != null && response.nodeEndpoints().find(leader.id()) == null) {
            response.nodeEndpoints()
                    .add(
                            new NodeEndpoint()
                                    .setNodeId(leader.id())
                                    .setHost(leader.host())
                                    .setPort(leader.port())
                                    .setRack(leader.rack()));
        }
    }
}
