package io.sluice.storage;

import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * The producers of a log as of an offset, in Kafka's snapshot format version 1: what recovery
 * begins with instead of reading every batch.
 */
final class ProducerSnapshot {

    static final String SUFFIX = ".snapshot";

    private static final short VERSION = 1;
    private static final int CRC_AT = 2;
    private static final int ENTRIES_AT = 6;
    private static final int ENTRY_BYTES = 8 + 2 + 4 + 8 + 4 + 8 + 4 + 8;

    private ProducerSnapshot() {}

    /** Copies the states into the bytes of a file. On the log's loop; cheap. */
    static ByteBuffer encode(ProducerStates states) {
        ByteBuffer out = ByteBuffer.allocate(ENTRIES_AT + 4 + states.size() * ENTRY_BYTES);
        out.putShort(VERSION).putInt(0).putInt(states.size());
        for (ProducerStates.Entry entry : states.entries()) {
            ProducerStates.Batch last = entry.lastBatch();
            out.putLong(entry.producerId()).putShort(entry.epoch());
            out.putInt(last == null ? -1 : last.lastSequence());
            out.putLong(last == null ? -1L : last.lastOffset());
            out.putInt(last == null ? 0 : (int) (last.lastOffset() - last.baseOffset()));
            out.putLong(entry.lastTimestamp()).putInt(-1).putLong(-1L);
        }
        out.putInt(CRC_AT, crc(out));
        return out.flip();
    }

    static void write(Disk disk, Path file, ByteBuffer bytes) throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".tmp");
        try (DiskFile out = disk.open(aside, Disk.Mode.TRUNCATE)) {
            out.write(bytes, 0);
            out.force();
        }
        disk.rename(aside, file);
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
            for (int left = in.getInt(); left > 0; left--) {
                readEntry(in, states);
            }
            return true;
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            states.clear();
            return false;
        }
    }

    private static void readEntry(ByteBuffer in, ProducerStates states) {
        long producerId = in.getLong();
        short epoch = in.getShort();
        int lastSequence = in.getInt();
        long lastOffset = in.getLong();
        int delta = in.getInt();
        long timestamp = in.getLong();
        in.getInt();
        in.getLong();
        ProducerStates.Batch last = null;
        if (lastOffset >= 0) {
            int first = (lastSequence - delta) & Integer.MAX_VALUE;
            last =
                    new ProducerStates.Batch(
                            first, lastSequence, lastOffset - delta, lastOffset, timestamp);
        }
        states.restore(producerId, epoch, last, timestamp);
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), ENTRIES_AT, bytes.capacity() - ENTRIES_AT);
        return (int) crc.getValue();
    }
}
