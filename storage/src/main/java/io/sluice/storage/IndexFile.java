package io.sluice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Fixed-size entries in growing order: the front in a file, the newest in memory until they are
 * written in one go. An index is a hint that recovery rebuilds, so it is not forced by itself.
 * Owned by its log's loop.
 */
final class IndexFile {

    /** Entries are written when they fill a page. */
    private static final int TAIL_BYTES = 4096;

    private static final int FIRST_TAIL_BYTES = 64;

    private final OpenFiles files;
    private final int entryBytes;
    private final ByteBuffer one;
    private Path path;
    private int written;
    private ByteBuffer tail = ByteBuffer.allocate(0);

    /**
     * @param entries how many the file holds that are valid
     */
    IndexFile(OpenFiles files, Path path, int entryBytes, int entries) {
        this.files = files;
        this.path = path;
        this.entryBytes = entryBytes;
        this.one = ByteBuffer.allocate(entryBytes);
        this.written = entries;
    }

    int entries() {
        return written + tail.position() / entryBytes;
    }

    Path path() {
        return path;
    }

    void renamedTo(Path to) {
        files.renamed(path, to);
        path = to;
    }

    /** Where the next entry goes; the caller puts exactly one. */
    ByteBuffer next() throws IOException {
        if (tail.remaining() < entryBytes) {
            if (tail.capacity() >= TAIL_BYTES) {
                write();
            } else {
                int capacity = Math.max(FIRST_TAIL_BYTES, tail.capacity() * 4);
                tail = ByteBuffer.allocate(Math.min(capacity, TAIL_BYTES)).put(tail.flip());
            }
            if (tail.remaining() < entryBytes) {
                tail = ByteBuffer.allocate(TAIL_BYTES).put(tail.flip());
            }
        }
        return tail;
    }

    /** One entry from its start on; the buffer is reused by the next call. */
    ByteBuffer entry(int index) throws IOException {
        if (index >= written) {
            return tail.slice((index - written) * entryBytes, entryBytes);
        }
        one.clear();
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().read(one, (long) index * entryBytes);
        } finally {
            held.release();
        }
        if (one.hasRemaining()) {
            throw new CorruptLogException(path, (long) index * entryBytes, "the index is short");
        }
        return one.flip();
    }

    /** Writes what is only in memory. */
    void write() throws IOException {
        if (tail.position() == 0) {
            return;
        }
        OpenFiles.Held held = files.acquire(path);
        try {
            int entriesInTail = tail.position() / entryBytes;
            held.file().write(tail.flip(), (long) written * entryBytes);
            written += entriesInTail;
        } finally {
            held.release();
        }
        tail.clear();
    }

    /** Drops entries from the end. */
    void truncate(int entries) throws IOException {
        if (entries >= written) {
            tail.position((entries - written) * entryBytes);
            return;
        }
        tail.clear();
        written = entries;
        OpenFiles.Held held = files.acquire(path);
        try {
            held.file().truncate((long) written * entryBytes);
        } finally {
            held.release();
        }
    }

    /** Nothing more will come: memory is given back. */
    void seal() throws IOException {
        write();
        tail = ByteBuffer.allocate(0);
    }
}
