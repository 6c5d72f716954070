package io.sluice.storage;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** Writes records of format v2 whose base timestamp has changed; the rest of them stays. */
final class RecordBytes {

    private RecordBytes() {}

    static void write(ByteArrayOutputStream out, long timestampDelta, ByteBuffer afterTimestamp) {
        ByteArrayOutputStream delta = new ByteArrayOutputStream(10);
        varint(delta, timestampDelta);
        varint(out, 1L + delta.size() + afterTimestamp.remaining());
        out.write(0);
        out.writeBytes(delta.toByteArray());
        byte[] rest = new byte[afterTimestamp.remaining()];
        afterTimestamp.get(rest);
        out.writeBytes(rest);
    }

    /** A zigzag number of seven bits a byte, the lowest first. */
    private static void varint(ByteArrayOutputStream out, long number) {
        long value = (number << 1) ^ (number >> 63);
        while ((value & ~0x7fL) != 0) {
            out.write((int) ((value & 0x7f) | 0x80));
            value >>>= 7;
        }
        out.write((int) value);
    }
}
