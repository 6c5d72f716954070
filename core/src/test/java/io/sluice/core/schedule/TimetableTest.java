package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TimetableTest {

    private static final int SEEDS = Integer.getInteger("sluice.timetable.seeds", 40);

    /** Files of a disk that answers later, in any order but for one run. */
    private static final class Files implements Timetable.Outbox {
        private final Map<Long, long[]> files = new HashMap<>();
        private final ArrayDeque<Runnable> answers = new ArrayDeque<>();
        private final Set<Long> gone;
        private Timetable timetable = new Timetable(this, () -> 1);
        private int merges;

        Files(Set<Long> gone) {
            this.gone = gone;
        }

        @Override
        public void write(long run, long[] entries) {
            long[] sorted = entries.clone();
            Timetable.sort(sorted);
            answers.add(() -> {
                files.put(run, sorted);
                timetable.written(run);
            });
        }

        @Override
        public void read(long run, long from, int entries) {
            answers.add(() -> {
                long[] file = files.get(run);
                if (file != null) {
                    int at = (int) from * Timetable.WIDTH;
                    timetable.page(
                            run, Arrays.copyOfRange(file, at, at + entries * Timetable.WIDTH));
                }
            });
        }

        @Override
        public void merge(long into, List<Timetable.Part> parts) {
            merges++;
            Set<Long> dead = Set.copyOf(gone);
            answers.add(() -> {
                List<long[]> all = new ArrayList<>();
                for (Timetable.Part part : parts) {
                    long[] file = files.get(part.run());
                    for (int at = (int) part.from() * 3;
                            file != null && at < file.length;
                            at += 3) {
                        if (!dead.contains(file[at + 1])) {
                            all.add(Arrays.copyOfRange(file, at, at + 3));
                        }
                    }
                }
                long[] merged = all.stream().flatMapToLong(Arrays::stream).toArray();
                Timetable.sort(merged);
                files.put(into, merged);
                timetable.merged(into, merged.length / 3, parts);
            });
        }

        @Override
        public void delete(long run) {
            files.remove(run);
        }

        void answer() {
            Runnable next = answers.poll();
            if (next != null) {
                next.run();
            }
        }
    }

    @Test
    void everyEntryComesWhenItsTimeHasComeAndNoneBefore() {
        int merges = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            merges += play(seed);
        }
        assertThat(merges).isGreaterThan(SEEDS / 8);
    }

    private static int play(long seed) {
        Random random = new Random(seed);
        Set<Long> gone = new HashSet<>();
        Files files = new Files(gone);
        int quota = 16 + random.nextInt(200);
        Timetable table = new Timetable(files, () -> quota);
        files.timetable = table;
        TreeMap<Long, Long> model = new TreeMap<>(); // offset to due
        long nowMs = 1_000_000;
        long offset = 0;
        int spread = 1 << (6 + random.nextInt(16));
        int most = 0;
        for (int step = 0; step < 4_000; step++) {
            for (int i = random.nextInt(12); i > 0 && !table.isFull(); i--) {
                long due = nowMs - 50 + random.nextInt(spread);
                model.put(offset, due);
                table.offer(due, offset, offset);
                offset++;
            }
            if (random.nextInt(3) > 0) {
                files.answer();
            }
            if (offset > 0 && random.nextInt(5) == 0) {
                long cancelled = random.nextLong(offset);
                model.remove(cancelled);
                gone.add(cancelled);
            }
            nowMs += random.nextInt(10) == 0 ? random.nextInt(1 + spread / 64) : random.nextInt(20);
            take(table, nowMs, model, gone, seed);
            table.tidy(model.size());
            most = Math.max(most, files.files.size());
        }
        while (!files.answers.isEmpty()) {
            files.answer();
            take(table, nowMs, model, gone, seed);
        }
        long now = nowMs;
        assertThat(model.values()).as("left behind by seed %d", seed).allMatch(due -> due > now);
        nowMs += spread + 1;
        take(table, nowMs, model, gone, seed);
        while (!files.answers.isEmpty()) {
            files.answer();
            take(table, nowMs, model, gone, seed);
        }
        assertThat(model).as("lost by seed %d", seed).isEmpty();
        assertThat(files.files).as("files of seed %d", seed).isEmpty();
        assertThat(table.size()).isZero();
        assertThat(most).as("runs of seed %d", seed).isLessThan(3 * Timetable.MAX_RUNS);
        return files.merges;
    }

    private static void take(
            Timetable table, long nowMs, TreeMap<Long, Long> model, Set<Long> gone, long seed) {
        while (table.poll(nowMs)) {
            assertThat(table.dueMs()).as("seed %d", seed).isLessThanOrEqualTo(nowMs);
            Long due = model.remove(table.offset());
            assertThat(due == null ? table.dueMs() : due).isEqualTo(table.dueMs());
            gone.add(table.offset());
        }
        assertThat(table.nextDueMs()).isGreaterThan(nowMs);
    }

    @Test
    void whatIsInMemoryIsFoundById() {
        Files files = new Files(new HashSet<>());
        Timetable table = new Timetable(files, () -> 16);
        files.timetable = table;
        for (long offset = 0; offset < 17; offset++) {
            table.offer(offset, 100 + offset, offset);
        }
        List<Long> found = new ArrayList<>();
        table.find(id -> id == 3 || id == 16, (id, offset) -> found.add(offset));

        assertThat(found).containsExactlyInAnyOrder(103L, 116L);
    }

    @Test
    void entriesAreSortedByTimeAndThenByOffset() {
        long[] entries = {5, 2, 0, 5, 1, 0, 4, 9, 0, 5, 3, 0};

        Timetable.sort(entries);

        assertThat(entries).containsExactly(4, 9, 0, 5, 1, 0, 5, 2, 0, 5, 3, 0);
    }
}
