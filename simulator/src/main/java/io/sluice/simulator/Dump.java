package io.sluice.simulator;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Machine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What lies on a machine of one partition, read without the broker's help. */
final class Dump {

    private Dump() {}

    /** The batches; nothing if the machine has a wrong bit in one of them, which may be unknown. */
    static Optional<List<Stored>> of(Machine machine, TopicPartition partition) {
        List<Stored> all = new ArrayList<>();
        List<Path> files = new ArrayList<>();
        machine.logFiles(partition, (file, size) -> files.add(file));
        if (files.stream().anyMatch(machine::isRotten)) {
            return Optional.empty();
        }
        try {
            for (Path file : files) {
                all.addAll(Stored.parse(machine.log(file), machine + ", " + file));
            }
        } catch (IOException e) {
            throw new IllegalStateException("the disk fails after its faults are over", e);
        }
        return Optional.of(all);
    }
}
