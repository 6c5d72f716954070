package io.sluice.storage.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.CallerDrivenIo;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.metadata.MetadataLog;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Crashes at any step, from seeds: whatever was acknowledged is told again at the next start, in
 * order and at its index; nothing that was not appended is ever told; a start never refuses.
 */
final class MetadataLogCrashTest {

    private static final int SEEDS = 3_000;
    private static final int LIVES = 5;

    @Test
    void whatWasAcknowledgedSurvives() {
        int acknowledged = 0;
        int snapshots = 0;
        int cuts = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            History history = new History(seed);
            history.run();
            acknowledged += history.acknowledged;
            snapshots += history.snapshots;
            cuts += history.cuts;
        }
        assertThat(acknowledged).as("the test saw entries").isGreaterThan(SEEDS);
        assertThat(snapshots).as("the test saw snapshots").isGreaterThan(SEEDS / 2);
        assertThat(cuts).as("the test saw entries lost that nobody was told of").isPositive();
    }

    private static final class History {
        private final long seed;
        private final Random random;
        private final CrashingDisk disk = new CrashingDisk();
        private final CallerDrivenScheduler scheduler =
                new CallerDrivenScheduler(new ManualClock(0));
        private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);

        /** Every entry sent in this life and told before it, by index. */
        private List<Long> entries = new ArrayList<>();

        /** So many of them may not be lost. */
        private int safe;

        private long nextEntry = 1;
        private int acknowledged;
        private int snapshots;
        private int cuts;

        History(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() {
            for (int life = 0; life < LIVES; life++) {
                if (random.nextInt(4) == 0) {
                    disk.failFrom(disk.calls() + random.nextInt(30));
                    live(); // may well fail to start
                    die();
                }
                live();
                die();
            }
            assertThat(live()).as("seed %d", seed).isTrue();
        }

        private void die() {
            scheduler.clear();
            disk.crash(random);
        }

        /** Starts, works for a while; false if the start failed. */
        private boolean live() {
            MetadataLog log =
                    new LocalMetadataLog(
                            1,
                            disk,
                            Path.of("/metadata"),
                            new CallerDrivenIo(scheduler, () -> random.nextInt(1000)),
                            loop);
            Replica replica = new Replica();
            boolean mayFail = disk.willFail();
            log.start(
                    replica,
                    Completion.of(
                            last -> replica.started(last),
                            fault -> {
                                assertThat(mayFail).as("seed %d: %s", seed, fault).isTrue();
                                replica.refused = true;
                            }));
            while (!replica.isStarted && !replica.refused && scheduler.runNext()) {}
            if (replica.isStarted) {
                work(log, replica);
            }
            return replica.isStarted;
        }

        private void work(MetadataLog log, Replica replica) {
            if (random.nextInt(3) == 0) {
                disk.failFrom(disk.calls() + 1 + random.nextInt(40));
            }
            for (int step = random.nextInt(25); step > 0; step--) {
                for (int burst = random.nextInt(4); burst > 0; burst--) {
                    append(log);
                }
                if (random.nextInt(6) == 0 && !replica.told.isEmpty()) {
                    snapshot(log, replica);
                }
                for (int events = random.nextInt(5); events > 0; events--) {
                    scheduler.runNext();
                }
            }
            if (random.nextInt(5) == 0) {
                log.close();
                while (scheduler.runNext()) {}
            }
        }

        private void append(MetadataLog log) {
            long value = nextEntry++;
            int index = entries.size();
            entries.add(value);
            int padding = random.nextInt(3) == 0 ? random.nextInt(400) : 0;
            ByteBuffer entry = ByteBuffer.allocate(8 + padding).putLong(0, value);
            loop.enter(() ->
                    log.append(
                            LocalMetadataLog.TERM,
                            entry,
                            Completion.of(
                                    at -> {
                                        assertThat(at).as("seed %d", seed).isEqualTo(index);
                                        safe = index + 1;
                                        acknowledged++;
                                    },
                                    fault -> {})));
        }

        private void snapshot(MetadataLog log, Replica replica) {
            int upTo = replica.told.size() - 1 - random.nextInt(2);
            if (upTo < replica.covered) {
                return;
            }
            ByteBuffer state = ByteBuffer.allocate(8 * (upTo + 1));
            replica.told.subList(0, upTo + 1).forEach(state::putLong);
            loop.enter(() ->
                    log.snapshot(
                            upTo, state.flip(), Completion.of(at -> snapshots++, fault -> {})));
        }

        /** What this life was told; the state of a snapshot is all entries up to it. */
        private final class Replica implements MetadataLog.Listener {
            private final List<Long> told = new ArrayList<>();
            private boolean isStarted;
            private boolean refused;
            private int covered;

            @Override
            public void restore(long index, ByteBuffer state) {
                while (state.hasRemaining()) {
                    told.add(state.getLong());
                }
                covered = told.size();
                assertThat(told).as("seed %d", seed).hasSize((int) index + 1);
            }

            @Override
            public void apply(long index, ByteBuffer entry) {
                assertThat(index).as("seed %d", seed).isEqualTo(told.size());
                told.add(entry.getLong(0));
                if (isStarted) {
                    assertThat(told.getLast()).isEqualTo(entries.get((int) index));
                }
            }

            @Override
            public void leadership(boolean leads, long term) {
                assertThat(leads).isTrue();
            }

            @Override
            public void answer(ByteBuffer question, Completion<ByteBuffer> reply) {
                throw new AssertionError("nobody asks");
            }

            void started(long last) {
                isStarted = true;
                assertThat(last).as("seed %d", seed).isEqualTo(told.size() - 1L);
                assertThat(told.size()).as("seed %d", seed).isBetween(safe, entries.size());
                assertThat(told).as("seed %d", seed).isEqualTo(entries.subList(0, told.size()));
                cuts += entries.size() - told.size();
                entries = new ArrayList<>(told);
                safe = told.size();
            }
        }
    }
}
