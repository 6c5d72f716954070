package io.sluice.core.share;

import java.nio.ByteBuffer;

/**
 * What a queue knows a key by: 64 bits, so that a million keys have a chance of one in 37 million
 * that any two of them are taken for one. Two such keys are delivered as if they were one, and
 * nothing is lost. Not remembered anywhere.
 */
public final class KeyHash {

    private static final long ODD_A = 0x9E3779B97F4A7C15L;
    private static final long ODD_B = 0xBF58476D1CE4E5B9L;
    private static final long ODD_C = 0x94D049BB133111EBL;

    private KeyHash() {}

    /** Of the bytes from position to limit. */
    public static long of(ByteBuffer key) {
        int at = key.position();
        int end = key.limit();
        long hash = (end - at) * ODD_A;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            hash = step(hash, key.getLong(at));
        }
        long rest = 0;
        for (; at < end; at++) {
            rest = rest << Byte.SIZE | key.get(at) & 0xffL;
        }
        return mixed(step(hash, rest));
    }

    private static long step(long hash, long word) {
        return Long.rotateLeft((hash ^ mixed(word + ODD_A)) * ODD_B, 29);
    }

    /** The last step of SplitMix64: every bit depends on every bit. */
    private static long mixed(long bits) {
        long z = bits;
        z = (z ^ (z >>> 30)) * ODD_B;
        z = (z ^ (z >>> 27)) * ODD_C;
        return z ^ (z >>> 31);
    }
}
