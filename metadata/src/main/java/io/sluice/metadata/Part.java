package io.sluice.metadata;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;

/**
 * What one Raft entry carries: an entry of the metadata log, or a part of a long one.
 *
 * <pre>
 *   version int8 | term int64 | proposer int64 | sequence int64 | part int32 | last int8 | bytes
 * </pre>
 *
 * @param term the one in which the entry was decided
 * @param proposer this start of a broker, by chance
 * @param sequence counts the proposals of the proposer
 * @param part from 0
 * @param last whether the entry ends with it
 */
record Part(long term, long proposer, long sequence, int part, boolean last, ByteBuffer bytes) {

    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 1 + 8 + 8 + 8 + 4 + 1;

    /** Of no term, so that every replica passes it over. */
    static final Part NOTHING = new Part(-1, 0, 0, 0, true, ByteBuffer.allocate(0));

    /** The parts of one entry. */
    static List<Part> of(long term, long proposer, long sequence, ByteBuffer entry) {
        List<Part> parts = new ArrayList<>();
        int at = entry.position();
        do {
            int length = Math.min(RatisSetup.PART_BYTES, entry.limit() - at);
            boolean last = at + length == entry.limit();
            parts.add(
                    new Part(
                            term, proposer, sequence, parts.size(), last, entry.slice(at, length)));
            at += length;
        } while (at < entry.limit());
        return parts;
    }

    ByteString encode() {
        ByteBuffer to = ByteBuffer.allocate(HEADER_BYTES + bytes.remaining());
        to.put(VERSION).putLong(term).putLong(proposer).putLong(sequence).putInt(part);
        to.put((byte) (last ? 1 : 0)).put(bytes.duplicate()).flip();
        return UnsafeByteOperations.unsafeWrap(to);
    }

    /** Copies: what Ratis hands out is its own again later. */
    static Part decode(ByteString data) {
        ByteBuffer from = ByteBuffer.wrap(data.toByteArray());
        byte version = from.get();
        if (version != VERSION) {
            throw new IllegalStateException(
                    "a metadata entry has version %d, this broker reads %d: update it"
                            .formatted(version, VERSION));
        }
        return new Part(
                from.getLong(),
                from.getLong(),
                from.getLong(),
                from.getInt(),
                from.get() != 0,
                from.slice());
    }

    /** Puts parts together; what does not continue what came before begins anew. */
    static final class Assembly {

        private final List<Part> parts = new ArrayList<>();

        /** The entry, if this was its last part. */
        Optional<ByteBuffer> add(Part next) {
            if (next.part == 0) {
                parts.clear();
                if (next.last) {
                    return Optional.of(next.bytes);
                }
            } else if (!continues(next)) {
                parts.clear();
                return Optional.empty();
            }
            parts.add(next);
            return next.last ? Optional.of(whole()) : Optional.empty();
        }

        private boolean continues(Part next) {
            return parts.size() == next.part
                    && parts.getLast().proposer == next.proposer
                    && parts.getLast().sequence == next.sequence;
        }

        private ByteBuffer whole() {
            int bytes = 0;
            for (Part one : parts) {
                bytes += one.bytes.remaining();
            }
            ByteBuffer entry = ByteBuffer.allocate(bytes);
            parts.forEach(one -> entry.put(one.bytes));
            parts.clear();
            return entry.flip();
        }
    }
}
