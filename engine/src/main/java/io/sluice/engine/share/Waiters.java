package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.SharePartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.util.LinkedHashSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Those who found nothing at a queue and wait. Woken one at a time, in the order they came, when
 * the log grows or a record is free again; each wakes the next if it left something. Owned by the
 * queue's loop.
 */
final class Waiters {

    /** How long they are put off when a watch wakes for nothing: too many watch. */
    private static final long FRUITLESS_MS = 50;

    /** Somebody who waits for records. */
    static final class Parked {
        private final long awaits;
        private final Consumer<ErrorCode> wake;

        private Parked(long awaits, Consumer<ErrorCode> wake) {
            this.awaits = awaits;
            this.wake = wake;
        }
    }

    private final HostedQueue queue;
    private final Partition partition;
    private @Nullable LinkedHashSet<Parked> parked;
    private Partition.@Nullable Watch growth;
    private EventLoop.@Nullable Timer putOff;

    /** Up to there it was read in vain. */
    private long fruitlessEnd = -1;

    Waiters(HostedQueue queue, Partition partition) {
        this.queue = queue;
        this.partition = partition;
    }

    boolean isEmpty() {
        return parked == null;
    }

    /**
     * @param awaits as of a {@link Take}
     * @param wake told once: when there may be something, or the queue begins anew; with an error
     *     if it ended
     */
    Parked add(long awaits, Consumer<ErrorCode> wake) {
        Parked one = new Parked(awaits, wake);
        LinkedHashSet<Parked> all = parked;
        if (all == null) {
            all = new LinkedHashSet<>();
            parked = all;
        }
        all.add(one);
        return one;
    }

    void remove(Parked one) {
        LinkedHashSet<Parked> all = parked;
        if (all != null && all.remove(one) && all.isEmpty()) {
            nobodyWaits();
        }
    }

    private void nobodyWaits() {
        parked = null;
        if (growth != null) {
            growth.cancel();
            growth = null;
        }
        if (putOff != null) {
            putOff.cancel();
            putOff = null;
        }
    }

    /** All that is there now was read, and gave nothing. */
    void nothingThere() {
        fruitlessEnd = readableEnd();
    }

    /** Wakes one if there is something; else they wait for the log to grow. */
    void passOn() {
        SharePartition<Ticket> of = queue.free();
        if (parked == null || of == null) {
            return;
        }
        boolean more = of.wantsMore() && hasMore(of);
        if (of.hasReady() || (more && readableEnd() > fruitlessEnd)) {
            wakeOne();
        } else if (more && putOff == null) {
            putOff = queue.loop().schedule(FRUITLESS_MS, this::tryAgain);
        } else if (of.wantsMore() && growth == null && putOff == null) {
            growth = partition.watch(of.scanFrom(), queue.readCommitted(), this::grew);
        }
    }

    private boolean hasMore(SharePartition<?> of) {
        return partition.bytesAvailable(of.scanFrom(), queue.readCommitted(), 1) > 0;
    }

    private long readableEnd() {
        Partition.PartitionStatus now = partition.status();
        return queue.readCommitted() ? now.lastStableOffset() : now.highWatermark();
    }

    private void tryAgain() {
        putOff = null;
        fruitlessEnd = -1;
        passOn();
    }

    private void grew() {
        growth = null;
        if (!queue.stillServes()) {
            return;
        }
        SharePartition<Ticket> of = queue.free();
        if (of != null && of.wantsMore() && !hasMore(of) && putOff == null) { // too many watch
            putOff = queue.loop().schedule(FRUITLESS_MS, this::tryAgain);
        } else {
            passOn();
        }
    }

    private void wakeOne() {
        LinkedHashSet<Parked> all = parked;
        if (all == null) {
            return;
        }
        for (Parked one : all) {
            if (one.awaits <= queue.readDone()) {
                remove(one);
                queue.tell(() -> one.wake.accept(ErrorCode.NONE));
                return;
            }
        }
    }

    void wakeAll(ErrorCode error) {
        LinkedHashSet<Parked> all = parked;
        if (all != null) {
            nobodyWaits();
            all.forEach(one -> queue.tell(() -> one.wake.accept(error)));
        }
    }
}
