package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log that is deleted while something works in its folder. */
final class LogDeletionTest {

    @TempDir Path temp;

    private @Nullable Runnable beforeEpochsAreWritten;

    /** The file disk, with a moment to step in: the epochs are written in the middle of a flush. */
    private Disk disk() {
        FileDisk files = new FileDisk();
        return (Disk)
                Proxy.newProxyInstance(
                        getClass().getClassLoader(),
                        new Class<?>[] {Disk.class},
                        (proxy, method, arguments) -> {
                            boolean epochs =
                                    method.getName().equals("open")
                                            && arguments[0]
                                                    .toString()
                                                    .endsWith(LeaderEpochs.FILE + ".tmp");
                            Runnable stepIn = beforeEpochsAreWritten;
                            if (epochs && stepIn != null) {
                                beforeEpochsAreWritten = null;
                                stepIn.run();
                            }
                            try {
                                return method.invoke(files, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    @Test
    void aFlushThatIsUnderWayFailsNoDirectory() throws IOException {
        Fixture fixture = new Fixture(disk(), temp);
        PartitionLog log = fixture.open(TopicConfig.DEFAULT);
        fixture.on(() -> log.startEpoch(3));
        fixture.append(log, Batches.plain(3, 1000));
        Fixture.Outcome<Long> flushed = fixture.flushLater(log);
        Fixture.Outcome<Uuid> deleted = new Fixture.Outcome<>();
        beforeEpochsAreWritten =
                () -> {
                    try {
                        fixture.on(() -> fixture.store().delete(log, deleted));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    fixture.run();
                    assertThat(deleted.isDone()).as("gone under the hands of the flush").isFalse();
                };
        assertThat(fixture.await(deleted)).isEqualTo(Fixture.TOPIC);
        assertThat(flushed.isDone()).isTrue();
        assertThat(fixture.failures).isEmpty();
        fixture.run();
        try (Stream<Path> left = Files.list(temp)) {
            assertThat(left.filter(Files::isDirectory)).isEmpty();
        }
        PartitionLog again = fixture.open(TopicConfig.DEFAULT);
        assertThat(again.endOffset()).isZero();
        assertThat(again.latestEpoch()).isEqualTo(-1);
    }

    @Test
    void waitsForATruncation() throws IOException {
        Fixture fixture = new Fixture(disk(), temp);
        PartitionLog log = fixture.open(TopicConfig.DEFAULT);
        for (int i = 0; i < 10; i++) {
            fixture.append(log, Batches.plain(1, i));
        }
        Fixture.Outcome<Long> cut = new Fixture.Outcome<>();
        Fixture.Outcome<Uuid> deleted = new Fixture.Outcome<>();
        fixture.on(() -> {
            log.truncateTo(5, cut);
            fixture.store().delete(log, deleted);
        });
        assertThat(fixture.await(deleted)).isEqualTo(Fixture.TOPIC);
        assertThat(cut.isDone()).isTrue();
        assertThat(fixture.failures).isEmpty();
    }
}
