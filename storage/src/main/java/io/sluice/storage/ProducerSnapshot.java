package io.sluice.storage;

import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The producers of a log as of an offset, in Kafka's snapshot format version 1: what recovery
 * begins with instead of reading every batch.
 *
 * <p>Kafka keeps the last batch of each producer alone. Behind its entries, where its readers do
 * not look but its CRC reaches, we keep the earlier batches of the window too, so that a retry over
 * a restart is still known (I-14), and the offset of the last batch or marker: a magic number, then
 * for each entry in the same order that offset, a count and that many batches (first sequence, last
 * sequence, base offset, last offset, timestamp).
 */
final class ProducerSnapshot {

    static final String SUFFIX = ".snapshot";

    private static final short VERSION = 1;
    private static final int CRC_AT = 2;
    private static final int ENTRIES_AT = 6;
    private static final int ENTRY_BYTES = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;
    private static final int WINDOWS_MAGIC = 0x534c5732;
    private static final int BATCH_BYTES = 4 + 4 + 8 + 8 + 8;

    private ProducerSnapshot() {}

    /** Copies the states into the bytes of a file. On the log's loop; cheap. */
    static ByteBuffer encode(ProducerStates states) {
        int earlier = 0;
        for (ProducerStates.Entry entry : states.entries()) {
            earlier += Math.max(0, entry.batches().size() - 1);
        }
        int windows = 4 + states.size() * (8 + 1) + earlier * BATCH_BYTES;
        ByteBuffer out =
                ByteBuffer.allocate(ENTRIES_AT + 4 + states.size() * ENTRY_BYTES + windows);
        out.putShort(VERSION).putInt(0).putInt(states.size());
        for (ProducerStates.Entry entry : states.entries()) {
            ProducerStates.Batch last = entry.lastBatch();
            out.putLong(entry.producerId()).putShort(entry.epoch());
            out.putInt(last == null ? -1 : last.lastSequence());
            out.putLong(last == null ? -1L : last.lastOffset());
            out.putInt(last == null ? 0 : (int) (last.lastOffset() - last.baseOffset()));
            out.putLong(entry.lastTimestamp()).putInt(entry.coordinatorEpoch());
            out.putLong(entry.transactionStart());
        }
        out.putInt(WINDOWS_MAGIC);
        states.entries().forEach(entry -> putWindow(out, entry));
        out.putInt(CRC_AT, crc(out));
        return out.flip();
    }

    private static void putWindow(ByteBuffer out, ProducerStates.Entry entry) {
        int left = Math.max(0, entry.batches().size() - 1);
        out.putLong(entry.lastOffset()).put((byte) left);
        for (ProducerStates.Batch batch : entry.batches()) {
            if (left-- <= 0) {
                break;
            }
            out.putInt(batch.firstSequence()).putInt(batch.lastSequence());
            out.putLong(batch.baseOffset()).putLong(batch.lastOffset()).putLong(batch.timestamp());
        }
    }

    /**
     * Restores the states of a file.
     *
     * @return false if the file is not whole; the states are then empty
     */
    static boolean read(Disk disk, Path file, ProducerStates states) throws IOException {
        ByteBuffer in = TextFile.bytes(disk, file);
        states.clear();
        try {
            if (in.getShort() != VERSION || in.getInt() != crc(in)) {
                return false;
            }
            readEntries(in, states);
            return true;
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            states.clear();
            return false;
        }
    }

    private static void readEntries(ByteBuffer in, ProducerStates states) {
        int count = in.getInt();
        if (count < 0 || count > in.remaining() / ENTRY_BYTES) {
            throw new IllegalArgumentException(count + " producers");
        }
        List<ProducerStates.Remembered> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(readEntry(in));
        }
        boolean windows = in.remaining() > 4 && in.getInt() == WINDOWS_MAGIC;
        for (ProducerStates.Remembered entry : entries) {
            states.restore(windows ? readWindow(in, entry) : entry);
        }
    }

    private static ProducerStates.Remembered readEntry(ByteBuffer in) {
        long producerId = in.getLong();
        short epoch = in.getShort();
        int lastSequence = in.getInt();
        long lastOffset = in.getLong();
        int delta = in.getInt();
        long timestamp = in.getLong();
        int coordinatorEpoch = in.getInt();
        long transactionStart = in.getLong();
        List<ProducerStates.Batch> batches = List.of();
        if (lastOffset >= 0) {
            int first = (lastSequence - delta) & Integer.MAX_VALUE;
            batches =
                    List.of(
                            new ProducerStates.Batch(
                                    first,
                                    lastSequence,
                                    lastOffset - delta,
                                    lastOffset,
                                    timestamp));
        }
        return new ProducerStates.Remembered(
                producerId,
                epoch,
                batches,
                timestamp,
                lastOffset,
                coordinatorEpoch,
                transactionStart);
    }

    private static ProducerStates.Remembered readWindow(
            ByteBuffer in, ProducerStates.Remembered entry) {
        long lastOffset = in.getLong();
        int earlier = in.get();
        if (earlier < 0 || earlier >= ProducerStates.WINDOW) {
            throw new IllegalArgumentException(earlier + " earlier batches");
        }
        List<ProducerStates.Batch> batches = new ArrayList<>(earlier + 1);
        for (int i = 0; i < earlier; i++) {
            batches.add(
                    new ProducerStates.Batch(
                            in.getInt(), in.getInt(), in.getLong(), in.getLong(), in.getLong()));
        }
        batches.addAll(entry.batches());
        return new ProducerStates.Remembered(
                entry.producerId(),
                entry.epoch(),
                batches,
                entry.lastTimestamp(),
                lastOffset,
                entry.coordinatorEpoch(),
                entry.transactionStart());
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), ENTRIES_AT, Math.max(0, bytes.capacity() - ENTRIES_AT));
        return (int) crc.getValue();
    }
}
