package io.sluice.storage.metadata;

import io.sluice.engine.disk.Disk;
import io.sluice.storage.metadata.MetadataFiles.Found;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The metadata of a broker by itself, as they lie on its disk, while no log is open there. Every
 * method blocks.
 */
public final class StoredMetadata {

    private static final String ASIDE = "before-cluster";

    private final Disk disk;
    private final Path directory;
    private final MetadataFiles files;

    public StoredMetadata(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
        this.files = new MetadataFiles(disk, directory);
    }

    /** Whether there is a log or a snapshot, perhaps without entries. */
    public boolean isThere() throws IOException {
        return !files.paths().isEmpty();
    }

    /** The newest snapshot and the entries behind it; nothing if there are none. */
    public List<ByteBuffer> read() throws IOException {
        if (!isThere()) {
            return List.of();
        }
        Found found = files.load();
        found.log().file().close();
        List<ByteBuffer> all = new ArrayList<>();
        if (found.snapshot() != null) {
            all.add(found.snapshot().state());
        }
        all.addAll(found.entries());
        return all;
    }

    /** Puts it into a folder beside, where no broker looks for it. */
    public void setAside() throws IOException {
        List<Path> paths = files.paths();
        if (paths.isEmpty()) {
            return;
        }
        Path aside = directory.resolve(ASIDE);
        disk.createDirectories(aside);
        for (Path path : paths) {
            disk.rename(path, aside.resolve(path.getFileName()));
        }
        disk.syncDirectory(aside);
        disk.syncDirectory(directory);
    }
}
