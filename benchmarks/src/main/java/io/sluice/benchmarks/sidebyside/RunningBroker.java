package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A broker in a process of its own.
 *
 * @param process what was started: the broker, or a script that waits for it
 * @param pid the broker's own process
 */
record RunningBroker(Process process, long pid, String bootstrap, Path data)
        implements AutoCloseable {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    ProcessFigures figures() {
        return ProcessFigures.of(pid);
    }

    /** Stops it in order; kills it when it does not go. */
    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
