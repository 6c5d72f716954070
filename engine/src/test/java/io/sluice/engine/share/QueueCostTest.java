package io.sluice.engine.share;

import static io.sluice.engine.share.QueueBench.demand;
import static io.sluice.engine.share.QueueBench.key;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.RecordBatches.One;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * What order by key and priority cost for each record, beside a queue that looks into none: a queue
 * is drained in one thread, with log and memory of the test. For docs/performance.md, by {@code
 * -Dsluice.queue.cost=true}.
 */
@EnabledIfSystemProperty(named = "sluice.queue.cost", matches = "true")
class QueueCostTest {
    private static final int RECORDS = 400_000;
    private static final int BATCH = 500;
    private static final ThreadMXBean CPU = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 5;

    private static QueueRules rules(Sight sight, long askMs) {
        return new QueueRules(
                new ShareSettings(
                        30_000, 5, 2_000, 100_000, sight.keys(), false, BackOff.NONE, askMs),
                false,
                new QueueRules.Start.Earliest(),
                sight,
                false,
                new QueueRules.Asking("ask", true));
    }

    private static void report(String name, Sight sight, IntFunction<One> records) {
        report(name, rules(sight, 0), records);
    }

    private static void report(String name, QueueRules rules, IntFunction<One> records) {
        long best = Long.MAX_VALUE;
        long bytes = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            QueueBench bench = filled(rules, records);
            long allocated = CPU.getCurrentThreadAllocatedBytes();
            best = Math.min(best, drainNanos(bench));
            bytes = Math.min(bytes, CPU.getCurrentThreadAllocatedBytes() - allocated);
        }
        System.out.printf(
                "%-40s %6d ns, %4d bytes for each record%n", name, best / RECORDS, bytes / RECORDS);
    }

    private static QueueBench filled(QueueRules rules, IntFunction<One> records) {
        QueueBench bench = new QueueBench();
        bench.host(1);
        bench.rules.put("g", rules);
        for (int i = 0; i < RECORDS; i += BATCH) {
            List<One> batch = new ArrayList<>(BATCH);
            for (int j = i; j < i + BATCH; j++) {
                batch.add(records.apply(j));
            }
            bench.append(0, RecordBatches.of(bench.scheduler.clock().wallMs(), batch));
        }
        return bench;
    }

    private static long drainNanos(QueueBench bench) {
        long begin = CPU.getCurrentThreadCpuTime();
        int[] done = new int[1];
        while (done[0] < RECORDS) {
            bench.queues.take(
                    demand("m", BATCH, 20, key("g", 0)),
                    bench.door,
                    deliveries -> deliveries.forEach(one -> done[0] += accept(bench, one)));
            bench.scheduler.advanceMs(30);
        }
        return CPU.getCurrentThreadCpuTime() - begin;
    }

    private static int accept(QueueBench bench, Delivery delivery) {
        assertThat(delivery.error()).isEqualTo(ErrorCode.NONE);
        int count = 0;
        List<Acknowledgement> items = new ArrayList<>(delivery.acquired().size());
        for (Acquired range : delivery.acquired()) {
            items.add(new Acknowledgement(range.first(), range.last(), Type.ACCEPT));
            count += (int) (range.last() - range.first() + 1);
        }
        if (delivery.records() != null) {
            delivery.records().release();
            bench.queues.acknowledge(key("g", 0), "m", items, bench.door, error -> {});
        }
        return count;
    }

    /** In turns, for the first ones are slow whoever they are. */
    @Test
    void whatAskingCostsWhereNoLockEnds() {
        IntFunction<One> records = i -> new One("customer-" + i);
        for (int turn = 0; turn < 4; turn++) {
            report("plain", Sight.NONE, records);
            report("plain, asks when a lock ends", rules(Sight.NONE, 10_000), records);
            report("plain, asks when a lock ends", rules(Sight.NONE, 10_000), records);
            report("plain", Sight.NONE, records);
        }
    }

    @Test
    void whatLookingIntoRecordsCosts() {
        Sight keys = new Sight(true, false, Sight.NO_END);
        Sight priorities = new Sight(false, true, Sight.NO_END);
        IntFunction<One> distinct = i -> new One("customer-" + i);
        report("plain", Sight.NONE, distinct);
        report("key, every key once", keys, distinct);
        report("key, 10,000 keys", keys, i -> new One("customer-" + i % 10_000));
        report("key, 1,000 keys", keys, i -> new One("customer-" + i % 1_000));
        report("priority, no record has one", priorities, distinct);
        report(
                "priority, one in a hundred has one",
                priorities,
                i ->
                        i % 100 == 0
                                ? new One("k", "sluice-priority", "9")
                                : new One("customer-" + i));
        report(
                "priority, ten of them, well mixed",
                priorities,
                i -> new One("k", "sluice-priority", Integer.toString(i * 7 % 10)));
        report("time to live of the queue", new Sight(false, false, 86_400_000L), distinct);
    }
}
