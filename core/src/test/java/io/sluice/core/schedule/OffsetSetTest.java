package io.sluice.core.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OffsetSetTest {

    @Test
    void knowsWhatATreeKnows() {
        for (long seed = 0; seed < 20; seed++) {
            compare(seed);
        }
    }

    /** Dense and sparse neighbours that come and go. */
    private static void compare(long seed) {
        Random random = new Random(seed);
        OffsetSet set = new OffsetSet();
        TreeSet<Long> model = new TreeSet<>();
        long range = 1L << (10 + random.nextInt(12));
        long base = random.nextBoolean() ? 0 : 1L << 40;
        for (int step = 0; step < 40_000; step++) {
            long offset = base + random.nextLong(range);
            boolean growing = step < 25_000;
            if (random.nextInt(10) < (growing ? 8 : 2)) {
                assertThat(set.add(offset)).isEqualTo(model.add(offset));
            } else {
                assertThat(set.remove(offset)).isEqualTo(model.remove(offset));
            }
            if (step % 100 == 0) {
                look(set, model, base + random.nextLong(range));
            }
        }
        OffsetSet copy = set.copy();
        for (long offset = set.first(); offset != OffsetSet.NONE; offset = set.next(offset + 1)) {
            assertThat(model.remove(offset)).as("%d of seed %d", offset, seed).isTrue();
            assertThat(copy.contains(offset)).isTrue();
        }
        assertThat(model).isEmpty();
        assertThat(copy.size()).isEqualTo(set.size());
    }

    private static void look(OffsetSet set, TreeSet<Long> model, long at) {
        Long next = model.ceiling(at);
        assertThat(set.next(at)).isEqualTo(next == null ? OffsetSet.NONE : next);
        assertThat(set.contains(at)).isEqualTo(model.contains(at));
        assertThat(set.size()).isEqualTo(model.size());
        assertThat(set.first()).isEqualTo(model.isEmpty() ? OffsetSet.NONE : model.first());
    }

    @Test
    void isEmptyAgain() {
        OffsetSet set = new OffsetSet();
        for (long offset = 0; offset < 10_000; offset++) {
            set.add(offset);
        }
        for (long offset = 0; offset < 10_000; offset++) {
            set.remove(offset);
        }
        assertThat(set.isEmpty()).isTrue();
        assertThat(set.first()).isEqualTo(OffsetSet.NONE);
    }
}
