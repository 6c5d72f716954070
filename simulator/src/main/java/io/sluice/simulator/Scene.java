package io.sluice.simulator;

import io.sluice.core.controller.PartitionImage;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Where faults are made: what they may touch, what they may know, chance and time. Every fault has
 * a stream of chance of its own, so that one that is left out changes nothing about the others.
 */
final class Scene {

    private static final int LONGEST_MS = 6_000;

    private final Site site;
    private final ClusterTruth truth;
    private final Coverage coverage;
    private int clients;
    private Random random;
    private boolean over;

    Scene(Site site, ClusterTruth truth, Coverage coverage) {
        this.site = site;
        this.truth = truth;
        this.coverage = coverage;
        this.random = site.world().random("fault");
    }

    Site site() {
        return site;
    }

    World world() {
        return site.world();
    }

    Network network() {
        return site.network();
    }

    ClusterTruth truth() {
        return truth;
    }

    Coverage coverage() {
        return coverage;
    }

    /** There are so many clients. */
    void clients(int count) {
        clients = count;
    }

    int clients() {
        return clients;
    }

    /** From now on chance is that of the fault with that number, or of what else is done then. */
    void next(String what, long number) {
        random = world().random(what + "-" + number);
    }

    /** The chance of the fault that is made. */
    Random random() {
        return random;
    }

    int longestMs() {
        return LONGEST_MS;
    }

    <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    Machine anyMachine() {
        return any(site.machines());
    }

    /**
     * Something happens within the longest time that a fault lasts, unless all is mended by then.
     */
    void soon(Runnable task) {
        int bound = random.nextBoolean() ? LONGEST_MS : LONGEST_MS / 20;
        world().afterMs(
                        10 + random.nextInt(bound),
                        () -> {
                            if (!over) {
                                task.run();
                            }
                        });
    }

    /** No faults any more. */
    void end() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    Stream<PartitionImage> partitions() {
        return truth.image().topics().values().stream()
                .flatMap(topic -> topic.partitions().stream());
    }

    /** Whether every other machine runs on a disk that works, and all hear each other at once. */
    boolean isCalmBeside(Machine machine) {
        return !network().isDisturbed()
                && site.machines().stream()
                        .filter(one -> one != machine)
                        .allMatch(Machine::isSound);
    }
}
