package io.sluice.kafka.share;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.share.QuestionName;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.AnswerField;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer to a question about records that another broker heard ({@link AnswerField}). That it is
 * here is said at once: who asked has it now, or asks no more, and what is remembered for queues
 * comes over the same connection and must not wait behind it.
 */
final class BroughtAnswer {

    private static final Logger LOG = LoggerFactory.getLogger(BroughtAnswer.class);

    private BroughtAnswer() {}

    /** Settles what it is about; NOT_LEADER_OR_FOLLOWER where another broker leads by now. */
    static void settle(
            KafkaRequest request, ShareAcknowledgeRequestData data, KafkaServices services) {
        Optional<QuestionName> name = QuestionName.of(data.memberId());
        List<AcknowledgementBatch> batches =
                data.topics().stream()
                        .flatMap(topic -> topic.partitions().stream())
                        .flatMap(partition -> partition.acknowledgementBatches().stream())
                        .toList();
        if (name.isEmpty() || !batches.stream().allMatch(BroughtAnswer::isSound)) {
            reply(request, ErrorCode.INVALID_REQUEST);
            return;
        }
        if (!leads(services, name.get().queue())) {
            reply(request, ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        services.shares()
                .queues()
                .answer(
                        name.get(),
                        batches.stream().map(BroughtAnswer::item).toList(),
                        request.loop(),
                        error -> LOG.debug("an answer to {}: {}", name.get().text(), error));
        reply(request, ErrorCode.NONE);
    }

    private static boolean leads(KafkaServices services, ShareKey queue) {
        TopicImage topic = services.metadata().image().topicsById().get(queue.topicId());
        PartitionImage partition = Brokers.partition(topic, queue.partition());
        return partition != null && partition.leader() == services.brokerId();
    }

    private static void reply(KafkaRequest request, ErrorCode error) {
        request.reply(new ShareAcknowledgeResponseData().setErrorCode(error.code()));
    }

    private static boolean isSound(AcknowledgementBatch batch) {
        return batch.lastOffset() >= batch.firstOffset()
                && batch.acknowledgeTypes().size() == 1
                && Acknowledgement.Type.known(batch.acknowledgeTypes().getFirst());
    }

    private static Acknowledgement item(AcknowledgementBatch batch) {
        return new Acknowledgement(
                batch.firstOffset(),
                batch.lastOffset(),
                Acknowledgement.Type.of(batch.acknowledgeTypes().getFirst()),
                AgainField.atMs(batch.unknownTaggedFields()));
    }
}
