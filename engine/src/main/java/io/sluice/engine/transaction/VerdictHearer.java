package io.sluice.engine.transaction;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.asking.Answers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Understands answers about transactions. */
final class VerdictHearer implements Answers.Hearer {

    private static final Logger LOG = LoggerFactory.getLogger(VerdictHearer.class);
    private static final int SHOWN = 100;

    private final HalfMessages.Settler settler;

    VerdictHearer(HalfMessages.Settler settler) {
        this.settler = settler;
    }

    /** The name of the transaction in a header, or else as the key; the outcome as the value. */
    @Override
    public Optional<Runnable> hear(TopicPartition from, RecordReader record)
            throws RecordFormatException {
        String named = text(record.key());
        for (RecordHeader header : record.headers()) {
            byte[] value = header.value();
            if (value != null && header.name().equals(QuestionWriter.TRANSACTION)) {
                named = new String(value, StandardCharsets.UTF_8);
            }
        }
        String outcome = text(record.value()).strip();
        Optional<TransactionName> name = TransactionName.of(named);
        if (name.isEmpty() || !(outcome.equals("commit") || outcome.equals("rollback"))) {
            LOG.warn(
                    "{}: offset {} is no answer: '{}' of transaction '{}'; say commit or rollback,"
                            + " and repeat the question's header {}",
                    from,
                    record.offset(),
                    shown(outcome),
                    shown(named),
                    QuestionWriter.TRANSACTION);
            return Optional.empty();
        }
        boolean commit = outcome.equals("commit");
        return Optional.of(() -> settler.settle(name.get(), commit));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static String shown(String text) {
        return text.substring(0, Math.min(SHOWN, text.length()));
    }
}
