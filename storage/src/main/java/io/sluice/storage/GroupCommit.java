package io.sluice.storage;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metrics.LatencyHistogram;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The flushes of one log directory. Each log has at most one here, waiting or running; what is
 * appended meanwhile gathers in the log and goes with its next one, so a flush serves everyone who
 * waits for it. A few run side by side: a journaling file system commits them as one transaction.
 *
 * <p>A failed flush fails the directory and is never tried again: the system may have dropped the
 * pages it could not write, and a second flush would succeed over the loss (I-6). Any thread may
 * call.
 */
final class GroupCommit {

    /** Files flushed at once. */
    static final int PARALLEL = 8;

    private final LogDirectory directory;
    private final IoThreads io;
    private final long gatherNanos;
    private final ArrayDeque<Flush> waiting = new ArrayDeque<>();
    private final LatencyHistogram durations = new LatencyHistogram();
    private int running;
    private long flushes;

    /** What one log has to make durable. */
    interface Flush extends Completion<Long> {

        /** Whether appends are about to come that could share it. */
        boolean expectsMore();

        /** Makes it durable; returns the offset up to which the log is. I/O thread. */
        long force() throws IOException;

        /** Where the end is told. */
        EventLoop loop();
    }

    /**
     * @param gatherNanos how long a flush waits for appends that are about to come; 0 for not at
     *     all
     */
    GroupCommit(LogDirectory directory, IoThreads io, long gatherNanos) {
        this.directory = directory;
        this.io = io;
        this.gatherNanos = gatherNanos;
    }

    /** Flushes as soon as one of the places is free. At most once for each log at a time. */
    void submit(Flush flush) {
        synchronized (this) {
            waiting.add(flush);
            if (running == PARALLEL) {
                return;
            }
            running++;
        }
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    drain();
                    return 0L;
                },
                flush.loop(),
                Completion.of(
                        value -> {
                            // each flush has told its own end
                        },
                        fault -> failAll(fault)));
    }

    private @Nullable Flush next() {
        synchronized (this) {
            Flush flush = waiting.poll();
            if (flush == null) {
                running--;
            } else {
                flushes++;
            }
            return flush;
        }
    }

    private void drain() {
        for (Flush flush = next(); flush != null; flush = next()) {
            Flush one = flush;
            try {
                directory.checkServing();
                gather(one);
                long begunNanos = one.loop().clock().monotonicNanos();
                long end = one.force();
                took(one.loop().clock().monotonicNanos() - begunNanos);
                one.loop().post(() -> one.succeeded(end));
            } catch (OpenFiles.RetiredException | CorruptLogException e) {
                // Its log was deleted meanwhile, or is damaged: no fault of the directory.
                one.loop().post(() -> one.failed(e));
            } catch (IOException e) {
                directory.fail(e);
                one.loop().post(() -> one.failed(e));
            } catch (RuntimeException e) {
                one.loop().post(() -> one.failed(new IOException("defect: " + e, e)));
                throw e;
            }
        }
    }

    /** Lets more appends share the flush, unless other logs wait for this thread. */
    private void gather(Flush flush) {
        if (gatherNanos > 0 && flush.expectsMore() && !othersWait()) {
            LockSupport.parkNanos(gatherNanos);
        }
    }

    private synchronized boolean othersWait() {
        return !waiting.isEmpty();
    }

    /** The I/O threads are gone, or there is a defect: nothing more will be durable. */
    private void failAll(IOException fault) {
        directory.fail(fault);
        ArrayDeque<Flush> lost;
        synchronized (this) {
            running--;
            lost = new ArrayDeque<>(waiting);
            waiting.clear();
        }
        lost.forEach(one -> one.loop().post(() -> one.failed(fault)));
    }

    private synchronized void took(long nanos) {
        durations.record(nanos);
    }

    /** How long the flushes took that succeeded. Any thread. */
    LatencyHistogram.Distribution durations() {
        return durations.read();
    }

    /** Flushes begun so far, for tests and metrics. */
    synchronized long flushes() {
        return flushes;
    }
}
