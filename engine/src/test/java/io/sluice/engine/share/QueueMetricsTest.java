package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.EARLIEST;
import static io.sluice.engine.share.QueueBench.LOCK_MS;
import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.metrics.LatencyHistogram;
import io.sluice.engine.metrics.MetricSink;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What queues count moves with what is done to them. */
class QueueMetricsTest {
    private static final String OF_G = "{group, g, topic, t}";

    private final QueueBench bench = new QueueBench();

    @BeforeEach
    void host() {
        bench.host(2);
    }

    /** The page as names and labels to values. */
    private Map<String, Double> page() {
        Map<String, Double> page = new TreeMap<>();
        bench.queues
                .metrics()
                .collect(
                        new MetricSink() {
                            @Override
                            public void counter(
                                    String name, String help, double value, String... labels) {
                                gauge(name, help, value, labels);
                            }

                            @Override
                            public void gauge(
                                    String name, String help, double value, String... labels) {
                                String all = String.join(", ", labels);
                                assertThat(page.put(name + "{" + all + "}", value)).isNull();
                            }

                            @Override
                            public void histogram(
                                    String name,
                                    String help,
                                    LatencyHistogram.Distribution value,
                                    String... labels) {
                                throw new AssertionError(name);
                            }
                        });
        return page;
    }

    private double of(String name) {
        return page().getOrDefault("sluice_queue_" + name + OF_G, -1.0);
    }

    private double outcome(String word) {
        return page().getOrDefault(
                        "sluice_queue_delivery_outcomes_total{group, g, topic, t, outcome, "
                                + word
                                + "}",
                        -1.0);
    }

    private double dead(String word) {
        return page().getOrDefault(
                        "sluice_queue_dead_records_total{group, g, topic, t, reason, " + word + "}",
                        -1.0);
    }

    private void rules(boolean deadLetters, BackOff backOff, int deliveryLimit, int maxPending) {
        ShareSettings share =
                new ShareSettings(
                        LOCK_MS, deliveryLimit, 2_000, maxPending, false, deadLetters, backOff);
        bench.rules.put("g", new QueueRules(share, false, EARLIEST.start()));
    }

    @Test
    void everyDeliveryHasOneOutcome() {
        bench.append(0, 10);
        bench.take("m", 10);
        assertThat(of("deliveries_total")).isEqualTo(10);
        assertThat(of("locked_records")).isEqualTo(10);
        assertThat(of("redeliveries_total")).isZero();
        bench.tell(
                "m",
                new Acknowledgement(0, 3, Type.ACCEPT),
                new Acknowledgement(4, 5, Type.RELEASE),
                new Acknowledgement(6, 6, Type.REJECT),
                new Acknowledgement(7, 9, Type.RENEW));
        bench.settle();
        assertThat(of("locked_records")).isEqualTo(3);
        assertThat(of("renewals_total")).isEqualTo(3);
        bench.scheduler.advanceMs(LOCK_MS);
        assertThat(bench.take("m", 4).ranges).hasSize(2);
        assertThat(of("redeliveries_total")).isEqualTo(4);
        bench.leave("m", true);
        assertThat(of("locked_records")).isZero();

        assertThat(outcome("accepted")).isEqualTo(4);
        assertThat(outcome("released")).isEqualTo(2);
        assertThat(outcome("rejected")).isEqualTo(1);
        assertThat(outcome("lock-ended")).isEqualTo(3);
        assertThat(outcome("left")).isEqualTo(4);
        assertThat(outcome("returned")).isZero();
        assertThat(of("deliveries_total")).isEqualTo(14);
        assertThat(page()).containsEntry("sluice_deliveries_total{}", 14.0);
    }

    @Test
    void lettersThatCannotBeWrittenAreSeen() {
        rules(true, BackOff.NONE, 1, 10_000);
        bench.letterBox = ErrorCode.POLICY_VIOLATION;
        bench.append(0, 5);
        bench.take("m", 5);
        bench.tell(
                "m",
                new Acknowledgement(0, 2, Type.REJECT),
                new Acknowledgement(3, 4, Type.RELEASE));
        bench.settle();
        assertThat(of("dead_letters_waiting")).isEqualTo(5);
        assertThat(dead("rejected")).isEqualTo(3);
        assertThat(dead("delivery-limit")).isEqualTo(2);
        assertThat(of("dead_letters_total")).isZero();

        bench.letterBox = ErrorCode.NONE;
        bench.scheduler.advanceMs(1_000);
        assertThat(of("dead_letters_waiting")).isZero();
        assertThat(of("dead_letters_total")).isEqualTo(5);
        assertThat(page()).containsEntry("sluice_dead_letters_total{}", 5.0);
    }

    @Test
    void whatWaitsForItsTimeIsToldUntilItHasCome() {
        rules(false, new BackOff(5_000, 1.0, 5_000, 0.0), 3, 10_000);
        bench.append(0, 4);
        bench.take("m", 4);
        bench.tell("m", 0, 2, Type.RELEASE);
        bench.settle();
        assertThat(of("retry_records")).isEqualTo(3);
        bench.scheduler.advanceMs(5_000);
        assertThat(of("retry_records")).isEqualTo(1); // the lock of the fourth ended meanwhile
        bench.scheduler.advanceMs(5_000);
        assertThat(of("retry_records")).isZero();
    }

    @Test
    void aFullQueueIsTold() {
        rules(false, BackOff.NONE, 3, 1);
        bench.append(0, 2);
        bench.append(0, 2);
        bench.take("m", 1);
        assertThat(of("full_partitions")).isEqualTo(1);
        bench.leave("m", false);
        assertThat(bench.take("m", 4).ranges).hasSize(2);
        bench.tell("m", 0, 1, Type.ACCEPT);
        bench.settle();
        assertThat(of("full_partitions")).isZero();
    }

    @Test
    void aQueueThatEndsTakesItsStandingAlongAndLeavesItsCounts() {
        rules(true, BackOff.NONE, 1, 10_000);
        bench.letterBox = ErrorCode.POLICY_VIOLATION;
        bench.append(0, 5);
        bench.take("m", 5);
        bench.tell("m", 0, 2, Type.REJECT);
        bench.settle();
        assertThat(page()).containsEntry("sluice_queues_at_work{}", 1.0);

        bench.nextEpoch();
        bench.scheduler.advanceMs(120_000);
        assertThat(page()).containsEntry("sluice_queues_at_work{}", 0.0);
        for (String name : List.of("locked_records", "retry_records", "dead_letters_waiting")) {
            assertThat(of(name)).as(name).isZero();
        }
        assertThat(outcome("rejected")).isEqualTo(3);
    }

    @Test
    void thePageIsBoundedAndWhatIsIdleIsForgotten() {
        bench.append(0, 1);
        int many = QueueCounts.MAX_IDLE + 200;
        for (int i = 0; i < many; i++) {
            bench.ask(demand("m", 1, 0, key("%05d".formatted(i), 0)));
        }
        bench.settle();
        bench.scheduler.advanceMs(5 * LOCK_MS); // until all locks have run out
        Map<String, Double> page = page();
        assertThat(page).containsEntry("sluice_queues_at_work{}", (double) many);
        assertThat(page)
                .containsEntry(
                        "sluice_queues_left_out{}", (double) (many - QueueMetrics.MAX_PAIRS));
        assertThat(page.keySet().stream().filter(name -> name.contains("deliveries_total{group")))
                .hasSize(2 * QueueMetrics.MAX_PAIRS); // redeliveries are deliveries
        double delivered = page.getOrDefault("sluice_deliveries_total{}", 0.0);

        bench.scheduler.advanceMs(300_000);
        page = page();
        assertThat(page).containsEntry("sluice_queues_at_work{}", 0.0);
        assertThat(page)
                .containsEntry(
                        "sluice_queues_left_out{}",
                        (double) (QueueCounts.MAX_IDLE - QueueMetrics.MAX_PAIRS));
        assertThat(page).containsEntry("sluice_deliveries_total{}", delivered);
    }

    @Test
    void oneQueueTooManyIsCounted() {
        bench.limits = new LoopQueues.Limits(1, 60_000, 10_000);
        bench.newQueues();
        bench.append(0, 1);
        bench.take(demand("m", 1, 50, key("g", 0)));
        assertThat(bench.take(demand("m", 1, 50, key("h", 0))).errors)
                .containsExactly(ErrorCode.REPLICA_NOT_AVAILABLE);
        assertThat(page().getOrDefault("sluice_queue_refusals_total{limit, queues}", 0.0))
                .isPositive();
    }
}
