package io.sluice.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A compacted segment takes the place of the one before with all its files, or with none. */
final class SegmentSwapTest {

    private static final Path FOLDER = Path.of("/disks/a/orders-0");
    private static final List<String> KINDS =
            List.of(Segment.INDEX, Segment.TIME_INDEX, Segment.SCHEDULE, Segment.LOG);
    private static final int CRASHES = 400;

    private static Path file(String suffix) {
        return FOLDER.resolve(SegmentFile.name(0L) + suffix);
    }

    private static SimDisk before(long seed) throws IOException {
        SimDisk disk = new SimDisk(new Random(seed));
        LogFolder.createDurably(disk, FOLDER);
        for (String kind : KINDS) {
            write(disk, kind, "old");
            write(disk, kind + SegmentSwap.CLEANED, "new");
        }
        disk.syncDirectory(FOLDER);
        return disk;
    }

    private static void write(Disk disk, String suffix, String text) throws IOException {
        try (DiskFile file = disk.open(file(suffix), Disk.Mode.TRUNCATE)) {
            file.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
            file.force();
        }
    }

    /** A crash kept the log's new name, not that of its index (crash test, seed 216698). */
    @Test
    void allFilesOrNoneWhateverNamesACrashKeeps() throws IOException {
        int swapped = 0;
        for (long seed = 0; seed < CRASHES; seed++) {
            SimDisk disk = before(seed);
            disk.faultAt(disk.calls() + 1 + new Random(seed).nextInt(30), SimDisk.Fault.POWER);
            SegmentSwap swap = new SegmentSwap(disk, FOLDER);
            try {
                swap.begin(0L, List.of(0L));
                swap.finish();
            } catch (SimDisk.PowerLoss e) {
                // at any step
            }
            disk.crash();
            swap.finish();
            List<String> log = TextFile.lines(disk, file(Segment.LOG));
            for (String kind : KINDS) {
                assertThat(TextFile.lines(disk, file(kind)))
                        .as("%s, seed %d", kind, seed)
                        .isEqualTo(log);
            }
            swapped += log.contains("new") ? 1 : 0;
        }
        assertThat(swapped).isBetween(CRASHES / 20, CRASHES * 19 / 20);
    }
}
