package io.sluice.engine.coordinator;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.log.FileSlice;
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
                        return decode(slice);
                    } catch (RecordFormatException e) {
                        throw new IOException(e.getMessage(), e);
                    } finally {
                        slice.release();
                    }
                },
                owner,
                done);
    }

    private Page<E> decode(FileSlice slice) throws IOException, RecordFormatException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(slice.sizeInBytes()));
        while (bytes.hasRemaining()) {
            if (slice.read(bytes, bytes.position()) <= 0) {
                throw new IOException("the log ends inside a batch");
            }
        }
        bytes.flip();
        List<E> events = new ArrayList<>();
        long next = -1L;
        while (bytes.hasRemaining()) {
            BatchHeader batch = header(bytes);
            if (!batch.isControl()) {
                decode(batch, bytes, events);
            }
            next = batch.nextOffset();
            bytes.position(bytes.position() + batch.sizeInBytes());
        }
        return new Page<>(events, next);
    }

    private static BatchHeader header(ByteBuffer bytes) throws RecordFormatException {
        if (bytes.remaining() < BatchHeader.SIZE) {
            throw new RecordFormatException(bytes.remaining() + " bytes are no batch");
        }
        BatchHeader batch = BatchHeader.read(bytes, bytes.position());
        if (batch.sizeInBytes() < BatchHeader.SIZE || batch.sizeInBytes() > bytes.remaining()) {
            throw new RecordFormatException("a batch of " + batch.sizeInBytes() + " bytes");
        }
        return batch;
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
