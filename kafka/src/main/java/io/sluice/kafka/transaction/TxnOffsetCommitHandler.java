package io.sluice.kafka.transaction;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.GroupServices;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponsePartition;
import org.apache.kafka.common.message.TxnOffsetCommitResponseData.TxnOffsetCommitResponseTopic;
import org.jspecify.annotations.Nullable;

/**
 * TxnOffsetCommit, versions 0 to 6: offsets of a group that count once the transaction is
 * committed. Which member stores them is told from version 3 (KIP-447); from version 5 the offsets
 * take part in the transaction by this very request (KIP-890), before it by AddOffsetsToTxn; topics
 * are named by identity from version 6 (KIP-1319).
 *
 * <p>Unless the transaction is open at the groups' coordinator already, its own coordinator is
 * asked, between a guard and the commit.
 */
public final class TxnOffsetCommitHandler implements ApiHandler {

    private static final short FIRST_WITH_FENCED = 2;
    private static final short FIRST_WITH_ABORTABLE = 4;
    private static final short FIRST_THAT_ADDS = 5;
    private static final short FIRST_WITH_TOPIC_ID = 6;

    private final KafkaServices services;

    public TxnOffsetCommitHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.TXN_OFFSET_COMMIT;
    }

    @Override
    public void handle(KafkaRequest request) {
        TxnOffsetCommitRequestData data = request.message(TxnOffsetCommitRequestData.class);
        Round round = new Round(request, data);
        round.begin();
    }

    /** One request. Owned by the connection's loop. */
    private final class Round {
        private final KafkaRequest request;
        private final TxnOffsetCommitRequestData data;
        private final TxnOffsetCommitResponseData response = new TxnOffsetCommitResponseData();
        private final List<GroupCommand.Offset> offsets = new ArrayList<>();
        private final List<TxnOffsetCommitResponsePartition> answers = new ArrayList<>();

        Round(KafkaRequest request, TxnOffsetCommitRequestData data) {
            this.request = request;
            this.data = data;
        }

        void begin() {
            for (TxnOffsetCommitRequestTopic topic : data.topics()) {
                TxnOffsetCommitResponseTopic answered =
                        new TxnOffsetCommitResponseTopic()
                                .setName(topic.name())
                                .setTopicId(topic.topicId());
                response.topics().add(answered);
                TopicImage image = image(topic);
                for (TxnOffsetCommitRequestPartition partition : topic.partitions()) {
                    answered.partitions().add(prepare(image, partition));
                }
            }
            if (offsets.isEmpty()) {
                request.reply(response);
                return;
            }
            services.groups()
                    .ask(
                            request,
                            data.groupId(),
                            new GroupCommand.Guard(data.producerId(), data.producerEpoch()),
                            GroupReply.Guarded.class,
                            this::guarded,
                            this::refused);
        }

        private TxnOffsetCommitResponsePartition prepare(
                @Nullable TopicImage image, TxnOffsetCommitRequestPartition partition) {
            TxnOffsetCommitResponsePartition answer =
                    new TxnOffsetCommitResponsePartition()
                            .setPartitionIndex(partition.partitionIndex());
            if (image == null || Brokers.partition(image, partition.partitionIndex()) == null) {
                boolean byId = image == null && request.version() >= FIRST_WITH_TOPIC_ID;
                return answer.setErrorCode(
                        (byId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                                .code());
            }
            String metadata = partition.committedMetadata();
            answers.add(answer);
            offsets.add(
                    new GroupCommand.Offset(
                            new TopicPartition(image.name(), partition.partitionIndex()),
                            partition.committedOffset(),
                            partition.committedLeaderEpoch(),
                            metadata == null ? "" : metadata));
            return answer;
        }

        private @Nullable TopicImage image(TxnOffsetCommitRequestTopic topic) {
            return request.version() >= FIRST_WITH_TOPIC_ID
                    ? services.metadata().image().topicsById().get(Ids.fromKafka(topic.topicId()))
                    : services.metadata().image().topics().get(topic.name());
        }

        private void guarded(GroupReply.Guarded guarded) {
            if (guarded.error() != ErrorCode.NONE) {
                refused(guarded.error());
                return;
            }
            if (guarded.open()) {
                commit(guarded.guard());
                return;
            }
            TopicPartition held =
                    new TopicPartition(
                            GroupServices.TOPIC,
                            services.groups().topic().partitionOf(data.groupId()));
            services.gate()
                    .admit(
                            data.transactionalId(),
                            data.producerId(),
                            data.producerEpoch(),
                            List.of(held),
                            request.version() >= FIRST_THAT_ADDS,
                            request.loop(),
                            verdicts ->
                                    request.guarded(() ->
                                            admitted(
                                                    guarded,
                                                    verdicts.getOrDefault(
                                                            held,
                                                            ErrorCode.UNKNOWN_SERVER_ERROR))));
        }

        private void admitted(GroupReply.Guarded guarded, ErrorCode error) {
            switch (error) {
                case NONE -> commit(guarded.guard());
                // It is not the groups' coordinator that must be looked for again.
                case NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, NETWORK_EXCEPTION ->
                        refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
                default -> refused(error);
            }
        }

        private void commit(long guard) {
            services.groups()
                    .ask(
                            request,
                            data.groupId(),
                            new GroupCommand.CommitInTransaction(
                                    data.groupId(),
                                    new GroupCommand.Caller(
                                            data.generationIdOrMemberEpoch(),
                                            data.memberId(),
                                            Optional.ofNullable(data.groupInstanceId())),
                                    data.producerId(),
                                    data.producerEpoch(),
                                    guard,
                                    offsets),
                            GroupReply.PerPartition.class,
                            done -> {
                                for (int i = 0; i < answers.size(); i++) {
                                    answers.get(i).setErrorCode(told(done.errors().get(i)));
                                }
                                request.reply(response);
                            },
                            this::refused);
        }

        private void refused(ErrorCode error) {
            answers.forEach(answer -> answer.setErrorCode(told(error)));
            request.reply(response);
        }

        /** As clients of the version know it. */
        private short told(ErrorCode error) {
            short version = request.version();
            return switch (error) {
                case TRANSACTION_ABORTABLE ->
                        (version < FIRST_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error)
                                .code();
                // Older clients know no other error that says: come again.
                case CONCURRENT_TRANSACTIONS ->
                        (version < FIRST_THAT_ADDS ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : error)
                                .code();
                case STALE_MEMBER_EPOCH ->
                        (version < FIRST_WITH_TOPIC_ID ? ErrorCode.ILLEGAL_GENERATION : error)
                                .code();
                default -> Told.fenced(error, version, FIRST_WITH_FENCED);
            };
        }
    }
}
