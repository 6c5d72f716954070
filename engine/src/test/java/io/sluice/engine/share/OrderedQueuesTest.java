package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.LOCK_MS;
import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.RecordBatches.One;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Queues that look into records, by example: keys, priorities, ends, retries; all of it anew. */
class OrderedQueuesTest {
    private static final String PRIORITY = "sluice-priority";

    private final QueueBench bench = new QueueBench();

    @BeforeEach
    void host() {
        bench.host(2);
    }

    @AfterEach
    void everySliceIsReleased() {
        bench.scheduler.advanceMs(120_000);
        assertThat(bench.logs.openSlices()).isZero();
    }

    private static QueueRules rules(Sight sight, boolean deadLetters, BackOff backOff) {
        return new QueueRules(
                new ShareSettings(LOCK_MS, 3, 2_000, 100_000, sight.keys(), deadLetters, backOff),
                false,
                new QueueRules.Start.Earliest(),
                sight);
    }

    private void sees(boolean keys, boolean priorities, long ttlMs) {
        bench.rules.put("g", rules(new Sight(keys, priorities, ttlMs), true, BackOff.NONE));
    }

    private long nowMs() {
        return bench.scheduler.clock().wallMs();
    }

    private void send(One... records) {
        bench.append(0, RecordBatches.of(nowMs(), List.of(records)));
    }

    private List<String> take(String member, int maxRecords) {
        return bench.take(member, maxRecords).ranges;
    }

    /** As by default: the last batch is given whole. */
    private List<String> takeWhole(String member, int maxRecords) {
        Demand strict = demand(member, maxRecords, 50, key("g", 0));
        return bench.take(
                        new Demand(
                                member,
                                strict.queues(),
                                maxRecords,
                                false,
                                strict.batchSize(),
                                strict.maxBytes(),
                                1,
                                50))
                .ranges;
    }

    private void tell(String member, long first, long last, Type type) {
        bench.tell(member, first, last, type);
        bench.settle();
    }

    // ---- keys

    @Test
    void recordsOfOneKeyComeOneAfterTheOther() {
        sees(true, false, Sight.NO_END);
        send(new One("a"), new One("b"), new One("a"), new One(null), new One("b"), new One("a"));
        assertThat(takeWhole("m", 1)).containsExactly("0-0 x1");
        assertThat(takeWhole("n", 9)).containsExactly("1-1 x1", "3-3 x1");
        assertThat(takeWhole("o", 9)).isEmpty();
        tell("n", 1, 1, Type.ACCEPT);
        assertThat(takeWhole("o", 9)).containsExactly("4-4 x1");
        tell("m", 0, 0, Type.RELEASE);
        assertThat(takeWhole("o", 9)).containsExactly("0-0 x2");
        tell("o", 0, 0, Type.ACCEPT);
        assertThat(takeWhole("m", 9)).containsExactly("2-2 x1");
    }

    @Test
    void aStuckKeyStopsNoOtherHoweverMuchLiesBehindIt() {
        sees(true, false, Sight.NO_END);
        for (int i = 0; i < 200; i++) {
            send(Collections.nCopies(50, new One("stuck")).toArray(One[]::new));
        }
        send(new One("a"), new One("b"), new One("stuck"), new One("c"));
        assertThat(take("m", 1)).containsExactly("0-0 x1");
        assertThat(take("n", 9)).containsExactly("10000-10001 x1", "10003-10003 x1");
    }

    @Test
    void whoWaitsIsWokenWhenAKeyIsFree() {
        sees(true, false, Sight.NO_END);
        send(new One("a"), new One("a"));
        take("m", 9);
        QueueBench.Answer waits = bench.ask(demand("n", 9, 5_000, key("g", 0)));
        bench.settle();
        assertThat(waits.here).isFalse();
        tell("m", 0, 0, Type.ACCEPT);
        assertThat(waits.ranges).containsExactly("1-1 x1");
    }

    @Test
    void theOrderOfKeysHoldsAfterAPowerCut() {
        sees(true, false, Sight.NO_END);
        bench.append(
                0,
                RecordBatches.packed(
                        RecordBatches.of(
                                nowMs(),
                                List.of(new One("a"), new One("b"), new One("a"), new One("b")))));
        assertThat(take("m", 9)).containsExactly("0-1 x1");
        tell("m", 0, 0, Type.ACCEPT);
        bench.settle();
        bench.crash();
        bench.settle();
        assertThat(take("m", 9)).containsExactly("1-1 x2", "2-2 x1");
    }

    @Test
    void longPagesAreWalkedByIoThreadsWithTheSameOutcome() {
        sees(true, false, Sight.NO_END);
        One[] many = new One[5_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = new One("key-" + i % 2_500);
        }
        send(many);
        assertThat(take("m", 4_000)).containsExactly("0-999 x1", "1000-1999 x1");
        tell("m", 0, 1_999, Type.ACCEPT);
        assertThat(take("m", 4_000)).containsExactly("2000-2999 x1", "3000-3999 x1");
    }

    // ---- priorities

    @Test
    void aRecordWorthMoreIsFoundBehindFiftyThousandOthers() {
        sees(false, true, Sight.NO_END);
        One[] plain = Collections.nCopies(500, new One("k")).toArray(One[]::new);
        for (int i = 0; i < 100; i++) {
            send(plain);
        }
        send(new One("k"), new One("k", PRIORITY, "9"), new One("k"));
        QueueBench.Answer first = bench.ask(demand("m", 500, 50, key("g", 0)));
        bench.scheduler.advanceMs(500); // it looks through all of them first
        assertThat(first.ranges).containsExactly("50001-50001 x1");
        assertThat(take("m", 500)).containsExactly("0-499 x1");
        send(new One("k", PRIORITY, "5"));
        assertThat(take("m", 500)).containsExactly("50003-50003 x1");
    }

    @Test
    void aRetriedRecordKeepsItsPriority() {
        sees(false, true, Sight.NO_END);
        send(new One("k"), new One("k", PRIORITY, "3"), new One("k", PRIORITY, "8"));
        assertThat(take("m", 9)).containsExactly("2-2 x1");
        tell("m", 2, 2, Type.RELEASE);
        assertThat(take("m", 9)).containsExactly("2-2 x2");
        bench.scheduler.advanceMs(HostedQueue.LAZY_MS);
        bench.crash();
        bench.settle();
        assertThat(take("m", 9)).containsExactly("2-2 x3");
        assertThat(take("m", 9)).containsExactly("1-1 x1");
    }

    @Test
    void aRecordWorthMoreWaitsForWhatIsBeforeItOfItsKey() {
        sees(true, true, Sight.NO_END);
        send(new One("a"), new One("b"), new One("a", PRIORITY, "9"), new One("c", PRIORITY, "1"));
        assertThat(take("m", 9)).containsExactly("3-3 x1");
        assertThat(take("m", 9)).containsExactly("0-1 x1");
        tell("m", 0, 0, Type.ACCEPT);
        assertThat(take("m", 9)).containsExactly("2-2 x1");
    }

    @Test
    void whatIsKnownAheadOfAllQueuesIsBounded() {
        bench.limits = new LoopQueues.Limits(100, 60_000, 10_000, 3_000);
        bench.newQueues();
        for (String group : List.of("g", "h")) {
            bench.rules.put(
                    group, rules(new Sight(false, true, Sight.NO_END), false, BackOff.NONE));
        }
        for (int i = 0; i < 60; i++) {
            List<One> mixed = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                mixed.add(new One("k", PRIORITY, Integer.toString(j % 2)));
            }
            send(mixed.toArray(One[]::new));
        }
        send(new One("k", PRIORITY, "9"));
        bench.take(demand("m", 1, 50, key("g", 0)));
        bench.take(demand("m", 1, 50, key("h", 0)));
        assertThat(bench.runsAhead()).isBetween(4_000, 6_500);
        bench.scheduler.advanceMs(120_000);
        assertThat(bench.atWork()).isZero();
        assertThat(bench.runsAhead()).isZero();
    }

    // ---- ends

    @Test
    void whatExpiresBecomesADeadLetter() {
        sees(false, false, 5_000);
        send(new One("k"), new One("k", "sluice-ttl", "500"), new One("k"));
        assertThat(take("m", 1)).containsExactly("0-0 x1");
        bench.scheduler.advanceMs(600);
        assertThat(bench.letters).hasSize(1).first().asString().contains("first=1", "EXPIRED");
        tell("m", 0, 0, Type.ACCEPT);
        assertThat(take("m", 9)).containsExactly("2-2 x1");
        bench.scheduler.advanceMs(5_000);
        assertThat(bench.letters).hasSize(2).last().asString().contains("first=2", "EXPIRED");
        assertThat(bench.store.state(key("g", 0)).start()).isEqualTo(3);
    }

    @Test
    void whatExpiredWhileNobodyAskedIsNotDelivered() {
        sees(false, false, 0);
        send(new One("k", "sluice-expires-at", Long.toString(nowMs() + 1_000)), new One("k"));
        bench.scheduler.advanceMs(10_000);
        assertThat(take("m", 9)).containsExactly("1-1 x1");
        bench.settle();
        assertThat(bench.letters).hasSize(1).first().asString().contains("EXPIRED");
    }

    @Test
    void anExpiredHeadOfAKeyLetsTheNextOneGo() {
        sees(true, false, 0);
        send(new One("a", "sluice-ttl", "300"), new One("a"));
        bench.scheduler.advanceMs(1_000);
        assertThat(take("m", 9)).containsExactly("1-1 x1");
    }

    // ---- retries

    @Test
    void aPauseHoldsOverAPowerCutAndOthersGoOnMeanwhile() {
        bench.rules.put("g", rules(Sight.NONE, false, new BackOff(20_000, 1.0, 20_000, 0.0)));
        bench.append(0, 3);
        assertThat(take("m", 1)).containsExactly("0-0 x1");
        tell("m", 0, 0, Type.RELEASE);
        assertThat(take("m", 9)).containsExactly("1-2 x1");
        tell("m", 1, 2, Type.ACCEPT);
        bench.crash();
        bench.settle();
        assertThat(take("m", 9)).isEmpty();
        bench.scheduler.advanceMs(18_000);
        assertThat(take("m", 9)).isEmpty();
        bench.scheduler.advanceMs(2_000);
        assertThat(take("m", 9)).containsExactly("0-0 x2");
    }

    @Test
    void theTimeThatAReleaseNamesCountsMoreThanTheGroups() {
        bench.rules.put("g", rules(Sight.NONE, false, new BackOff(20_000, 1.0, 20_000, 0.0)));
        bench.append(0, 1);
        take("m", 1);
        bench.tell("m", new Acknowledgement(0, 0, Type.RELEASE, nowMs() + 3_000));
        bench.scheduler.advanceMs(2_500);
        assertThat(take("m", 9)).isEmpty();
        bench.scheduler.advanceMs(500);
        assertThat(take("m", 9)).containsExactly("0-0 x2");
    }

    // ---- settings

    @Test
    void anotherOrderBeginsTheQueueAnew() {
        send(new One("a"), new One("a"), new One("b"));
        assertThat(take("m", 1)).containsExactly("0-0 x1");
        bench.scheduler.advanceMs(HostedQueue.LAZY_MS + 50);
        sees(true, false, Sight.NO_END);
        assertThat(take("n", 9)).containsExactly("0-0 x2", "2-2 x1");
        bench.scheduler.advanceMs(HostedQueue.LAZY_MS);
        sees(false, false, Sight.NO_END);
        assertThat(take("n", 9)).containsExactly("0-0 x3", "1-1 x1", "2-2 x2");
    }

    @Test
    void batchesThatCannotBeReadStopNoQueue() {
        sees(true, true, 1_000);
        ByteBuffer noise = Batches.plain(3, nowMs());
        bench.append(0, noise);
        send(new One("a"));
        assertThat(take("m", 9)).containsExactly("0-3 x1");
    }
}
