package io.sluice.simulator;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A bit of what was flushed turns over on a machine without power. Another replica that holds
 * everything is whole, and nothing else is damaged meanwhile. Where that other one is about to be
 * lost, dead, moved away or behind, an operator puts the bit right: what is left would be the last
 * copy, and nobody can make it whole (see the ADR about damaged replicas). What was flushed since
 * the last checkpoint is left alone: after a power cut its damage looks like a torn end (see the
 * ADR about durable ends).
 */
final class RotMischief implements Mischief {

    private static final int BITS = 8;

    /** Topics that are read from the beginning again and again: damage of them is met. */
    private static final Set<String> READ = Set.of(Simulation.TOPIC, TransactionWork.TOPIC);

    private final Scene scene;
    private @Nullable Rot rot;

    RotMischief(Scene scene) {
        this.scene = scene;
        scene.truth().onChange(this::look);
    }

    /** The bit that is wrong. */
    private record Rot(Machine machine, Log log, long bit) {

        boolean isThere() {
            return machine.isRotten(log.file);
        }
    }

    private record Log(TopicPartition partition, Path file, long size) {
        long base() {
            String name = file.getFileName().toString();
            return Long.parseLong(name.substring(0, name.indexOf('.')));
        }
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        boolean isAlone = scene.site().machines().stream().noneMatch(Machine::hasRot);
        if (!machine.isSound() || !isAlone) {
            return false;
        }
        machine.cutPower();
        List<Log> logs = logs(machine);
        if (logs.isEmpty()) {
            return false;
        }
        List<Log> read = logs.stream().filter(one -> READ.contains(one.partition.topic())).toList();
        Log log = scene.any(read.isEmpty() || scene.random().nextBoolean() ? logs : read);
        long bit = (long) (scene.random().nextDouble() * log.size * BITS);
        machine.flip(log.file, bit);
        rot = new Rot(machine, log, bit);
        return true;
    }

    private void look() {
        Rot now = rot;
        if (now != null && !hasOther(now.log.partition, now.machine)) {
            rot = null;
            scene.world().afterMs(0, () -> putRight(now));
        }
    }

    /** Whether another one has all of a partition; there is nothing to lose of one that is gone. */
    private boolean hasOther(TopicPartition partition, Machine machine) {
        PartitionImage image = scene.truth().partition(partition);
        return image == null
                || Stream.concat(image.isr().stream(), image.eligible().stream())
                        .anyMatch(id -> id != machine.id());
    }

    private static void putRight(Rot one) {
        if (one.isThere()) {
            one.machine.kill();
            one.machine.flipBack(one.log.file, one.bit);
        }
    }

    /** Files with records, of partitions of which another one has all. */
    private List<Log> logs(Machine machine) {
        List<Log> all = new ArrayList<>();
        for (TopicPartition one : scene.truth().partitions()) {
            PartitionImage image = scene.truth().partition(one);
            if (image == null || image.isr().stream().allMatch(id -> id == machine.id())) {
                continue; // who is in sync holds everything, and who might lead might be gone
            }
            List<Log> files = new ArrayList<>();
            machine.logFiles(one, (file, size) -> files.add(new Log(one, file, size)));
            long durable = machine.checkpoint(one);
            for (int i = 0; i + 1 < files.size(); i++) {
                if (files.get(i + 1).base() <= durable) {
                    all.add(files.get(i));
                }
            }
        }
        return all;
    }
}
