package io.sluice.kafka.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.engine.share.QuestionName;
import io.sluice.engine.share.Queues;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.AnswerField;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;

/** An answer to a question about records that another broker heard ({@link AnswerField}). */
final class BroughtAnswer {

    private BroughtAnswer() {}

    /** Settles what it is about; the answer's error is that of all of it. */
    static void settle(KafkaRequest request, ShareAcknowledgeRequestData data, Queues queues) {
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
        queues.answer(
                name.get(),
                batches.stream().map(BroughtAnswer::item).toList(),
                request.loop(),
                error -> request.guarded(() -> reply(request, error)));
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
