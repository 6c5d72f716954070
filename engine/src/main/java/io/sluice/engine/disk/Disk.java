package io.sluice.engine.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Port to files. What was written is on stable storage only after {@link DiskFile#force()}; a
 * created, renamed or deleted name only after {@link #syncDirectory}. Every call may block and
 * every call may fail.
 */
public interface Disk {

    /** How a file is opened. */
    enum Mode {
        /** It must exist. */
        READ,
        /** For reading and writing; made if it is not there. */
        WRITE,
        /** For reading and writing; emptied or made. */
        TRUNCATE
    }

    DiskFile open(Path file, Mode mode) throws IOException;

    /** The names in a directory, sorted; empty if the directory is not there. */
    List<Path> list(Path directory) throws IOException;

    boolean exists(Path path) throws IOException;

    boolean isDirectory(Path path) throws IOException;

    /** Length in bytes. */
    long size(Path file) throws IOException;

    /** Makes the directory and what is missing above it. */
    void createDirectories(Path directory) throws IOException;

    /** Renames in one step, replacing what has the name. */
    void rename(Path from, Path to) throws IOException;

    /** Deletes a file or an empty directory; nothing happens if it is not there. */
    void delete(Path path) throws IOException;

    /** Makes the directory's names durable. */
    void syncDirectory(Path directory) throws IOException;

    /** Bytes a writer can still use where the path lies. */
    long usableBytes(Path path) throws IOException;

    /** Bytes in all where the path lies. */
    long totalBytes(Path path) throws IOException;
}
