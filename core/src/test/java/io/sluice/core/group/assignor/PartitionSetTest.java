package io.sluice.core.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.Uuid;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class PartitionSetTest {

    private static PartitionSet of(Set<Integer> elements) {
        PartitionSet.Builder set = new PartitionSet.Builder();
        elements.forEach(one -> set.add(new Uuid(0, one / 100), one % 100));
        return set.build();
    }

    private static Set<Integer> any(Random random) {
        Set<Integer> some = new TreeSet<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            some.add(100 * random.nextInt(3) + random.nextInt(10));
        }
        return some;
    }

    @Test
    void itIsASet() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            Set<Integer> a = any(random);
            Set<Integer> b = any(random);
            Set<Integer> sum = new TreeSet<>(a);
            sum.addAll(b);
            Set<Integer> difference = new TreeSet<>(a);
            difference.removeAll(b);
            Set<Integer> both = new TreeSet<>(a);
            both.retainAll(b);
            assertThat(of(a).plus(of(b))).as("seed %d", seed).isEqualTo(of(sum));
            assertThat(of(a).minus(of(b))).as("seed %d", seed).isEqualTo(of(difference));
            assertThat(of(a).and(of(b))).as("seed %d", seed).isEqualTo(of(both));
            assertThat(of(a).intersects(of(b))).as("seed %d", seed).isEqualTo(!both.isEmpty());
            assertThat(of(a).containsAll(of(b))).as("seed %d", seed).isEqualTo(a.containsAll(b));
            assertThat(of(a).size()).as("seed %d", seed).isEqualTo(a.size());
        }
    }

    @Test
    void aNumberOutOfBoundsIsRefused() {
        PartitionSet.Builder set = new PartitionSet.Builder();
        assertThatThrownBy(() -> set.add(Uuid.ZERO, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> set.add(Uuid.ZERO, PartitionSet.MAX_PARTITION + 1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
