package io.sluice.simulator;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Machine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What lies on a machine of one partition, read without the broker's help. */
final class Dump {

    private Dump() {}

    static List<Stored> of(Machine machine, TopicPartition partition) {
        Disk disk = machine.disk();
        List<Stored> all = new ArrayList<>();
        try {
            for (Path directory : machine.directories()) {
                for (Path file : disk.list(directory.resolve(partition.toString()))) {
                    if (file.toString().endsWith(".log")) {
                        all.addAll(Stored.parse(read(disk, file), machine + ", " + file));
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("the disk fails after its faults are over", e);
        }
        return all;
    }

    private static ByteBuffer read(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
            file.read(bytes, 0L);
            return bytes.flip();
        }
    }
}
