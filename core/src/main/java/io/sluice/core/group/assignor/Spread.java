package io.sluice.core.group.assignor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Spreads the partitions of a topic over members that may share them (KIP-932): every partition has
 * a member and every member a partition, as evenly as that goes, and who has something keeps it as
 * far as that goes. Whichever there are more of, members or partitions, each of them gets one of
 * the others.
 */
public final class Spread {

    private Spread() {}

    /**
     * @param before the members, each with what it has of the topic
     */
    public static SortedMap<String, List<Integer>> over(
            SortedMap<String, List<Integer>> before, int partitions) {
        SortedMap<String, List<Integer>> after = new TreeMap<>();
        before.keySet().forEach(id -> after.put(id, new ArrayList<>()));
        if (before.isEmpty() || partitions == 0) {
            return after;
        }
        List<Integer> numbers = new ArrayList<>();
        for (int number = 0; number < partitions; number++) {
            numbers.add(number);
        }
        if (before.size() >= partitions) {
            Map<String, Integer> had = new HashMap<>();
            before.forEach((id, some) -> {
                if (!some.isEmpty() && some.getFirst() < partitions) {
                    had.put(id, some.getFirst());
                }
            });
            spread(before.keySet(), numbers, had).forEach((id, number) -> add(after, id, number));
        } else {
            Map<Integer, String> had = new HashMap<>();
            before.forEach((id, some) -> some.forEach(number -> had.putIfAbsent(number, id)));
            spread(numbers, before.keySet(), had).forEach((number, id) -> add(after, id, number));
        }
        after.values().forEach(some -> some.sort(null));
        return after;
    }

    private static void add(SortedMap<String, List<Integer>> all, String id, int number) {
        all.computeIfAbsent(id, one -> new ArrayList<>()).add(number);
    }

    /** Gives each of the many one of the few: each of those is given equally often, but for one. */
    private static <M, F> Map<M, F> spread(Collection<M> many, Collection<F> few, Map<M, F> had) {
        Map<F, Integer> load = new LinkedHashMap<>();
        few.forEach(one -> load.put(one, 0));
        int least = many.size() / few.size();
        int withOneMore = many.size() % few.size();
        Map<M, F> given = new LinkedHashMap<>();
        for (M one : many) {
            F kept = had.get(one);
            Integer now = kept == null ? null : load.get(kept);
            if (now != null && now < least) {
                given.put(one, kept);
                load.put(kept, now + 1);
            }
        }
        for (M one : many) {
            F kept = given.containsKey(one) ? null : had.get(one);
            Integer now = kept == null ? null : load.get(kept);
            if (now != null && now == least && withOneMore > 0) {
                given.put(one, kept);
                load.put(kept, now + 1);
                withOneMore--;
            }
        }
        giveRest(many, load, least, given);
        return given;
    }

    private static <M, F> void giveRest(
            Collection<M> many, Map<F, Integer> load, int least, Map<M, F> given) {
        List<F> open = new ArrayList<>();
        load.forEach((one, now) -> {
            for (int i = now; i < least; i++) {
                open.add(one);
            }
        });
        load.forEach((one, now) -> {
            if (now <= least) {
                open.add(one); // the one more
            }
        });
        int at = 0;
        for (M one : many) {
            if (!given.containsKey(one)) {
                given.put(one, open.get(at));
                at++;
            }
        }
    }
}
