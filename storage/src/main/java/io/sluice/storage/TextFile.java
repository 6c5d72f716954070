package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Small text files that are replaced whole: written aside, forced, renamed, the folder synced. */
final class TextFile {

    /** No file of ours is near that size; a larger one is not ours. */
    private static final int MAX_BYTES = 256 << 20;

    private TextFile() {}

    static void replace(Disk disk, Path file, String text) throws IOException {
        replace(disk, file, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), true);
    }

    /**
     * @param durable whether it is on stable storage then
     */
    static void replace(Disk disk, Path file, ByteBuffer bytes, boolean durable)
            throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".tmp");
        try (DiskFile out = disk.open(aside, Disk.Mode.TRUNCATE)) {
            out.write(bytes, 0);
            if (durable) {
                out.force();
            }
        }
        disk.rename(aside, file);
        if (durable) {
            disk.syncDirectory(parent(file));
        }
    }

    /** The folder a file of ours lies in; every path here is absolute. */
    static Path parent(Path path) {
        return Objects.requireNonNull(path.getParent(), () -> path + " has no folder");
    }

    /** The lines of the file; none if it is not there. */
    static List<String> lines(Disk disk, Path file) throws IOException {
        if (!disk.exists(file)) {
            return List.of();
        }
        return StandardCharsets.UTF_8.decode(bytes(disk, file)).toString().lines().toList();
    }

    /** The whole content, ready to be read. */
    static ByteBuffer bytes(Disk disk, Path file) throws IOException {
        try (DiskFile in = disk.open(file, Disk.Mode.READ)) {
            long size = in.size();
            if (size > MAX_BYTES) {
                throw new CorruptLogException(file, 0, size + " bytes is not a file of ours");
            }
            ByteBuffer content = ByteBuffer.allocate((int) size);
            in.read(content, 0);
            return content.flip();
        }
    }
}
