package io.sluice.core.controller;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where replicas go: round robin over the brokers, so that leaders spread evenly; the brokers
 * behind a leader differ from round to round, so that a lost broker's load spreads too. Replicas of
 * one partition go to different racks as long as there are any (KIP-36); a broker that names none
 * is a rack of its own. Without chance: the same topic on the same brokers is placed alike.
 */
final class Placement {

    /** One of each rack, then the next of each, and so on. */
    private final List<BrokerImage> brokers;

    /** Those that take what the others have no room for. */
    private final List<BrokerImage> away;

    private final int racks;
    private final long start;

    /**
     * @param brokers the brokers that may take replicas, in order; not empty
     * @param away brokers that take some only when there are too few of the others, in order
     * @param start any number that differs between topics, so that they begin at different brokers
     */
    Placement(List<BrokerImage> brokers, List<BrokerImage> away, long start) {
        this.away = away;
        SortedMap<String, List<BrokerImage>> byRack = new TreeMap<>();
        for (BrokerImage broker : brokers) {
            byRack.computeIfAbsent(rack(broker), name -> new ArrayList<>()).add(broker);
        }
        this.brokers = alternating(List.copyOf(byRack.values()), brokers.size());
        this.racks = byRack.size();
        this.start = start;
    }

    /** The broker's rack; its own if it names none. */
    static String rack(BrokerImage broker) {
        Optional<String> rack = broker.rack();
        return rack.map(name -> "in " + name).orElseGet(() -> "%010d".formatted(broker.id()));
    }

    private static List<BrokerImage> alternating(List<List<BrokerImage>> byRack, int count) {
        List<BrokerImage> all = new ArrayList<>(count);
        for (int round = 0; all.size() < count; round++) {
            for (List<BrokerImage> rack : byRack) {
                if (round < rack.size()) {
                    all.add(rack.get(round));
                }
            }
        }
        return all;
    }

    int brokers() {
        return brokers.size();
    }

    /**
     * The replicas of one partition, the preferred leader first.
     *
     * @param factor at most the number of brokers, those that are away counted
     */
    List<Integer> of(int partition, int factor) {
        List<Integer> replicas =
                new ArrayList<>(amongPresent(partition, Math.min(factor, brokers.size())));
        for (int i = 0; replicas.size() < factor; i++) {
            int next = Math.floorMod(start + partition + i, away.size());
            replicas.add(away.get(next).id());
        }
        return List.copyOf(replicas);
    }

    private List<Integer> amongPresent(int partition, int factor) {
        int count = brokers.size();
        int first = Math.floorMod(start + partition, count);
        List<Integer> replicas = new ArrayList<>(factor);
        Set<String> used = new HashSet<>();
        take(brokers.get(first), replicas, used);
        while (replicas.size() < factor) {
            if (used.size() == racks) {
                used.clear(); // every rack has one more: a next round
            }
            int before = replicas.size();
            for (int i = 0; i < count - 1 && replicas.size() < factor; i++) {
                int behind = 1 + (partition / count + i) % (count - 1);
                BrokerImage broker = brokers.get((first + behind) % count);
                if (!replicas.contains(broker.id()) && !used.contains(rack(broker))) {
                    take(broker, replicas, used);
                }
            }
            if (replicas.size() == before) {
                used.clear(); // the racks not used yet have no broker left
            }
        }
        return replicas;
    }

    private static void take(BrokerImage broker, List<Integer> replicas, Set<String> used) {
        replicas.add(broker.id());
        used.add(rack(broker));
    }
}
