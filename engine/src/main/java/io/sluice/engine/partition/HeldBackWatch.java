package io.sluice.engine.partition;

import io.sluice.engine.loop.EventLoop;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Watches for a replica that is held back, once it is no more. Owned by the partition's loop. */
final class HeldBackWatch implements Partition.Watch {

    private final EventLoop loop;
    private final LongSupplier heldBackNanos;
    private final Supplier<Partition.Watch> then;
    private Partition.Watch waits = () -> {};

    /**
     * @param heldBackNanos for how long from now; 0 if it is not
     * @param then begins to watch
     */
    HeldBackWatch(EventLoop loop, LongSupplier heldBackNanos, Supplier<Partition.Watch> then) {
        this.loop = loop;
        this.heldBackNanos = heldBackNanos;
        this.then = then;
        again();
    }

    private void again() {
        long nanos = heldBackNanos.getAsLong();
        if (nanos > 0) {
            EventLoop.Timer timer = loop.schedule(Math.ceilDiv(nanos, 1_000_000L), this::again);
            waits = timer::cancel;
        } else {
            waits = then.get();
        }
    }

    @Override
    public void cancel() {
        waits.cancel();
    }
}
