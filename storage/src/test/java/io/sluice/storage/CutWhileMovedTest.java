package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.Uuid;
import io.sluice.core.throttle.TokenBucket;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A replica that moves between log directories has to be cut, for its new leader's log differs. */
final class CutWhileMovedTest {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final int KB = 1 << 10;
    private static final int MB = 1 << 20;

    private final Fixture fixture = new Fixture(new SimDisk(new Random(1)), A, B);
    private final Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();

    /** A log of 8 MB in segments of 3, on its way at so many bytes a second. */
    private PartitionLog onItsWay(long rate) throws IOException {
        PartitionLog log = fixture.open(Configs.segments(3 * MB).build());
        for (int i = 0; i < 16; i++) {
            fixture.append(log, Batches.sized(MB / 2, Fixture.START_MS));
        }
        rate(rate);
        fixture.store().move(log, B, moved);
        return log;
    }

    private void rate(long bytesPerSecond) throws IOException {
        fixture.store().moveThrottle().rate(bytesPerSecond, fixture.clock.monotonicNanos());
    }

    private void cut(PartitionLog log, long offset) throws IOException {
        fixture.truncate(log, offset);
        assertThat(moved.isDone()).as("it waited for the end of the move").isFalse();
    }

    /** What is read before and after the swap, and after a start, is one and the same. */
    private void arrivesWhole(PartitionLog log) throws IOException {
        List<String> before = contents(log);
        rate(TokenBucket.UNLIMITED);
        fixture.await(moved);
        assertThat(log.directory().path()).isEqualTo(B);
        assertThat(contents(log)).isEqualTo(before);
        fixture.flush(log);
        fixture.close();
        PartitionLog again = fixture.open(Configs.segments(3 * MB).build());
        assertThat(again.directory().path()).isEqualTo(B);
        assertThat(contents(again)).isEqualTo(before);
        assertThat(fixture.failures).isEmpty();
    }

    private List<String> contents(PartitionLog log) throws IOException {
        List<String> all = new ArrayList<>();
        all.add("from %d to %d".formatted(log.startOffset(), log.endOffset()));
        for (BatchHeader header : fixture.headers(log, log.startOffset())) {
            all.add(
                    "%d: %d bytes, %08x"
                            .formatted(header.baseOffset(), header.sizeInBytes(), header.crc()));
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 6, 7, 12, 15})
    void itIsCutAtOnceAndTheRestAndWhatComesInsteadArrive(int offset) throws IOException {
        PartitionLog log = onItsWay(MB);
        fixture.scheduler.advanceMs(5_000);
        cut(log, offset);
        assertThat(log.endOffset()).isEqualTo(offset);
        for (int i = 0; i < 9; i++) {
            fixture.append(log, Batches.sized(300 * KB + i, Fixture.START_MS + 1));
        }
        arrivesWhole(log);
    }

    @Test
    void itIsCutWhileAStepIsUnderWay() throws IOException {
        fixture.ioDelay = () -> 5_000_000L;
        fixture.kill();
        PartitionLog log = onItsWay(TokenBucket.UNLIMITED);
        fixture.scheduler.advanceMs(12);
        cut(log, 2);
        fixture.append(log, Batches.sized(MB / 4, Fixture.START_MS + 1));
        arrivesWhole(log);
    }

    @Test
    void itBeginsAnew() throws IOException {
        PartitionLog log = onItsWay(MB);
        fixture.scheduler.advanceMs(4_000);
        Fixture.Outcome<Long> anew = new Fixture.Outcome<>();
        fixture.on(() -> log.restartAt(100, List.of(), anew));
        fixture.await(anew);
        fixture.append(log, Batches.sized(MB / 2, Fixture.START_MS + 1));
        arrivesWhole(log);
    }

    @Test
    void itIsCutAgainAndAgain() throws IOException {
        PartitionLog log = onItsWay(MB);
        for (int offset = 14; offset > 0; offset -= 3) {
            fixture.scheduler.advanceMs(1_500);
            cut(log, offset);
            fixture.append(log, Batches.sized(MB / 4 + offset, Fixture.START_MS + offset));
        }
        arrivesWhole(log);
    }

    @Test
    void aDeletedLogIsLeftByBoth() throws IOException {
        PartitionLog log = onItsWay(MB);
        fixture.scheduler.advanceMs(2_000);
        Fixture.Outcome<Long> cut = new Fixture.Outcome<>();
        fixture.on(() -> log.truncateTo(3, cut));
        Fixture.Outcome<Uuid> deleted = new Fixture.Outcome<>();
        fixture.on(() -> fixture.store().delete(log, deleted));
        fixture.await(deleted);
        fixture.run();
        fixture.scheduler.advanceMs(60_000);
        assertThat(cut.isDone()).isTrue();
        assertThat(moved.fault).isNotNull();
        assertThat(fixture.disk.list(B))
                .noneMatch(file -> file.getFileName().toString().contains("future"));
    }
}
