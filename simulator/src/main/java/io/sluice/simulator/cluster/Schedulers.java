package io.sluice.simulator.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.partition.ScheduleWatch;
import io.sluice.engine.schedule.HostedSchedules;
import io.sluice.engine.schedule.Schedules;
import io.sluice.storage.compress.LibraryCodecs;
import java.util.function.Consumer;

/** The schedules of one broker, as production has them, with little memory and little patience. */
final class Schedulers {

    private static final String FOLDER = "__sluice_schedule";

    /** So few, that some of what waits lies in scratch files. */
    private static final HostedSchedules.Settings SETTINGS =
            new HostedSchedules.Settings(100_000L, 12, 800L);

    private final Schedules schedules;

    Schedulers(Machine machine, PartitionLifecycle lifecycle, Disk disk, IoThreads io) {
        Spoilt spoilt = machine.site().spoilt();
        Partitions partitions = spoilt.scheduled(lifecycle.partitions());
        HostedSchedules hosted =
                new HostedSchedules(
                        partitions,
                        disk,
                        machine.directories().getFirst().resolve(FOLDER),
                        io,
                        new LibraryCodecs(),
                        SETTINGS);
        lifecycle.schedules(spoilt.scheduleWatch(new Watch(partitions, hosted)));
        schedules = spoilt.schedules(hosted);
    }

    /** As a door asks them. */
    Schedules schedules() {
        return schedules;
    }

    /** Schedules hear of partitions as they see them. */
    private record Watch(Partitions partitions, ScheduleWatch honest) implements ScheduleWatch {

        private Partition seen(Partition partition) {
            Partition seen = partitions.find(partition.topicId(), partition.name().partition());
            return seen == null ? partition : seen;
        }

        @Override
        public void leading(Partition partition) {
            honest.leading(seen(partition));
        }

        @Override
        public void appended(Partition partition) {
            honest.appended(seen(partition));
        }

        @Override
        public void heldBack(Partition partition, long wantedStart) {
            honest.heldBack(seen(partition), wantedStart);
        }

        @Override
        public void delete(Partition partition, long upTo, Consumer<ErrorCode> done) {
            honest.delete(seen(partition), upTo, done);
        }
    }
}
