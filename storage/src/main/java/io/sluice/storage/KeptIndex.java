package io.sluice.storage;

import java.io.IOException;

/** An index that cannot be left out: a snapshot of the producers waits for what is below it. */
interface KeptIndex {

    /** Whether a crash might take entries. Any thread. */
    boolean needsForce();

    /** Writes what is only in memory. On the log's loop. */
    void write() throws IOException;

    /** Makes what was written durable. I/O threads. */
    void force() throws IOException;
}
