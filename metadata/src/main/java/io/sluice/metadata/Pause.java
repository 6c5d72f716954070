package io.sluice.metadata;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Waits between two tries of a background thread, and ends them all when the log is closed. */
final class Pause {

    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @throws IOException once the log is closed
     */
    void forMs(long count) throws IOException {
        try {
            if (!closed.await(count, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the metadata log is closed");
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    void close() {
        closed.countDown();
    }
}
