package io.sluice.cli.load;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Values of a fixed size that compress to about half, as text does. The first eight bytes tell when
 * the record was due, so that a consumer in this process knows how long it took.
 */
final class Payloads {

    static final int MIN_BYTES = Long.BYTES;

    /** Many different ones, so that a codec does not find the last one again. */
    private static final int VARIETY = 256;

    private static final long SEED = 0x51C1CEL;

    private final byte[][] templates;

    Payloads(int bytes) {
        SplittableRandom random = new SplittableRandom(SEED);
        templates = new byte[VARIETY][bytes];
        for (byte[] template : templates) {
            for (int i = 0; i < bytes; i++) {
                // Sixteen letters: four bits of information in a byte.
                template[i] = (byte) ('a' + random.nextInt(16));
            }
        }
    }

    byte[] next(long number, long dueNanos) {
        byte[] value = templates[(int) (number % VARIETY)].clone();
        ByteBuffer.wrap(value).putLong(0, dueNanos);
        return value;
    }

    static long dueNanos(byte[] value) {
        return ByteBuffer.wrap(value).getLong(0);
    }
}
