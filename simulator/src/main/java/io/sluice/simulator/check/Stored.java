package io.sluice.simulator.check;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch as it was found in a log.
 *
 * @param id what its producer calls it, unique in the whole history; no marker has one
 */
public record Stored(
        long baseOffset,
        int leaderEpoch,
        int records,
        long id,
        int crc,
        long producerId,
        Part part) {

    /** Its part in transactions. */
    public enum Part {
        NONE,
        RECORDS,
        COMMIT,
        ABORT
    }

    /** What a batch's timestamp is counted from: no broker takes it for an ancient one. */
    public static final long FIRST_ID = 1_700_000_000_000L;

    public long nextOffset() {
        return baseOffset + records;
    }

    /** Whether it ends a transaction. */
    public boolean isMarker() {
        return part == Part.COMMIT || part == Part.ABORT;
    }

    private static Stored of(BatchHeader header, ByteBuffer batch) {
        return new Stored(
                header.baseOffset(),
                header.leaderEpoch(),
                header.lastOffsetDelta() + 1,
                header.baseTimestamp() - FIRST_ID,
                header.crc(),
                header.producerId(),
                part(header, batch));
    }

    private static Part part(BatchHeader header, ByteBuffer batch) {
        if (!header.isMarker()) {
            return header.isTransactional() ? Part.RECORDS : Part.NONE;
        }
        try {
            return switch (ControlBatch.read(header, batch).kind()) {
                case COMMIT -> Part.COMMIT;
                case ABORT -> Part.ABORT;
                case OTHER -> Part.NONE;
            };
        } catch (RecordFormatException e) {
            throw new Violation("I-15", "a marker that says nothing at " + header.baseOffset());
        }
    }

    /** A file without the room that was made behind its last batch: zeros up to its end. */
    public static ByteBuffer withoutRoom(ByteBuffer file) {
        int at = 0;
        while (file.limit() - at >= BatchHeader.SIZE) {
            int size = BatchHeader.read(file, at).sizeInBytes();
            if (size < BatchHeader.SIZE || size > file.limit() - at) {
                break;
            }
            at += size;
        }
        int rest = file.limit() - at;
        boolean isRoom = file.slice(at, rest).mismatch(ByteBuffer.allocate(rest)) < 0;
        return isRoom ? file.limit(at) : file;
    }

    /**
     * The batches of an answer, each with the CRC it should have; the last may be cut, as Kafka's
     * clients are used to, the first not.
     *
     * @param where for the message of a violation
     * @throws Violation if bytes are not what was written
     */
    public static List<Stored> parse(ByteBuffer bytes, String where) {
        List<Stored> all = new ArrayList<>();
        int at = 0;
        while (bytes.limit() - at >= BatchHeader.SIZE) {
            BatchHeader header = BatchHeader.read(bytes, at);
            int size = header.sizeInBytes();
            if (size > BatchHeader.SIZE && size > bytes.limit() - at) {
                break;
            }
            if (size < BatchHeader.SIZE
                    || BatchHeader.computeCrc(bytes, at, size) != header.crc()) {
                throw new Violation("I-4", where + ": damaged bytes at " + header.baseOffset());
            }
            all.add(of(header, bytes.slice(at, size)));
            at += size;
        }
        if (all.isEmpty() && bytes.hasRemaining()) {
            throw new Violation("I-3", where + ": half a batch, and nothing else");
        }
        return all;
    }
}
