package io.sluice.core.throttle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class TokenBucketTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void holdsBackWhatIsMoreThanASecondsWorth() {
        TokenBucket bucket = new TokenBucket(1_000, 0);
        bucket.take(1_000, 0);
        assertThat(bucket.isEmpty(0)).isTrue();
        assertThat(bucket.waitNanos(0)).isEqualTo(SECOND / 1_000);
        assertThat(bucket.isEmpty(SECOND / 1_000)).isFalse();
        assertThat(bucket.waitNanos(SECOND / 1_000)).isZero();
    }

    @Test
    void givesOneBatchAndThenWaitsUntilItIsPaidFor() {
        TokenBucket bucket = new TokenBucket(1_000, 0);
        bucket.take(1_000, 0);
        bucket.take(500, SECOND / 100); // a batch larger than the 10 bytes there are
        assertThat(bucket.isEmpty(SECOND / 2)).isTrue();
        assertThat(bucket.isEmpty(SECOND / 2 + SECOND / 1_000)).isFalse();
    }

    @Test
    void whatGoesByUnaskedOwesASecondAtMost() {
        TokenBucket bucket = new TokenBucket(1_000, 0);
        bucket.count(1_000_000, 0);
        assertThat(bucket.isEmpty(SECOND)).isTrue();
        assertThat(bucket.isEmpty(SECOND + SECOND / 500)).isFalse();
        bucket.take(5_000, 2 * SECOND); // owed by one that asked, and not forgiven
        bucket.count(1, 2 * SECOND);
        assertThat(bucket.isEmpty(5 * SECOND)).isTrue();
        assertThat(bucket.isEmpty(7 * SECOND)).isFalse();
    }

    @Test
    void takesAnotherRateAtOnce() {
        TokenBucket bucket = new TokenBucket(10, 0);
        bucket.take(10_000, 0);
        bucket.rate(1_000, 0);
        assertThat(bucket.isEmpty(SECOND + SECOND / 100)).isFalse();
        bucket.rate(TokenBucket.UNLIMITED, SECOND);
        bucket.take(Long.MAX_VALUE / 2, SECOND);
        assertThat(bucket.isEmpty(SECOND)).isFalse();
        bucket.rate(0, SECOND);
        assertThat(bucket.isEmpty(100 * SECOND)).isTrue();
        assertThat(bucket.waitNanos(100 * SECOND)).isEqualTo(TokenBucket.LONGEST_WAIT_NANOS);
    }

    @Test
    void theRateHoldsOnAverageWhateverIsAskedFor() {
        for (long seed = 1; seed <= 100; seed++) {
            Random random = new Random(seed);
            long rate = 1 + random.nextInt(1_000_000);
            TokenBucket bucket = new TokenBucket(rate, 0);
            long now = 0;
            long taken = 0;
            long last = 0;
            for (int i = 0; i < 1_000; i++) {
                now += random.nextLong(SECOND / 10);
                if (!bucket.isEmpty(now)) {
                    last = 1 + random.nextLong(2 * rate);
                    bucket.take(last, now);
                    taken += last;
                }
            }
            double seconds = (double) now / SECOND;
            assertThat((double) taken - last)
                    .as("seed %d", seed)
                    .isLessThanOrEqualTo(rate * (seconds + 1) + 1);
            assertThat((double) taken).as("seed %d", seed).isGreaterThan(rate * seconds * 0.8);
        }
    }
}
