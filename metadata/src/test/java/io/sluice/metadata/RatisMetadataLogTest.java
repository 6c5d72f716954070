package io.sluice.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ParkPoller;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.MetadataLogContract;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The port's contract, kept by a quorum of one. */
class RatisMetadataLogTest extends MetadataLogContract {

    @TempDir Path folder;

    final ThreadEventLoop loop =
            new ThreadEventLoop(
                    "contract-loop",
                    new ParkPoller(),
                    SystemClock.INSTANCE,
                    defect -> {
                        throw new AssertionError(defect);
                    });
    Brokers brokers = new Brokers(Path.of("unset"));
    private @Nullable RatisMetadataLog last;

    @BeforeEach
    void begin() {
        loop.start();
        brokers = new Brokers(folder).voters(voters());
    }

    int[] voters() {
        return new int[] {1};
    }

    @AfterEach
    void end() throws InterruptedException {
        if (last != null) {
            last.abandon();
            assertThat(last.awaitEnd(30_000)).isTrue();
        }
        brokers.close();
        loop.close();
    }

    @Override
    protected EventLoop loop() {
        return loop;
    }

    @Override
    protected MetadataLog open() {
        try {
            if (last != null) {
                assertThat(last.awaitEnd(30_000)).isTrue();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        last = new RatisMetadataLog(brokers.settings(1), loop, fault -> {});
        return last;
    }

    @Override
    protected void await(CompletableFuture<?> done) {
        for (int tries = 0; tries < 600; tries++) {
            try {
                done.get(100, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                whileWaiting();
            } catch (ExecutionException e) {
                return;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        assertThat(done).isDone();
    }

    void whileWaiting() {}
}
