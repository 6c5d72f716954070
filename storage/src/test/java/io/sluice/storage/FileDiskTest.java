package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.fake.DiskContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class FileDiskTest extends DiskContract {

    @TempDir Path temp;

    @Override
    protected Disk disk() {
        return new FileDisk();
    }

    @Override
    protected Path folder() {
        return temp.resolve("disk");
    }
}
