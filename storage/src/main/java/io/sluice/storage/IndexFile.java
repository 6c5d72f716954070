package io.sluice.storage;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Fixed-size entries in growing order: the front in a file, the newest in memory until they are
 * written in one go. An index is a hint that recovery checks and rebuilds; it is forced when its
 * segment is sealed. Owned by its log's loop; the entries below {@link #written()} never change
 * unless the log is truncated, so I/O threads may read them.
 */
final class IndexFile {

    /** Entries are written when they fill a page. */
    private static final int TAIL_BYTES = 4096;

    private static final int FIRST_TAIL_BYTES = 48;
    private static final ByteBuffer NO_TAIL = ByteBuffer.allocate(0);

    private final OpenFiles files;
    private final SegmentFile name;
    private final int entryBytes;
    private int written;
    private ByteBuffer tail = NO_TAIL;
    private boolean ahead;

    /**
     * @param entries how many the file holds that are valid
     */
    IndexFile(OpenFiles files, SegmentFile name, int entryBytes, int entries) {
        this.files = files;
        this.name = name;
        this.entryBytes = entryBytes;
        this.written = entries;
    }

    int entries() {
        return written + tail.position() / entryBytes;
    }

    int written() {
        return written;
    }

    long writtenBytes() {
        return (long) written * entryBytes;
    }

    SegmentFile name() {
        return name;
    }

    /** Where the next entry goes; the caller puts exactly one. */
    ByteBuffer next() throws IOException {
        if (tail.remaining() < entryBytes) {
            if (tail.capacity() >= TAIL_BYTES - entryBytes) {
                write();
            } else {
                int capacity = Math.max(FIRST_TAIL_BYTES, tail.capacity() * 4);
                tail = ByteBuffer.allocate(Math.min(capacity, TAIL_BYTES)).put(tail.flip());
            }
        }
        return tail;
    }

    /** One entry from its start on. */
    ByteBuffer entry(int index) throws IOException {
        if (index >= written) {
            return tail.slice((index - written) * entryBytes, entryBytes);
        }
        return read(index, 1);
    }

    /** Entries that are in the file, from their start on. Any thread. */
    ByteBuffer read(int index, int count) throws IOException {
        ByteBuffer entries = ByteBuffer.allocate(count * entryBytes);
        OpenFiles.Held held = files.acquire(name);
        try {
            held.file().read(entries, (long) index * entryBytes);
        } finally {
            held.release();
        }
        if (entries.hasRemaining()) {
            throw new CorruptLogException(
                    name.path(), (long) index * entryBytes, "the index is shorter than it was");
        }
        return entries.flip();
    }

    /** A copy of what is only in memory, for {@link #writeAhead}. */
    ByteBuffer unwritten() {
        ahead = tail.position() > 0;
        ByteBuffer entries = ByteBuffer.allocate(tail.position());
        return entries.put(tail.duplicate().flip()).flip();
    }

    /** Writes what is only in memory; makes the file if it is not there. */
    void write() throws IOException {
        OpenFiles.Held held = files.acquire(name);
        try {
            if (tail.position() > 0) {
                int entriesInTail = tail.position() / entryBytes;
                held.file().write(tail.flip(), writtenBytes());
                written += entriesInTail;
            }
        } finally {
            held.release();
        }
        tail.clear();
        ahead = false;
    }

    /** Whether the file may hold more than is counted: what was written ahead. */
    boolean isAhead() {
        return ahead;
    }

    /**
     * Writes entries where those in memory are going to be written, and makes them durable. I/O
     * threads.
     */
    void writeAhead(ByteBuffer entries) throws IOException {
        OpenFiles.Held held = files.acquire(name);
        try {
            held.file().write(entries, writtenBytes());
            held.file().force();
        } finally {
            held.release();
        }
    }

    /** Makes what was written durable. I/O threads. */
    void force() throws IOException {
        OpenFiles.Held held = files.acquire(name);
        try {
            held.file().force();
        } finally {
            held.release();
        }
    }

    /**
     * Drops entries from the end, in memory. Returns whether the file is now longer than it should
     * be and must be cut before anything is written.
     */
    boolean drop(int entries) {
        if (entries >= written) {
            if (tail.position() > 0) {
                tail.position((entries - written) * entryBytes);
            }
            return false;
        }
        tail.clear();
        written = entries;
        return true;
    }

    /** Cuts the file to the entries it should hold. */
    void cut() throws IOException {
        OpenFiles.Held held = files.acquire(name);
        try {
            held.file().truncate(writtenBytes());
        } finally {
            held.release();
        }
    }

    /** Nothing more will come: all is written, memory is given back. */
    void seal() throws IOException {
        write();
        tail = NO_TAIL;
    }
}
