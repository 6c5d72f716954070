package io.sluice.core.controller;

import java.util.ArrayList;
import java.util.List;

/**
 * Where replicas go: round robin over the brokers, so that leaders spread evenly; the brokers
 * behind a leader differ from round to round, so that a lost broker's load spreads too. Without
 * chance: the same topic on the same brokers is placed alike.
 */
final class Placement {

    private final List<Integer> brokers;
    private final long start;

    /**
     * @param brokers the brokers that may take replicas, in order; not empty
     * @param start any number that differs between topics, so that they begin at different brokers
     */
    Placement(List<Integer> brokers, long start) {
        this.brokers = brokers;
        this.start = start;
    }

    /**
     * The replicas of one partition, the preferred leader first.
     *
     * @param factor at most the number of brokers
     */
    List<Integer> of(int partition, int factor) {
        int count = brokers.size();
        int first = Math.floorMod(start + partition, count);
        List<Integer> replicas = new ArrayList<>(factor);
        replicas.add(brokers.get(first));
        for (int replica = 1; replica < factor; replica++) {
            int behind = 1 + (partition / count + replica - 1) % (count - 1);
            replicas.add(brokers.get((first + behind) % count));
        }
        return List.copyOf(replicas);
    }
}
