package io.sluice.engine.coordinator;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.SliceBatches;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads events back from slices of a log, on I/O threads. */
final class EventLog<E> {

    private final EventCodec<E> codec;
    private final Codecs codecs;
    private final IoThreads io;

    /**
     * What a slice held.
     *
     * @param nextOffset where the batch behind the slice begins
     */
    record Page<E>(List<E> events, long nextOffset) {}

    EventLog(EventCodec<E> codec, Codecs codecs, IoThreads io) {
        this.codec = codec;
        this.codecs = codecs;
        this.io = io;
    }

    /** Decodes the slice, which is released, and completes on that loop. */
    void read(FileSlice slice, EventLoop owner, Completion<Page<E>> done) {
        io.call(
                IoThreads.Lane.READ,
                () -> {
                    try {
                        return decode(SliceBatches.read(slice));
                    } catch (RecordFormatException e) {
                        throw new IOException(e.getMessage(), e);
                    }
                },
                owner,
                done);
    }

    private Page<E> decode(List<SliceBatches.Batch> batches) throws RecordFormatException {
        List<E> events = new ArrayList<>();
        long next = -1L;
        for (SliceBatches.Batch batch : batches) {
            if (!batch.header().isControl()) {
                decode(batch.header(), batch.bytes(), events);
            }
            next = batch.header().nextOffset();
        }
        return new Page<>(events, next);
    }

    private void decode(BatchHeader batch, ByteBuffer bytes, List<E> events)
            throws RecordFormatException {
        RecordReader records = RecordReader.of(batch, bytes, codecs);
        while (records.next()) {
            if (!records.hasKey()) {
                continue;
            }
            E event = codec.decode(records.key(), records.isTombstone() ? null : records.value());
            if (event != null) {
                events.add(event);
            }
        }
    }
}
