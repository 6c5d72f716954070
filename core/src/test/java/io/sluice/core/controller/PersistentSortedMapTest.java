package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PersistentSortedMapTest {

    @Test
    void behavesAsATreeMapAndLeavesTheOldAlone() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            TreeMap<Integer, Integer> model = new TreeMap<>();
            PersistentSortedMap<Integer, Integer> map = PersistentSortedMap.empty();
            List<PersistentSortedMap<Integer, Integer>> maps = new ArrayList<>();
            List<TreeMap<Integer, Integer>> models = new ArrayList<>();
            for (int step = 0; step < 150; step++) {
                int key = random.nextInt(60);
                if (random.nextInt(3) > 0) {
                    map = map.with(key, step);
                    model.put(key, step);
                } else {
                    map = map.without(key);
                    model.remove(key);
                }
                maps.add(map);
                models.add(new TreeMap<>(model));
            }
            for (int i = 0; i < maps.size(); i++) {
                check(seed, maps.get(i), models.get(i), random);
            }
        }
    }

    private static void check(
            long seed,
            PersistentSortedMap<Integer, Integer> map,
            TreeMap<Integer, Integer> model,
            Random random) {
        assertThat(map).as("seed %d", seed).isEqualTo(model).hasSize(model.size());
        assertThat(List.copyOf(map.keySet())).isEqualTo(List.copyOf(model.keySet()));
        assertThat(map.isEmpty()).isEqualTo(model.isEmpty());
        int from = random.nextInt(62) - 1;
        int to = from + random.nextInt(62 - from);
        assertThat(List.copyOf(map.subMap(from, to).keySet()))
                .as("seed %d from %d to %d", seed, from, to)
                .isEqualTo(List.copyOf(model.subMap(from, to).keySet()));
        assertThat(map.headMap(to)).hasSize(model.headMap(to).size());
        assertThat(map.tailMap(from)).isEqualTo(model.tailMap(from));
        if (!model.isEmpty()) {
            assertThat(map.firstKey()).isEqualTo(model.firstKey());
            assertThat(map.lastKey()).isEqualTo(model.lastKey());
        }
        if (!model.subMap(from, to).isEmpty()) {
            assertThat(map.subMap(from, to).lastKey()).isEqualTo(model.subMap(from, to).lastKey());
            assertThat(map.subMap(from, to).firstKey())
                    .isEqualTo(model.subMap(from, to).firstKey());
        }
    }

    @Test
    void staysShallow() {
        PersistentSortedMap<Integer, Integer> map = PersistentSortedMap.empty();
        for (int i = 0; i < 200_000; i++) {
            map = map.with(i, i); // a tree that did not balance would overflow the stack
        }
        assertThat(map).hasSize(200_000);
        for (int i = 0; i < 200_000; i += 2) {
            map = map.without(i);
        }
        assertThat(map.get(100_001)).isEqualTo(100_001);
        assertThat(map.get(100_000)).isNull();
    }

    @Test
    void anEmptyMapHasNoFirst() {
        PersistentSortedMap<String, String> map = PersistentSortedMap.empty();
        assertThatThrownBy(map::firstKey).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(map::lastKey).isInstanceOf(NoSuchElementException.class);
        assertThatThrownBy(() -> map.put("a", "b"))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
