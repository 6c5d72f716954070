package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import java.util.concurrent.CompletableFuture;

final class MemoryMetadataLogTest extends MetadataLogContract {

    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(new ManualClock(0));
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final MemoryMetadataLog.Kept kept = new MemoryMetadataLog.Kept();

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected MetadataLog open() {
        return new MemoryMetadataLog(kept, loop);
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        scheduler.runReady();
        assertThat(done).isDone();
    }
}
