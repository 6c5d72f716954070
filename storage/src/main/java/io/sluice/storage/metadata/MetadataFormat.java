package io.sluice.storage.metadata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of the metadata log (docs/formats/metadata.md). Big-endian; a CRC32C guards whatever is
 * read.
 *
 * <pre>
 * file header   magic int32 "SLML", version int32, first index int64, crc int32     over the rest
 * block         magic int32 "SLMG", length int32, crc int32, count int32, first index int64,
 *               then count times: length int32, bytes             crc over all that is behind it
 * mark          a block without entries: what lies before it is on stable storage
 * snapshot      magic int32 "SLMS", version int32, index int64, length int32, crc int32, bytes
 *                                                               crc over all but itself
 * </pre>
 */
final class MetadataFormat {

    static final int VERSION = 1;

    static final int FILE_HEADER_BYTES = 20;
    static final int BLOCK_HEADER_BYTES = 24;
    static final int SNAPSHOT_HEADER_BYTES = 24;

    /** No entry and no state is larger; what claims to be is damaged. */
    static final int MAX_BYTES = 1 << 29;

    private static final int LOG_MAGIC = 0x534C4D4C;
    private static final int BLOCK_MAGIC = 0x534C4D47;
    private static final int SNAPSHOT_MAGIC = 0x534C4D53;

    private static final int BLOCK_CRC_AT = 8;
    private static final int BLOCK_COUNT_AT = 12;
    private static final int BLOCK_INDEX_AT = 16;
    private static final int SNAPSHOT_CRC_AT = 20;

    private MetadataFormat() {}

    /**
     * Entries that were stored by one write and one force.
     *
     * @param sizeInBytes of the whole block
     */
    record Block(long firstIndex, List<ByteBuffer> entries, int sizeInBytes) {

        boolean isMark() {
            return entries.isEmpty();
        }

        long nextIndex() {
            return firstIndex + entries.size();
        }
    }

    /** The header of a log whose first entry has that index. */
    static ByteBuffer fileHeader(long firstIndex) {
        ByteBuffer header = ByteBuffer.allocate(FILE_HEADER_BYTES);
        header.putInt(LOG_MAGIC).putInt(VERSION).putLong(firstIndex);
        header.putInt(crc(header.slice(0, FILE_HEADER_BYTES - 4)));
        return header.flip();
    }

    /** Why these bytes do not begin a log with that first index, or null. */
    static @Nullable String fileHeaderFault(ByteBuffer header, long firstIndex) {
        if (header.remaining() < FILE_HEADER_BYTES || header.getInt(0) != LOG_MAGIC) {
            return "it does not begin as a metadata log";
        }
        if (crc(header.slice(0, FILE_HEADER_BYTES - 4)) != header.getInt(FILE_HEADER_BYTES - 4)) {
            return "its header has a wrong checksum";
        }
        if (header.getInt(4) != VERSION) {
            return "it has version %d, this broker reads %d: run the version that wrote it"
                    .formatted(header.getInt(4), VERSION);
        }
        return header.getLong(8) == firstIndex
                ? null
                : "it begins with index %d, its name says %d"
                        .formatted(header.getLong(8), firstIndex);
    }

    static ByteBuffer block(long firstIndex, List<ByteBuffer> entries) {
        int length = 0;
        for (ByteBuffer entry : entries) {
            length = Math.addExact(length, 4 + entry.remaining());
        }
        ByteBuffer block = ByteBuffer.allocate(BLOCK_HEADER_BYTES + length);
        block.putInt(BLOCK_MAGIC).putInt(length).putInt(0).putInt(entries.size());
        block.putLong(firstIndex);
        for (ByteBuffer entry : entries) {
            block.putInt(entry.remaining()).put(entry.duplicate());
        }
        block.flip();
        return block.putInt(BLOCK_CRC_AT, blockCrc(block, 0, length));
    }

    static ByteBuffer mark(long nextIndex) {
        return block(nextIndex, List.of());
    }

    /** Bytes of the block's body as its header says, or -1 if no block is there. */
    static int blockBodyBytes(ByteBuffer bytes, int at) {
        if (bytes.limit() - at < BLOCK_HEADER_BYTES || bytes.getInt(at) != BLOCK_MAGIC) {
            return -1;
        }
        int length = bytes.getInt(at + 4);
        return length < 0 || length > MAX_BYTES ? -1 : length;
    }

    /** The block at that position of the buffer, or null if no whole and sound one is there. */
    static @Nullable Block readBlock(ByteBuffer bytes, int at) {
        int length = blockBodyBytes(bytes, at);
        if (length < 0
                || length > bytes.limit() - at - BLOCK_HEADER_BYTES
                || blockCrc(bytes, at, length) != bytes.getInt(at + BLOCK_CRC_AT)) {
            return null;
        }
        int count = bytes.getInt(at + BLOCK_COUNT_AT);
        if (count < 0 || count > length / 4) {
            return null;
        }
        List<ByteBuffer> entries = new ArrayList<>(count);
        int entryAt = at + BLOCK_HEADER_BYTES;
        int end = entryAt + length;
        for (int i = 0; i < count; i++) {
            int entryBytes = end - entryAt < 4 ? -1 : bytes.getInt(entryAt);
            if (entryBytes < 0 || entryBytes > end - entryAt - 4) {
                return null;
            }
            entries.add(bytes.slice(entryAt + 4, entryBytes));
            entryAt += 4 + entryBytes;
        }
        return entryAt == end
                ? new Block(
                        bytes.getLong(at + BLOCK_INDEX_AT), entries, BLOCK_HEADER_BYTES + length)
                : null;
    }

    private static int blockCrc(ByteBuffer bytes, int at, int length) {
        return crc(bytes.slice(at + BLOCK_COUNT_AT, BLOCK_HEADER_BYTES - BLOCK_COUNT_AT + length));
    }

    static ByteBuffer snapshot(long index, ByteBuffer state) {
        ByteBuffer bytes = ByteBuffer.allocate(SNAPSHOT_HEADER_BYTES + state.remaining());
        bytes.putInt(SNAPSHOT_MAGIC).putInt(VERSION).putLong(index).putInt(state.remaining());
        bytes.putInt(0).put(state.duplicate()).flip();
        return bytes.putInt(SNAPSHOT_CRC_AT, snapshotCrc(bytes));
    }

    /** Why these bytes are not the snapshot of that index, or null. */
    static @Nullable String snapshotFault(ByteBuffer bytes, long index) {
        if (bytes.limit() < SNAPSHOT_HEADER_BYTES || bytes.getInt(0) != SNAPSHOT_MAGIC) {
            return "it does not begin as a metadata snapshot";
        }
        if (bytes.getInt(16) != bytes.limit() - SNAPSHOT_HEADER_BYTES) {
            return "it holds %d bytes of state, its header says %d"
                    .formatted(bytes.limit() - SNAPSHOT_HEADER_BYTES, bytes.getInt(16));
        }
        if (snapshotCrc(bytes) != bytes.getInt(SNAPSHOT_CRC_AT)) {
            return "it has a wrong checksum";
        }
        if (bytes.getInt(4) != VERSION) {
            return "it has version %d, this broker reads %d: run the version that wrote it"
                    .formatted(bytes.getInt(4), VERSION);
        }
        return bytes.getLong(8) == index
                ? null
                : "it holds index %d, its name says %d".formatted(bytes.getLong(8), index);
    }

    static ByteBuffer snapshotState(ByteBuffer bytes) {
        return bytes.slice(SNAPSHOT_HEADER_BYTES, bytes.limit() - SNAPSHOT_HEADER_BYTES);
    }

    private static int snapshotCrc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.slice(0, SNAPSHOT_CRC_AT));
        crc.update(snapshotState(bytes));
        return (int) crc.getValue();
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
