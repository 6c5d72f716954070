package io.sluice.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.partition.Partition.DeleteAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Records are deleted by order, below messages that wait: those stay, and the rest goes. */
class DeletionTest {
    private static final long WAITS_MS = 60_000L;

    private final ScheduleBench bench = new ScheduleBench();

    private void plain(int records) {
        bench.on(() -> bench.append(Batches.plain(records, bench.nowMs()), result -> {}));
        bench.scheduler.advanceMs(10);
    }

    private List<DeleteAnswer> delete(long upTo) {
        List<DeleteAnswer> answers = new ArrayList<>();
        bench.on(() -> bench.partition().deleteRecords(upTo, answers::add));
        return answers;
    }

    /** Ten records, three messages that wait among them. */
    private void fill() {
        bench.host();
        plain(3);
        bench.send(ScheduleBench.later("a", bench.nowMs() + WAITS_MS));
        plain(2);
        bench.send(
                ScheduleBench.later("b", bench.nowMs() + WAITS_MS),
                ScheduleBench.later("c", bench.nowMs() + WAITS_MS));
        plain(2);
    }

    @Test
    void whatWaitsIsCarriedAndTheRestGoes() {
        fill();
        List<DeleteAnswer> answers = delete(10);
        bench.scheduler.advanceMs(100);
        assertThat(answers).containsExactly(new DeleteAnswer(ErrorCode.NONE, 3));
        bench.scheduler.advanceMs(5_000);
        assertThat(bench.log().startOffset()).isEqualTo(10);
        assertThat(bench.schedules.waiting()).isEqualTo(3);
    }

    @Test
    void theNextLeaderFollowsTheOrder() {
        fill();
        delete(10);
        bench.scheduler.advanceMs(5);
        bench.nextEpoch();
        bench.scheduler.advanceMs(10_000);
        assertThat(bench.log().startOffset()).isEqualTo(10);
        assertThat(bench.schedules.waiting()).isEqualTo(3);
    }

    @Test
    void anOrderIsFollowedOnceAndForgotten() {
        fill();
        delete(10);
        bench.scheduler.advanceMs(20_000);
        long end = bench.log().endOffset();
        for (int epoch = 0; epoch < 3; epoch++) {
            bench.nextEpoch();
            bench.scheduler.advanceMs(5_000);
        }
        assertThat(bench.log().endOffset()).as("nothing is written for it").isEqualTo(end);
        assertThat(bench.log().startOffset()).isEqualTo(10);
    }

    @Test
    void theGreatestOfSeveralOrdersCounts() {
        fill();
        delete(5);
        delete(10);
        List<DeleteAnswer> last = delete(7);
        bench.scheduler.advanceMs(10_000);
        assertThat(last).hasSize(1);
        assertThat(bench.log().startOffset()).isEqualTo(10);
        bench.scheduler.advanceMs(WAITS_MS);
        assertThat(bench.seen()).hasSize(3);
    }

    /** An order that was acknowledged is followed, wherever it was interrupted (seeded). */
    @Test
    void crashesAndNewLeadersTakeNoOrderAlong() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        for (int run = 0; run < 100; run++) {
            Random random = new Random(seed + run);
            DeletionTest world = new DeletionTest();
            world.fill();
            List<DeleteAnswer> answers = world.delete(10);
            for (int crash = random.nextInt(4); crash >= 0; crash--) {
                world.bench.scheduler.advanceMs(random.nextInt(3) * random.nextInt(1_000));
                if (random.nextBoolean()) {
                    world.bench.crash();
                } else {
                    world.bench.nextEpoch();
                }
            }
            world.bench.scheduler.advanceMs(20_000);
            String which = "seed " + (seed + run);
            if (!answers.isEmpty() && answers.getFirst().error() == ErrorCode.NONE) {
                assertThat(world.bench.log().startOffset()).as(which).isEqualTo(10);
            }
            assertThat(world.bench.schedules.waiting()).as(which).isEqualTo(3);
            world.bench.scheduler.advanceMs(WAITS_MS);
            assertThat(world.bench.seen()).as(which).hasSize(3);
        }
    }
}
