package io.sluice.engine.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class TimerHeapTest {

    private record Key(long at, int sequence) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Integer.compare(sequence, other.sequence);
        }
    }

    @Test
    void itAgreesWithASortedMap() {
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int run = 0; run < 50; run++) {
            runOnce(random, seed);
        }
    }

    private static void runOnce(Random random, long seed) {
        TimerHeap heap = new TimerHeap();
        TreeMap<Key, TimerHeap.Entry> model = new TreeMap<>();
        List<TimerHeap.Entry> gone = new ArrayList<>();
        long now = 0;
        for (int step = 0; step < 1000; step++) {
            int choice = random.nextInt(10);
            if (choice < 5) {
                long at = now + random.nextInt(50);
                model.put(new Key(at, step), heap.add(at, () -> {}));
            } else if (choice < 8 && !model.isEmpty()) {
                Key any = new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
                TimerHeap.Entry entry = Objects.requireNonNull(model.remove(any));
                entry.cancel();
                gone.add(entry);
            } else {
                now += random.nextInt(20);
                while (!model.isEmpty() && model.firstKey().at() <= now) {
                    TimerHeap.Entry expected = model.pollFirstEntry().getValue();
                    assertThat(heap.takeDue(now)).as("seed %d", seed).isSameAs(expected);
                    gone.add(expected);
                }
                assertThat(heap.takeDue(now)).as("seed %d", seed).isNull();
                gone.forEach(TimerHeap.Entry::cancel);
                gone.clear();
            }
            assertThat(heap.size()).as("seed %d", seed).isEqualTo(model.size());
            assertThat(heap.nextNanos())
                    .as("seed %d", seed)
                    .isEqualTo(model.isEmpty() ? TimerHeap.NONE : model.firstKey().at());
        }
    }

    @Test
    void cancelledTimersDoNotPileUp() {
        TimerHeap heap = new TimerHeap();
        for (int i = 0; i < 2 * TimerHeap.CAPACITY; i++) {
            heap.add(1_000_000_000L - i, () -> {}).cancel();
        }
        assertThat(heap.size()).isZero();
    }
}
