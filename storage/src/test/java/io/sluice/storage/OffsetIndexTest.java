package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OffsetIndexTest {

    private static final long BASE = 5_000_000_000L;

    @TempDir Path temp;

    /** Entries in the file, in its last page and in memory alone, and offsets around each. */
    @Test
    void findsTheLastBatchThatEndsBelow() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        OpenFiles files = new OpenFiles(new FileDisk(), 4);
        SegmentFile name = new SegmentFile(new SegmentFile.Home(temp), BASE, Segment.INDEX, false);
        OffsetIndex index = new OffsetIndex(new IndexFile(files, name, 8, 0), BASE);
        List<Long> ends = new ArrayList<>();
        long end = BASE;
        for (int i = 1; i <= 3000; i++) {
            end += 1 + random.nextInt(20);
            ends.add(end);
            index.append(end, i * 100);
            if (i < 20 || i % 500 == 0) {
                check(index, ends, random, seed);
            }
        }
        index.file().seal();
        check(index, ends, random, seed);
    }

    private static void check(OffsetIndex index, List<Long> ends, Random random, long seed)
            throws IOException {
        for (int i = 0; i < 200; i++) {
            long offset = BASE + random.nextLong(ends.getLast() - BASE + 30);
            int expected = (int) ends.stream().filter(end -> end < offset).count() - 1;
            assertThat(index.lastBelow(offset))
                    .as("seed %d offset %d", seed, offset)
                    .isEqualTo(expected);
            assertThat(index.positionBefore(offset)).isEqualTo((expected + 1) * 100);
        }
    }
}
