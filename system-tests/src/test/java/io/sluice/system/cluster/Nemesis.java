package io.sluice.system.cluster;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import io.sluice.system.harness.FaultyDisk;
import io.sluice.system.harness.SmallDisk;
import io.sluice.system.network.Link;
import io.sluice.system.network.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes faults, holds them for a while, and mends what it did. */
final class Nemesis {

    /** The broker on a small disk. */
    static final int SMALL = 3;

    private static final double LOSS = 0.05;
    private static final int SLOW_MS = 80;
    private static final int JITTER_MS = 60;
    private static final Duration FLAP = Duration.ofMillis(700);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final ClusterProcesses cluster;
    private final @Nullable Network network;
    private final @Nullable SmallDisk smallDisk;
    private final ClusterTopic topic;
    private final Random random;

    /**
     * @param network where the brokers are, if faults of networks can be made
     * @param smallDisk of the broker {@link #SMALL}, if it has one
     */
    Nemesis(
            ClusterProcesses cluster,
            @Nullable Network network,
            @Nullable SmallDisk smallDisk,
            ClusterTopic topic,
            Random random) {
        this.cluster = cluster;
        this.network = network;
        this.smallDisk = smallDisk;
        this.topic = topic;
        this.random = random;
    }

    private int any() {
        return 1 + random.nextInt(cluster.size());
    }

    /** Another one than that. */
    private int other(int than) {
        int id = 1 + random.nextInt(cluster.size() - 1);
        return id < than ? id : id + 1;
    }

    private Network net() {
        return Objects.requireNonNull(network);
    }

    /**
     * Makes a fault, holds it and mends it; the brokers may not serve again yet.
     *
     * @return what was done to whom
     */
    String strike(Fault fault, Duration hold) {
        return switch (fault) {
            case KILL -> away(any(), "killed", BrokerProcess::kill, hold);
            case STOP -> away(any(), "stopped", BrokerProcess::stop, hold);
            case PAUSE -> pause(any(), hold);
            case STORM -> storm();
            case WIPE -> wipe(any());
            case FAILING_DISK -> failingDisk(any(), hold);
            case FULL_DISK -> fullDisk(hold);
            case CUT_PAIR -> {
                int one = any();
                yield pairs("cut", one, List.of(other(one)), true, Link.CUT, hold);
            }
            case CUT_ONE_WAY -> {
                int one = any();
                yield pairs("one way", one, List.of(other(one)), false, Link.CUT, hold);
            }
            case CUT_LEADER -> cutOff("leader", topic.leaderOr(any()), hold);
            case CUT_CONTROLLER ->
                    cutOff("controller", ClusterTopic.controllerOr(cluster, any()), hold);
            case CUT_MUTE -> {
                int one = any();
                yield pairs("mute", one, others(one), false, Link.CUT, hold);
            }
            case CUT_CLIENTS ->
                    pairs("no clients", any(), List.of(net().test()), true, Link.CUT, hold);
            case VANISH -> vanish(any(), hold);
            case SLOW -> {
                int one = any();
                yield pairs("slow", one, others(one), false, Link.slow(SLOW_MS, JITTER_MS), hold);
            }
            case LOSSY -> lossy(hold);
            case FLAP -> flap(any(), hold);
        };
    }

    private static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (end - System.nanoTime() > 0) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    private interface Blow {
        void at(BrokerProcess broker);
    }

    private String away(int id, String how, Blow blow, Duration hold) {
        BrokerProcess broker = cluster.broker(id);
        blow.at(broker);
        pass(hold);
        broker.restart();
        return "%s %d".formatted(how, id);
    }

    private String pause(int id, Duration hold) {
        cluster.broker(id).pause();
        pass(hold);
        cluster.broker(id).go();
        return "paused %d".formatted(id);
    }

    private String storm() {
        List<Integer> ids = new ArrayList<>();
        for (int id = 1; id <= cluster.size(); id++) {
            ids.add(id);
        }
        Collections.shuffle(ids, random);
        ids.forEach(id -> cluster.broker(id).kill());
        Collections.shuffle(ids, random);
        ids.forEach(id -> cluster.broker(id).restart());
        int again = any();
        pass(Duration.ofMillis(random.nextInt(3_000)));
        cluster.broker(again).kill();
        cluster.broker(again).restart();
        return "killed all, and %d again".formatted(again);
    }

    private String wipe(int id) {
        BrokerProcess broker = cluster.broker(id);
        broker.kill();
        delete(broker.data());
        broker.restart();
        return "wiped %d".formatted(id);
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> within =
                    files.filter(file -> !file.equals(folder))
                            .sorted(Comparator.reverseOrder())
                            .toList();
            for (Path file : within) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String failingDisk(int id, Duration hold) {
        BrokerProcess broker = cluster.broker(id);
        FaultyDisk.Fault[] kinds = {FaultyDisk.Fault.FULL, FaultyDisk.Fault.FORCE};
        FaultyDisk.Fault kind = kinds[random.nextInt(kinds.length)];
        broker.fail(kind, broker.data());
        pass(hold);
        broker.repair();
        again(broker);
        return "disk of %d: %s".formatted(id, kind);
    }

    private String fullDisk(Duration hold) {
        BrokerProcess broker = cluster.broker(SMALL);
        SmallDisk disk = Objects.requireNonNull(smallDisk);
        disk.fill();
        pass(hold);
        disk.clear();
        again(broker);
        return "no room on the disk of %d".formatted(SMALL);
    }

    private static void again(BrokerProcess broker) {
        if (broker.isAlive()) {
            broker.kill();
        }
        broker.restart();
    }

    private List<Integer> others(int than) {
        List<Integer> others = new ArrayList<>();
        for (int id = 1; id <= cluster.size(); id++) {
            if (id != than) {
                others.add(id);
            }
        }
        return others;
    }

    private String cutOff(String what, int id, Duration hold) {
        return pairs(what + " cut off", id, others(id), true, Link.CUT, hold);
    }

    private String pairs(
            String what, int one, List<Integer> others, boolean both, Link link, Duration hold) {
        Network net = net();
        for (int other : others) {
            net.set(one, other, link);
            if (both) {
                net.set(other, one, link);
            }
        }
        pass(hold);
        net.heal();
        return "%s: %d and %s".formatted(what, one, others);
    }

    private String vanish(int id, Duration hold) {
        Network net = net();
        isolate(id, Link.CUT);
        cluster.broker(id).kill();
        pass(hold);
        net.heal();
        cluster.broker(id).restart();
        return "vanished: %d".formatted(id);
    }

    private void isolate(int id, Link link) {
        for (int host = 1; host <= net().test(); host++) {
            net().setBoth(id, host, link);
        }
    }

    private String lossy(Duration hold) {
        for (int from = 1; from <= net().test(); from++) {
            for (int to = 1; to <= net().test(); to++) {
                net().set(from, to, Link.lossy(LOSS));
            }
        }
        pass(hold);
        net().heal();
        return "lossy";
    }

    private String flap(int id, Duration hold) {
        long end = System.nanoTime() + hold.toNanos();
        while (end - System.nanoTime() > 0) {
            isolate(id, Link.CUT);
            pass(FLAP);
            isolate(id, Link.WHOLE);
            pass(FLAP);
        }
        return "flapped: %d".formatted(id);
    }

    /** Waits until every broker serves. */
    void awaitServing() {
        for (int id = 1; id <= cluster.size(); id++) {
            BrokerProcess broker = cluster.broker(id);
            Await.until("broker " + id + " runs", LIMIT, broker::isAlive);
            broker.awaitServing();
        }
    }
}
