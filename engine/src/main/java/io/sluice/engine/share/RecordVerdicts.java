package io.sluice.engine.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.asking.Answer;
import io.sluice.engine.asking.Answers;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Understands answers about records whose lock ended, and brings them to whoever leads their
 * partition. The header {@code sluice-question}, or else the key, names the question; the value is
 * a {@link Verdict}. One whose time is over is not looked at.
 */
public final class RecordVerdicts implements Answers.Hearer {

    private static final Logger LOG = LoggerFactory.getLogger(RecordVerdicts.class);

    private final Metadata metadata;
    private final Queues queues;
    private final Elsewhere elsewhere;
    private final EventLoop home;

    /** Port to the other brokers. Any thread may call. */
    public interface Elsewhere {

        /** Whether that is a broker, and not this one. */
        boolean isOther(int brokerId);

        /**
         * Brings an answer to a queue.
         *
         * @param brokerId who leads its partition
         * @param done as of {@link Queues#answer}; NETWORK_EXCEPTION if it may not have come
         */
        void answer(
                int brokerId,
                QuestionName name,
                List<Acknowledgement> items,
                EventLoop replyOn,
                Consumer<ErrorCode> done);
    }

    /**
     * @param home a loop for steps that belong to no partition
     */
    public RecordVerdicts(Metadata metadata, Queues queues, Elsewhere elsewhere, EventLoop home) {
        this.metadata = metadata;
        this.queues = queues;
        this.elsewhere = elsewhere;
        this.home = home;
    }

    @Override
    public Optional<Runnable> hear(TopicPartition from, RecordReader record)
            throws RecordFormatException {
        Answer answer = Answer.of(record, RecordQuestions.QUESTION);
        long nowMs = home.clock().wallMs();
        Optional<QuestionName> name = QuestionName.of(answer.named());
        if (name.isPresent() && name.get().untilMs() <= nowMs) {
            return Optional.empty();
        }
        List<Acknowledgement> items = Verdict.parse(answer.said(), nowMs);
        if (name.isEmpty() || items.isEmpty()) {
            LOG.warn(
                    "{}: offset {} is no answer: '{}' to question '{}'; say accept, release, reject"
                            + " or renew, and repeat the question's header {}",
                    from,
                    record.offset(),
                    Answer.shown(answer.said()),
                    Answer.shown(answer.named()),
                    RecordQuestions.QUESTION);
            return Optional.empty();
        }
        return Optional.of(() -> settle(name.get(), items));
    }

    private void settle(QuestionName name, List<Acknowledgement> items) {
        int leader = leader(name.queue());
        Consumer<ErrorCode> done = error -> LOG.debug("an answer to {}: {}", name.text(), error);
        if (elsewhere.isOther(leader)) {
            elsewhere.answer(leader, name, items, home, done);
        } else {
            queues.answer(name, items, home, done);
        }
    }

    private int leader(ShareKey queue) {
        ClusterImage image = metadata.image();
        TopicImage topic = image.topicsById().get(queue.topicId());
        return topic == null || queue.partition() >= topic.partitions().size()
                ? -1
                : topic.partitions().get(queue.partition()).leader();
    }
}
