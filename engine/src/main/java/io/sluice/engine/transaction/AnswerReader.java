package io.sluice.engine.transaction;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads answers about transactions from a partition, from its first record on: an answer that was
 * heard before names a transaction that is over, and changes nothing. Owned by the partition's
 * loop.
 */
final class AnswerReader {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerReader.class);
    private static final int PAGE_BYTES = 256 << 10;
    private static final int SHOWN = 100;
    private static final long RETRY_MS = 1_000;

    private final Partition partition;
    private final BooleanSupplier goesOn;
    private final Tools tools;
    private long position;

    /** What all readers share. */
    record Tools(HalfMessages.Settler settler, IoThreads io, Codecs codecs) {}

    private record Answer(TransactionName transaction, boolean commit) {}

    private record Page(List<Answer> answers, long nextOffset) {}

    AnswerReader(Partition partition, BooleanSupplier goesOn, Tools tools) {
        this.partition = partition;
        this.goesOn = goesOn;
        this.tools = tools;
    }

    void start() {
        position = partition.status().logStartOffset();
        read();
    }

    private void read() {
        if (!goesOn.getAsBoolean()) {
            return;
        }
        Partition.FetchResult found =
                partition.fetch(new Partition.FetchSpec(position, -1, -1, PAGE_BYTES, true, false));
        FileSlice slice = found.read().slice();
        if (found.error() == ErrorCode.OFFSET_OUT_OF_RANGE) {
            position = partition.status().logStartOffset();
            again();
        } else if (found.error() != ErrorCode.NONE) {
            again();
        } else if (slice == null) {
            partition.watch(position, false, () -> partition.loop().execute(this::read));
        } else {
            take(slice);
        }
    }

    private void again() {
        partition.loop().schedule(RETRY_MS, this::read);
    }

    private void take(FileSlice slice) {
        tools.io.call(
                IoThreads.Lane.READ,
                () -> decode(SliceBatches.read(slice)),
                partition.loop(),
                Completion.of(
                        page -> {
                            page.answers.forEach(
                                    one -> tools.settler.settle(one.transaction, one.commit));
                            position = Math.max(position + 1, page.nextOffset);
                            read();
                        },
                        fault -> {
                            LOG.warn(
                                    "{}: answers cannot be read: {}",
                                    partition.name(),
                                    fault.getMessage());
                            again();
                        }));
    }

    private Page decode(List<SliceBatches.Batch> batches) throws IOException {
        List<Answer> answers = new ArrayList<>();
        long next = position;
        for (SliceBatches.Batch batch : batches) {
            next = batch.header().nextOffset();
            if (batch.header().isControl()) {
                continue;
            }
            try {
                RecordReader records = RecordReader.of(batch.header(), batch.bytes(), tools.codecs);
                while (records.next()) {
                    answer(records).ifPresent(answers::add);
                }
            } catch (RecordFormatException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        return new Page(answers, next);
    }

    /** The name of the transaction in a header, or else as the key; the outcome as the value. */
    private Optional<Answer> answer(RecordReader record) throws RecordFormatException {
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
                    partition.name(),
                    record.offset(),
                    shown(outcome),
                    shown(named),
                    QuestionWriter.TRANSACTION);
            return Optional.empty();
        }
        return Optional.of(new Answer(name.get(), outcome.equals("commit")));
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static String shown(String text) {
        return text.substring(0, Math.min(SHOWN, text.length()));
    }
}
