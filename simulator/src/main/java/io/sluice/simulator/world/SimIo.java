package io.sluice.simulator.world;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.Random;
import java.util.function.IntSupplier;

/**
 * I/O threads of a simulated process: each call runs whole, after a while, and ends later still.
 */
public final class SimIo implements IoThreads {

    private static final int MICRO = 1_000;

    private final SimProcess process;
    private final Random random;
    private final IntSupplier slowness;

    /**
     * @param slowness how many times slower than usual the device is now
     */
    public SimIo(SimProcess process, Random random, IntSupplier slowness) {
        this.process = process;
        this.random = random;
        this.slowness = slowness;
    }

    @Override
    public <T> void call(Lane lane, IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        process.world().after(latency(), () -> process.run(() -> run(call, owner, done)));
    }

    private <T> void run(IoCall<T> call, EventLoop owner, Completion<? super T> done) {
        T value;
        try {
            value = call.run();
        } catch (IOException e) {
            end(() -> owner.post(() -> done.failed(e)));
            return;
        }
        end(() -> owner.post(() -> done.succeeded(value)));
    }

    private void end(Runnable told) {
        process.world().after(latency(), () -> process.run(told));
    }

    /** Mostly a tenth of a millisecond, now and then ten. */
    private long latency() {
        long usual = (50L + random.nextInt(200)) * MICRO;
        int times = slowness.getAsInt();
        if (times > 1) {
            process.world().felt(Effects.Effect.DISK_CALL_SLOW);
        }
        return (random.nextInt(50) == 0 ? 50 * usual : usual) * times;
    }
}
