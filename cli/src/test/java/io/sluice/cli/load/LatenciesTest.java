package io.sluice.cli.load;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class LatenciesTest {

    @Test
    void intervalsAddUp() {
        Latencies latencies = new Latencies();
        for (int i = 1; i <= 100; i++) {
            latencies.record(i * 1_000_000L);
        }
        assertThat(latencies.nextInterval().getTotalCount()).isEqualTo(100);
        latencies.record(1_000_000_000L);
        assertThat(latencies.nextInterval().getTotalCount()).isEqualTo(1);
        assertThat(latencies.all().getTotalCount()).isEqualTo(101);
        assertThat(Latencies.millis(latencies.all(), 50)).isBetween(50.0, 52.0);
        assertThat(Latencies.document(latencies.all())).containsKeys("p50", "p99.9", "max");
    }

    @Test
    void payloadsTellWhenTheyWereDue() {
        Payloads payloads = new Payloads(100);
        byte[] first = payloads.next(0, 123_456_789L);
        assertThat(first).hasSize(100);
        assertThat(Payloads.dueNanos(first)).isEqualTo(123_456_789L);
        assertThat(payloads.next(1, 123_456_789L)).isNotEqualTo(first);
    }
}
