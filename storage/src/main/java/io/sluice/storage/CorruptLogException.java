package io.sluice.storage;

import java.io.IOException;
import java.nio.file.Path;

/** Stored bytes are not what was written. Names where; nothing is served or cut (I-4). */
public final class CorruptLogException extends IOException {

    private static final long serialVersionUID = 1L;

    public CorruptLogException(Path file, long position, String what) {
        super("%s is damaged at byte %d: %s".formatted(file, position, what));
    }
}
