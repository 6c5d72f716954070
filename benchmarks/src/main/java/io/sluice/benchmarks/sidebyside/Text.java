package io.sluice.benchmarks.sidebyside;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * Record values that look like log lines: words of a fixed vocabulary and numbers, so that codecs
 * find about what they find in practice (lz4 about half, zstd about a third of the size).
 */
final class Text {

    static final int RECORD_BYTES = 1024;

    private static final int VARIETY = 4096;
    private static final int WORDS = 600;
    private static final long SEED = 20_261_120L;

    private final byte[][] records = new byte[VARIETY][];

    Text() {
        SplittableRandom random = new SplittableRandom(SEED);
        String[] words = new String[WORDS];
        for (int i = 0; i < WORDS; i++) {
            StringBuilder word = new StringBuilder();
            for (int length = 3 + random.nextInt(9); length > 0; length--) {
                word.append((char) ('a' + random.nextInt(26)));
            }
            words[i] = word.toString();
        }
        for (int i = 0; i < VARIETY; i++) {
            StringBuilder line = new StringBuilder();
            while (line.length() < RECORD_BYTES) {
                if (random.nextInt(6) == 0) {
                    line.append(random.nextInt(1_000_000));
                } else {
                    // The product of two draws favours the low numbers, as speech does words.
                    line.append(words[random.nextInt(WORDS) * random.nextInt(WORDS) / WORDS]);
                }
                line.append(' ');
            }
            records[i] = line.substring(0, RECORD_BYTES).getBytes(StandardCharsets.US_ASCII);
        }
    }

    byte[] record(long number) {
        return records[(int) (number % VARIETY)];
    }
}
