package io.sluice.engine.transaction;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.asking.Answer;
import io.sluice.engine.asking.Answers;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Understands answers about transactions. */
final class VerdictHearer implements Answers.Hearer {

    private static final Logger LOG = LoggerFactory.getLogger(VerdictHearer.class);

    private final HalfMessages.Settler settler;

    VerdictHearer(HalfMessages.Settler settler) {
        this.settler = settler;
    }

    /** The name of the transaction in a header, or else as the key; the outcome as the value. */
    @Override
    public Optional<Runnable> hear(TopicPartition from, RecordReader record)
            throws RecordFormatException {
        Answer answer = Answer.of(record, QuestionWriter.TRANSACTION);
        String outcome = answer.said().strip();
        Optional<TransactionName> name = TransactionName.of(answer.named());
        if (name.isEmpty() || !(outcome.equals("commit") || outcome.equals("rollback"))) {
            LOG.warn(
                    "{}: offset {} is no answer: '{}' of transaction '{}'; say commit or rollback,"
                            + " and repeat the question's header {}",
                    from,
                    record.offset(),
                    Answer.shown(outcome),
                    Answer.shown(answer.named()),
                    QuestionWriter.TRANSACTION);
            return Optional.empty();
        }
        boolean commit = outcome.equals("commit");
        return Optional.of(() -> settler.settle(name.get(), commit));
    }
}
