package io.sluice.engine.loop;

import java.io.IOException;
import java.util.function.LongSupplier;

/** I/O work as events of a {@link CallerDrivenScheduler}: it runs whole, after a delay. */
public final class CallerDrivenIo implements IoThreads {

    private final CallerDrivenScheduler scheduler;
    private final LongSupplier delayNanos;

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

    private <T> void run(IoCall<T> call, EventLoop owner, Completion<? super T> done) {
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
