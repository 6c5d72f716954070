package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Acknowledgement;
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

    /**
     * How far the clocks of two brokers are apart at most; the queue itself knows when it is over.
     */
    private static final long MAX_SKEW_MS = 60_000;

    private final VerdictCarrier carrier;
    private final EventLoop home;

    /** Port to the other brokers. Any thread may call. */
    public interface Elsewhere {

        /** Whether that is a broker, and not this one. */
        boolean isOther(int brokerId);

        /**
         * Brings an answer to a queue.
         *
         * @param brokerId who leads its partition
         * @param done NONE when it is there, whatever comes of it; NOT_LEADER_OR_FOLLOWER if that
         *     broker knows that it does not lead; NETWORK_EXCEPTION if it may not have come
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
        this.carrier = new VerdictCarrier(metadata, queues, elsewhere, home);
        this.home = home;
    }

    @Override
    public Optional<Runnable> hear(TopicPartition from, RecordReader record)
            throws RecordFormatException {
        Answer answer = Answer.of(record, RecordQuestions.QUESTION);
        long nowMs = home.clock().wallMs();
        Optional<QuestionName> name = QuestionName.of(answer.named());
        if (name.isPresent() && name.get().untilMs() + MAX_SKEW_MS <= nowMs) {
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
        VerdictCarrier.Carried carried = new VerdictCarrier.Carried(name.get(), items);
        return Optional.of(() -> carrier.carry(carried));
    }
}
