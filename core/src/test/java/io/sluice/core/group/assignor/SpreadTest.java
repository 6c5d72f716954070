package io.sluice.core.group.assignor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Partitions that members share: nobody idle, nothing unread, and as little as can be moves. */
class SpreadTest {

    private static SortedMap<String, List<Integer>> nobody(int members) {
        SortedMap<String, List<Integer>> all = new TreeMap<>();
        for (int i = 0; i < members; i++) {
            all.put("m" + i, List.of());
        }
        return all;
    }

    @Test
    void moreMembersThanPartitionsShareThem() {
        assertThat(Spread.over(nobody(5), 2).values())
                .containsExactlyInAnyOrder(
                        List.of(0), List.of(0), List.of(0), List.of(1), List.of(1));
    }

    @Test
    void fewerMembersHaveSeveral() {
        SortedMap<String, List<Integer>> shares = Spread.over(nobody(2), 5);
        assertThat(shares.values().stream().mapToInt(List::size).sum()).isEqualTo(5);
        assertThat(shares.get("m0")).hasSizeBetween(2, 3);
    }

    @Test
    void nobodyAndNothing() {
        assertThat(Spread.over(nobody(0), 3)).isEmpty();
        assertThat(Spread.over(nobody(1), 0)).containsEntry("m0", List.of());
    }

    @Test
    void whoeverComesOrGoesTheRestStaysAsFarAsItCan() {
        for (long seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            SortedMap<String, List<Integer>> now = nobody(1 + random.nextInt(8));
            int partitions = 1 + random.nextInt(8);
            for (int step = 0; step < 20; step++) {
                now = Spread.over(now, partitions);
                check(now, partitions, seed);
                assertThat(Spread.over(now, partitions)).as("seed %d", seed).isEqualTo(now);
                if (random.nextInt(4) == 0) {
                    partitions += random.nextInt(3);
                }
                now = new TreeMap<>(now);
                if (random.nextBoolean()) {
                    now.put("n" + step, List.of());
                } else if (now.size() > 1) {
                    now.remove(new ArrayList<>(now.keySet()).get(random.nextInt(now.size())));
                }
            }
        }
    }

    private static void check(SortedMap<String, List<Integer>> shares, int partitions, long seed) {
        int[] readers = new int[partitions];
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (List<Integer> share : shares.values()) {
            share.forEach(partition -> readers[partition]++);
            least = Math.min(least, share.size());
            most = Math.max(most, share.size());
        }
        assertThat(most - least).as("seed %d: %s", seed, shares).isLessThanOrEqualTo(1);
        assertThat(least).as("seed %d: %s", seed, shares).isPositive();
        int fewest = Integer.MAX_VALUE;
        int mostReaders = 0;
        for (int count : readers) {
            fewest = Math.min(fewest, count);
            mostReaders = Math.max(mostReaders, count);
        }
        assertThat(fewest).as("seed %d: %s", seed, shares).isPositive();
        assertThat(mostReaders - fewest).as("seed %d: %s", seed, shares).isLessThanOrEqualTo(1);
    }
}
