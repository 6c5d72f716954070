package io.sluice.storage;

import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The identity of a log directory, kept in {@code meta.properties} (KIP-858). */
final class DirectoryId {

    private static final String FILE = "meta.properties";
    private static final String KEY = "directory.id=";

    private DirectoryId() {}

    /** Whether the directory was used before. */
    static boolean isThere(Disk disk, Path directory) throws IOException {
        return disk.exists(directory.resolve(FILE));
    }

    static Uuid of(Disk disk, Path directory, Supplier<Uuid> identities) throws IOException {
        Path file = directory.resolve(FILE);
        for (String line : TextFile.lines(disk, file)) {
            if (line.startsWith(KEY)) {
                return parse(file, line.substring(KEY.length()));
            }
        }
        Uuid id = identities.get();
        TextFile.replace(disk, file, "version=1\n" + KEY + id + "\n");
        return id;
    }

    private static Uuid parse(Path file, String text) throws IOException {
        try {
            return Uuid.parse(text.strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " has no valid directory.id: " + text, e);
        }
    }
}
