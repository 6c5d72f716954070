package io.sluice.engine.loop;

import java.io.IOException;
import java.util.function.LongSupplier;

/**
 * I/O work as events of a {@link CallerDrivenScheduler}: it runs whole, after a delay. Work that
 * throws anything but an {@link IOException} is a defect and throws out of the scheduler.
 */
public final class CallerDrivenIo implements IoThreads {

    private final CallerDrivenScheduler scheduler;
    private final LongSupplier delayNanos;
    private boolean halted;

    /**
     * @param delayNanos how long the next call takes to begin, and its end to arrive
     */
    public CallerDrivenIo(CallerDrivenScheduler scheduler, LongSupplier delayNanos) {
        this.scheduler = scheduler;
        this.delayNanos = delayNanos;
    }

    @Override
    public <T> void call(Lane lane, IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        scheduler.after(delayNanos.getAsLong(), () -> run(call, owner, done));
    }

    /** The process dies: calls that have not begun never do. */
    public void halt() {
        halted = true;
    }

    private <T> void run(IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        if (halted) {
            return;
        }
        T value;
        try {
            value = call.run();
        } catch (IOException e) {
            scheduler.after(delayNanos.getAsLong(), () -> owner.post(() -> done.failed(e)));
            return;
        }
        scheduler.after(delayNanos.getAsLong(), () -> owner.post(() -> done.succeeded(value)));
    }
}
