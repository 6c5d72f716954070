package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.Uuid;
import io.sluice.core.throttle.TokenBucket;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Moves between log directories that are held back (KIP-113). */
final class MoveThrottleTest {

    private static final Path A = Path.of("/a");
    private static final Path B = Path.of("/b");
    private static final int MB = 1 << 20;
    private static final long SECOND = 1_000_000_000L;

    private final Fixture fixture = new Fixture(new SimDisk(new Random(1)), A, B);

    /** A log of 8 MB in segments of 3. */
    private PartitionLog log() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(3 * MB).build());
        for (int i = 0; i < 16; i++) {
            fixture.append(log, Batches.sized(MB / 2, Fixture.START_MS));
        }
        return log;
    }

    private void rate(long bytesPerSecond) throws IOException {
        fixture.store().moveThrottle().rate(bytesPerSecond, fixture.clock.monotonicNanos());
    }

    private void assertMoved(PartitionLog log, int before) throws IOException {
        assertThat(log.directory().path()).isEqualTo(B);
        assertThat(fixture.headers(log, 0)).hasSize(before);
    }

    @Test
    void aMoveTakesTheTimeThatItsRateGives() throws IOException {
        PartitionLog log = log();
        int batches = fixture.headers(log, 0).size();
        rate(MB);
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        long began = fixture.clock.monotonicNanos();
        fixture.store().move(log, B, moved);
        fixture.await(moved);
        long took = fixture.clock.monotonicNanos() - began;
        // A second's worth goes at once, and the last of it on the loop.
        assertThat(took).isBetween(5 * SECOND, 9 * SECOND);
        assertMoved(log, batches);
    }

    @Test
    void withoutARateNothingIsWaitedFor() throws IOException {
        PartitionLog log = log();
        int batches = fixture.headers(log, 0).size();
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        long began = fixture.clock.monotonicNanos();
        fixture.store().move(log, B, moved);
        fixture.await(moved);
        assertThat(fixture.clock.monotonicNanos() - began).isLessThan(SECOND);
        assertMoved(log, batches);
    }

    @Test
    void aRateThatIsRaisedCountsForMovesUnderWay() throws IOException {
        PartitionLog log = log();
        int batches = fixture.headers(log, 0).size();
        rate(1_000);
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        long began = fixture.clock.monotonicNanos();
        fixture.store().move(log, B, moved);
        while (fixture.clock.monotonicNanos() - began < 10 * SECOND) {
            assertThat(fixture.scheduler.runNext()).isTrue();
        }
        assertThat(moved.isDone()).isFalse();
        rate(TokenBucket.UNLIMITED);
        fixture.await(moved);
        assertThat(fixture.clock.monotonicNanos() - began).isLessThan(12 * SECOND);
        assertMoved(log, batches);
    }
}
