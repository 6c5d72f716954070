package io.sluice.engine.asking;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads answers from a partition, from its first record on. Owned by the partition's loop. */
final class AnswerReader {

    private static final Logger LOG = LoggerFactory.getLogger(AnswerReader.class);
    private static final int PAGE_BYTES = 256 << 10;
    private static final long RETRY_MS = 1_000;

    private final Partition partition;
    private final BooleanSupplier goesOn;
    private final Tools tools;
    private long position;

    /** What all readers share. */
    record Tools(Answers.Hearer hearer, IoThreads io, Codecs codecs) {}

    private record Page(List<Runnable> answers, long nextOffset) {}

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
                            page.answers.forEach(Runnable::run);
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
        List<Runnable> answers = new ArrayList<>();
        long next = position;
        for (SliceBatches.Batch batch : batches) {
            next = batch.header().nextOffset();
            if (batch.header().isControl()) {
                continue;
            }
            try {
                RecordReader records = RecordReader.of(batch.header(), batch.bytes(), tools.codecs);
                while (records.next()) {
                    tools.hearer.hear(partition.name(), records).ifPresent(answers::add);
                }
            } catch (RecordFormatException e) {
                throw new IOException(e.getMessage(), e);
            }
        }
        return new Page(answers, next);
    }
}
