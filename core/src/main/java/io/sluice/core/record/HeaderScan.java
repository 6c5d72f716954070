package io.sluice.core.record;

import java.nio.ByteBuffer;

/**
 * Looks for a header whose name begins in one way, in all records of a batch, and at as few bytes
 * as that takes. What cannot be read has no headers.
 */
final class HeaderScan {

    private static final int MAX_VARINT_BYTES = 5;

    private final ByteBuffer plain;
    private final byte[] prefix;
    private int at;

    private HeaderScan(ByteBuffer plain, byte[] prefix) {
        this.plain = plain;
        this.prefix = prefix;
        this.at = plain.position();
    }

    /**
     * @param plain the records' bytes, decompressed
     */
    static boolean finds(ByteBuffer plain, int records, byte[] prefix) {
        try {
            return new HeaderScan(plain, prefix).finds(records);
        } catch (IndexOutOfBoundsException e) {
            return false;
        }
    }

    private boolean finds(int records) {
        int end = plain.limit();
        for (int i = 0; i < records; i++) {
            int length = varint();
            int next = at + length;
            if (length < 0 || next > end || next < at) {
                return false;
            }
            at++; // attributes
            skipNumber(); // timestamp
            skipNumber(); // offset
            skipField(); // key
            skipField(); // value
            int headers = varint();
            if (headers > 0 && finds(headers, next)) {
                return true;
            }
            at = next;
        }
        return false;
    }

    private boolean finds(int headers, int end) {
        for (int i = 0; i < headers && at < end; i++) {
            int length = varint();
            if (length < 0) {
                return false;
            }
            if (beginsHere(length)) {
                return true;
            }
            at += length;
            skipField();
        }
        return false;
    }

    private boolean beginsHere(int length) {
        if (length < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (plain.get(at + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private void skipField() {
        int bytes = varint(); // before, for it moves on by itself
        at += Math.max(0, bytes);
    }

    private void skipNumber() {
        while (plain.get(at++) < 0) {
            // on
        }
    }

    private int varint() {
        int next = plain.get(at++);
        int value = next & 0x7f;
        for (int i = 1; next < 0; i++) {
            if (i == MAX_VARINT_BYTES) {
                throw new IndexOutOfBoundsException("no number");
            }
            next = plain.get(at++);
            value |= (next & 0x7f) << (7 * i);
        }
        return (value >>> 1) ^ -(value & 1);
    }
}
