package io.sluice.simulator.cluster;

import io.sluice.engine.fake.LyingDisk;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Faults of a part of a disk: one directory's device fails, or there is no room on any. */
final class DirectoryFaults implements LyingDisk.Lie {

    private @Nullable Path failed;
    private boolean full;

    void fail(Path directory) {
        failed = directory;
    }

    void fill() {
        full = true;
    }

    void repair() {
        failed = null;
        full = false;
    }

    @Override
    public @Nullable Object call(String method, Path path, LyingDisk.Honest honest)
            throws Throwable {
        boolean opens = !method.equals("close");
        if (opens && failed != null && path.startsWith(failed)) {
            throw new IOException("injected: input/output error at " + path);
        }
        if (full && (method.equals("write") || method.equals("createDirectories"))) {
            throw new IOException("injected: no space left on device for " + path);
        }
        return honest.run();
    }
}
