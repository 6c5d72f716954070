package io.sluice.engine.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The simulated disk does what a disk does, and forgets what a disk forgets. */
final class SimDiskTest extends DiskContract {

    private static final Path FILE = Path.of("/data/file");

    @Override
    protected Disk disk() {
        return new SimDisk(new Random(1));
    }

    @Override
    protected Path folder() {
        return Path.of("/data");
    }

    @Test
    void keepsOverACrashWhatWasForcedAndSynced() throws IOException {
        for (long seed = 0; seed < 100; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            write(disk, true);
            disk.syncDirectory(Path.of("/data"));
            disk.syncDirectory(Path.of("/"));
            disk.crash();
            assertThat(disk.size(FILE)).isEqualTo(1000);
        }
    }

    @Test
    void losesNowAndThenWhatWasNot() throws IOException {
        int names = 0;
        int bytes = 0;
        for (long seed = 0; seed < 100; seed++) {
            SimDisk disk = new SimDisk(new Random(seed));
            write(disk, false);
            disk.crash();
            names += disk.exists(FILE) ? 1 : 0;
            bytes += disk.exists(FILE) && disk.size(FILE) == 1000 ? 1 : 0;
        }
        assertThat(names).isBetween(10, 90);
        assertThat(bytes).isBetween(1, names - 1);
    }

    private static void write(SimDisk disk, boolean force) throws IOException {
        disk.createDirectories(Path.of("/data"));
        try (DiskFile file = disk.open(FILE, Disk.Mode.WRITE)) {
            file.write(ByteBuffer.allocate(1000), 0);
            if (force) {
                file.force();
            }
        }
    }
}
