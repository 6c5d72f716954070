package io.sluice.storage;

import io.sluice.engine.log.DamagedLogException;
import java.nio.file.Path;

/**
 * Stored bytes are not what was written. Names the file, whose folder names the partition, and the
 * position; nothing is served or cut (I-4).
 */
public final class CorruptLogException extends DamagedLogException {

    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final long position;

    public CorruptLogException(Path file, long position, String what) {
        super("%s is damaged at byte %d: %s".formatted(file, position, what));
        this.file = file;
        this.position = position;
    }

    public Path file() {
        return file;
    }

    /** Bytes from the beginning of the file. */
    public long position() {
        return position;
    }
}
