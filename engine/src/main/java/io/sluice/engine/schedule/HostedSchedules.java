package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.Codecs;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.partition.ScheduleWatch;
import io.sluice.engine.view.Views;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The schedules of this broker, each on the loop of its partition. */
public final class HostedSchedules implements Schedules, ScheduleWatch {

    /**
     * What this takes.
     *
     * @param maxWaiting messages that may wait on this broker
     * @param maxEntries of all timetables of a loop in memory, 24 bytes each; the others lie in
     *     scratch files
     * @param idleMs how long a schedule stays in memory without a message
     */
    public record Settings(long maxWaiting, int maxEntries, long idleMs) {

        /** Without settings. */
        public static final Settings DEFAULT = new Settings(100_000_000L, 262_144, 60_000L);

        /** The same with another bound. */
        public Settings with(long waiting) {
            return new Settings(waiting, maxEntries, idleMs);
        }
    }

    private final Partitions partitions;
    private final IoThreads io;
    private final Codecs codecs;
    private final ScratchRuns.Place scratch;
    private final Settings settings;
    private final Recurrences recurrences = new Recurrences();
    private final Map<EventLoop, LoopSchedules> loops = new ConcurrentHashMap<>();
    private final ScheduleMetrics metrics = new ScheduleMetrics(loops);
    private final AtomicLong numbers = new AtomicLong();

    /**
     * @param folder for scratch files of its own, which is emptied before the first is written
     */
    public HostedSchedules(
            Partitions partitions,
            Disk disk,
            Path folder,
            IoThreads io,
            Codecs codecs,
            Settings settings) {
        this.partitions = partitions;
        this.io = io;
        this.codecs = codecs;
        this.scratch = new ScratchRuns.Place(disk, folder, io);
        this.settings = settings;
    }

    LoopSchedules of(Partition partition) {
        return loops.computeIfAbsent(
                partition.loop(),
                loop ->
                        new LoopSchedules(
                                loop,
                                new LoopSchedules.Limits(settings.maxEntries, settings.idleMs),
                                numbers::incrementAndGet,
                                io,
                                codecs,
                                scratch,
                                recurrences));
    }

    /** The schedule, where something may wait; null where nothing does. On the loop. */
    @Nullable Schedule find(Partition partition) {
        return of(partition).find(partition);
    }

    @Override
    public void leading(Partition partition) {
        of(partition).leading(partition);
    }

    @Override
    public void appended(Partition partition) {
        of(partition).appended(partition);
    }

    @Override
    public void heldBack(Partition partition, long wantedStart) {
        of(partition).heldBack(partition, wantedStart);
    }

    @Override
    public void delete(Partition partition, long upTo, Consumer<ErrorCode> done) {
        of(partition).delete(partition, upTo, done);
    }

    @Override
    public boolean isFull() {
        return waiting() >= settings.maxWaiting;
    }

    /** Messages that wait in partitions led here. */
    long waiting() {
        long all = 0;
        for (LoopSchedules loop : loops.values()) {
            all += loop.counts().waiting.value();
        }
        return all;
    }

    @Override
    public void find(TopicPartition name, long[] ids, Consumer<Answer> done) {
        Partition partition = partitions.find(name);
        if (partition == null || partition.leadingEpoch() < 0) {
            done.accept(
                    new Answer.Refused(
                            ErrorCode.NOT_LEADER_OR_FOLLOWER, "this broker does not lead it"));
            return;
        }
        Schedule schedule = find(partition);
        if (schedule == null) {
            new NoSchedules().find(name, ids, done);
        } else {
            schedule.find(ids, done);
        }
    }

    @Override
    public Next next(String cron, String zone, long afterMs) {
        return recurrences.next(cron, zone, afterMs);
    }

    @Override
    public void list(TopicPartition name, long from, int limit, Consumer<Listing> done) {
        Partition partition = partitions.find(name);
        if (partition == null || partition.leadingEpoch() < 0) {
            done.accept(new Listing(ErrorCode.NOT_LEADER_OR_FOLLOWER, List.of(), from));
            return;
        }
        Schedule schedule = find(partition);
        if (schedule == null) {
            done.accept(new Listing(ErrorCode.NONE, List.of(), Long.MAX_VALUE));
        } else {
            schedule.list(from, limit, done);
        }
    }

    /** What waits, for those who read it. */
    public Map<String, Views.Kind> views() {
        return Map.of(ScheduledView.NAME, name -> ScheduledView.of(this, name));
    }

    /** Tells of what waits and what was delivered. */
    public MetricSource metrics() {
        return metrics;
    }
}
