package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.partition.Partition;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The schedules of the partitions of one loop, which owns this. A partition has one only while
 * anything waits in it, and a little longer.
 */
final class LoopSchedules {

    private static final long LOOK_MS = 1_000;
    private static final long RETRY_MS = 1_000;

    /** A step of the wall clock that is worth a look at all timers. */
    private static final long STEP_MS = 20;

    /** What every schedule may have in memory, however many there are, if one alone may. */
    private static final int MIN_QUOTA = 1_024;

    /**
     * @param maxEntries of all timetables of the loop in memory
     * @param idleMs how long a schedule stays without a message
     */
    record Limits(int maxEntries, long idleMs) {}

    private final EventLoop loop;
    private final Limits limits;
    private final LongSupplier numbers;
    private final ScheduleCounts counts = new ScheduleCounts();
    private final Schedule.Surroundings surroundings;

    /** In the order in which they began, so that a history can be played again. */
    private final Map<Partition, Schedule> schedules = new LinkedHashMap<>();

    private final Set<Partition> appendedTo = new HashSet<>();
    private EventLoop.@Nullable Timer look;
    private long wallAheadMs;

    LoopSchedules(
            EventLoop loop,
            Limits limits,
            LongSupplier numbers,
            IoThreads io,
            Codecs codecs,
            ScratchRuns.Place scratch,
            Recurrences recurrences) {
        this.loop = loop;
        this.limits = limits;
        this.numbers = numbers;
        this.wallAheadMs = wallAheadMs();
        this.surroundings =
                new Schedule.Surroundings(
                        io, codecs, scratch, recurrences, this::quota, counts, this::ended);
    }

    ScheduleCounts counts() {
        return counts;
    }

    int size() {
        return schedules.size();
    }

    /** How they stand now. */
    ScheduleSurvey survey() {
        ScheduleSurvey all = new ScheduleSurvey();
        schedules.values().forEach(schedule -> schedule.survey(all));
        return all;
    }

    private int quota() {
        int share = limits.maxEntries / Math.max(1, schedules.size());
        return Math.max(Math.min(MIN_QUOTA, limits.maxEntries), share);
    }

    private long wallAheadMs() {
        return loop.clock().wallMs() - loop.clock().monotonicMs();
    }

    /** The schedule of a partition, which may begin now; null if it has none and does not lead. */
    @Nullable Schedule at(Partition partition) {
        Schedule known = schedules.get(partition);
        if (known != null && known.leads()) {
            return known;
        }
        if (known != null) {
            known.end();
        }
        return partition.leadingEpoch() < 0 ? null : begin(partition);
    }

    /** The schedule of a partition where something may wait; null where nothing does. */
    @Nullable Schedule find(Partition partition) {
        Schedule known = schedules.get(partition);
        if (known != null && known.leads()) {
            return known;
        }
        return partition.nextScheduled(start(partition)) == ReplicaLog.NOTHING_SCHEDULED
                ? null
                : at(partition);
    }

    private static long start(Partition partition) {
        return Math.max(partition.status().logStartOffset(), partition.scheduleFloor());
    }

    private Schedule begin(Partition partition) {
        Schedule made = new Schedule(partition, numbers.getAsLong(), surroundings);
        schedules.put(partition, made);
        if (look == null) {
            look = loop.schedule(LOOK_MS, this::look);
        }
        made.load();
        return made;
    }

    private void ended(Schedule schedule) {
        Partition partition = schedule.partition();
        schedules.remove(partition, schedule);
        if (schedule.isFaulty()) {
            loop.schedule(RETRY_MS, () -> leading(partition));
        }
    }

    /** It leads, perhaps in a new epoch. */
    void leading(Partition partition) {
        if (partition.leadingEpoch() >= 0) {
            find(partition);
        }
    }

    /** Something was appended that a schedule reads. Looked at behind what runs now. */
    void appended(Partition partition) {
        if (appendedTo.add(partition)) {
            loop.post(() -> {
                appendedTo.remove(partition);
                Schedule schedule = at(partition);
                if (schedule != null) {
                    schedule.appended();
                }
            });
        }
    }

    /** Its log would give up what lies below the offset. */
    void heldBack(Partition partition, long wantedStart) {
        Schedule schedule = at(partition);
        if (schedule != null) {
            schedule.heldBack(wantedStart);
        }
    }

    /** As {@link io.sluice.engine.partition.ScheduleWatch#delete}. */
    void delete(Partition partition, long upTo, Consumer<ErrorCode> done) {
        Schedule schedule = at(partition);
        if (schedule == null) {
            done.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        } else {
            schedule.delete(upTo, done);
        }
    }

    private void look() {
        look = null;
        long ahead = wallAheadMs();
        boolean stepped = Math.abs(ahead - wallAheadMs) >= STEP_MS;
        wallAheadMs = ahead;
        for (Schedule schedule : List.copyOf(schedules.values())) {
            if (stepped) {
                schedule.clockStepped();
            }
            schedule.look(limits.idleMs);
        }
        if (!schedules.isEmpty()) {
            look = loop.schedule(LOOK_MS, this::look);
        }
    }
}
