package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.engine.fake.MemoryMetadata;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A leader whose broker's lease is over, as those see it who ask it. */
final class LeaseTest {

    private static final long SESSION_MS = 1_000L;
    private static final int OTHER = 2;

    private final Bench bench = new Bench();

    private Partition hosted(List<Integer> replicas) {
        bench.lease = Lease.of(SESSION_MS);
        bench.newLifecycle();
        bench.lease.renew(0L);
        bench.metadata.put(
                MemoryMetadata.shared("t", new Uuid(7L, 1L), replicas, replicas, Bench.BROKER, 0));
        assertThat(bench.start()).isTrue();
        Partition partition = bench.partition("t", 0);
        assertThat(partition.leadingEpoch()).isZero();
        assertThat(partition.isInDoubt()).isFalse();
        return partition;
    }

    /** What came meanwhile may be read before any timer runs. */
    private void standStill(long ms) {
        long nanos = bench.scheduler.clock().monotonicNanos() + ms * 1_000_000L;
        bench.scheduler.clock().advanceTo(nanos);
    }

    @Test
    void whenItsProcessStoodStillItIsInDoubtBeforeAnybodyNotices() {
        Partition partition = hosted(List.of(Bench.BROKER, OTHER));
        standStill(2 * SESSION_MS);
        assertThat(partition.isInDoubt()).isTrue();
        bench.lease.renew(bench.scheduler.clock().monotonicMs());
        assertThat(partition.isInDoubt()).as("the controller counts on it").isFalse();
    }

    @Test
    void whereNobodyElseCanLeadItIsNot() {
        Partition partition = hosted(List.of(Bench.BROKER));
        standStill(2 * SESSION_MS);
        assertThat(partition.isInDoubt()).isFalse();
    }
}
