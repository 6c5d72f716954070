package io.sluice.engine.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.metrics.LatencyHistogram.Distribution;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class LatencyHistogramTest {

    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void aValueCountsInTheStepThatEndsAtOrAboveIt() {
        histogram.record(0L);
        histogram.record(100_000L);
        histogram.record(100_001L);
        histogram.record(30_000_000_000L);
        histogram.record(Long.MAX_VALUE / 2);

        long[] counts = histogram.read().counts();
        assertThat(counts[0]).isEqualTo(2L);
        assertThat(counts[1]).isEqualTo(1L);
        assertThat(counts[counts.length - 2]).isEqualTo(1L);
        assertThat(counts[counts.length - 1]).isEqualTo(1L);
    }

    @Test
    void aClockThatStoodStillOrWentBackAddsNoTime() {
        histogram.record(-5L);
        assertThat(histogram.read().count()).isEqualTo(1L);
        assertThat(histogram.read().sumNanos()).isZero();
    }

    @Test
    void nothingIsLostWhenDistributionsAreAdded() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        LatencyHistogram other = new LatencyHistogram();
        long sum = 0L;
        for (int i = 0; i < 1_000; i++) {
            long nanos = (long) Math.pow(10, random.nextDouble() * 11);
            (random.nextBoolean() ? histogram : other).record(nanos);
            sum += nanos;
        }
        Distribution both = Distribution.none().and(histogram.read()).and(other.read());
        assertThat(both.count()).as("seed %d", seed).isEqualTo(1_000L);
        assertThat(both.sumNanos()).as("seed %d", seed).isEqualTo(sum);
    }

    @Test
    void stepsGrowAndEndWithoutEnd() {
        double[] bounds = LatencyHistogram.boundsSeconds();
        double[] sorted = bounds.clone();
        Arrays.sort(sorted);
        assertThat(bounds).isEqualTo(sorted).doesNotHaveDuplicates();
        assertThat(bounds[bounds.length - 1]).isInfinite();
        assertThat(histogram.read().counts()).hasSameSizeAs(bounds);
    }
}
