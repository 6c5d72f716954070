package io.sluice.storage;

import java.io.IOException;

/**
 * How far a kept index is on stable storage. An entry that came after the last write is in memory
 * alone: a force that was asked for before does not cover it.
 */
final class ForceMark {

    private long count;
    private volatile long added;
    private volatile long written;
    private volatile long forced;

    /** One more entry. On the log's loop. */
    void added() {
        count++;
        added = count;
    }

    /** All entries are in the file. On the log's loop. */
    void written() {
        written = count;
    }

    /** Whether a crash might take entries. Any thread. */
    boolean isBehind() {
        return forced < added;
    }

    /** Makes durable what was written. One I/O thread at a time. */
    void force(IndexFile file) throws IOException {
        long covers = written;
        if (covers > forced) {
            file.force();
            forced = covers;
        }
    }
}
