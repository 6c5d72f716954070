package io.sluice.simulator;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A bit of what was flushed turns over on a machine without power. Another replica that holds
 * everything is whole, and nothing else is damaged meanwhile. What was flushed since the last
 * checkpoint is left alone: after a power cut its damage looks like a torn end (see the ADR about
 * durable ends).
 */
final class RotMischief implements Mischief {

    private static final int BITS = 8;

    private final Scene scene;

    RotMischief(Scene scene) {
        this.scene = scene;
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
        Log log = scene.any(logs);
        long bit = (long) (scene.random().nextDouble() * log.size * BITS);
        machine.flip(log.file, bit);
        return true;
    }

    /** Files with records, of partitions of which another one has all. */
    private List<Log> logs(Machine machine) {
        List<Log> all = new ArrayList<>();
        for (TopicPartition one : scene.truth().partitions()) {
            PartitionImage image = scene.truth().partition(one);
            if (image == null || image.isr().stream().allMatch(id -> id == machine.id())) {
                continue;
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
