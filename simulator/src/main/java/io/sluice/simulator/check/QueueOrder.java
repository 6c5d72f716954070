package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareSettings;
import io.sluice.simulator.check.QueueBook.Moment;
import io.sluice.simulator.world.Violation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which record is next: one of a key after the other (I-26), the more urgent ones first, none whose
 * time is over, and what came back not before its pause. Records tell by themselves what they want.
 */
final class QueueOrder {

    /** So much the clocks of two machines may be apart that were never set. */
    private static final long DRIFT_MS = 30;

    private final ShareSettings share;
    private final boolean priorities;
    private final boolean ends;
    private final Map<Long, List<Task>> sent = new HashMap<>();
    private final NavigableMap<TopicPartition, NavigableMap<Long, Task>> tasks = new TreeMap<>();

    /** The most that any clock has shown. */
    private final LongSupplier latestMs;

    QueueOrder(ShareSettings share, boolean priorities, boolean ends, LongSupplier latestMs) {
        this.share = share;
        this.priorities = priorities;
        this.ends = ends;
        this.latestMs = latestMs;
    }

    /** A batch that will be sent. */
    void sent(long batchId, List<Task> records) {
        sent.put(batchId, records);
    }

    /** Where batches are. */
    void learn(TopicPartition partition, List<Stored> batches) {
        for (Stored batch : batches) {
            List<Task> records = sent.get(batch.id());
            for (int i = 0; records != null && i < records.size(); i++) {
                of(partition).put(batch.baseOffset() + i, records.get(i));
            }
        }
    }

    private NavigableMap<Long, Task> of(TopicPartition partition) {
        return tasks.computeIfAbsent(partition, one -> new TreeMap<>());
    }

    @Nullable Task at(KnownRecord record) {
        return of(record.partition()).get(record.offset());
    }

    private static Violation broken(String rule, KnownRecord of, String what, Object... values) {
        return new Violation(rule, "%s: %s. %s".formatted(of.name(), what.formatted(values), of));
    }

    // ---- as it happens

    /** What one member is given at once. */
    void givenTogether(List<KnownRecord> records) {
        Task first = null;
        for (KnownRecord one : records) {
            Task task = at(one);
            if (priorities
                    && first != null
                    && task != null
                    && first.priority() != task.priority()) {
                throw broken("priority", one, "%s is given with %s", task, first);
            }
            first = first == null ? task : first;
        }
    }

    /** It is about to be given. */
    void mayBeGiven(KnownRecord of, Moment asked, Moment now) {
        Task task = at(of);
        boolean steady = asked.clock() == now.clock();
        if (task != null && ends && steady && asked.wallMs() >= task.expiresAtMs()) {
            throw broken(
                    "expiry",
                    of,
                    "it is wanted at %d, and was over at %d",
                    asked.wallMs(),
                    task.expiresAtMs());
        }
        boolean paused = of.backMs >= 0 && of.backCount == of.count && of.backClock == now.clock();
        long apartMs = now.process().equals(of.backProcess) ? 0L : DRIFT_MS;
        if (paused && now.wallMs() < of.backMs + leastPauseMs(of.count) - apartMs) {
            throw broken(
                    "pause", of, "it came back at %d, and is given at %d", of.backMs, now.wallMs());
        }
    }

    /** It is given, and others of its partition are held. */
    void isAloneOfItsKey(KnownRecord of, Iterable<KnownRecord> all, Moment now) {
        String key = share.keyOrder() ? key(of) : null;
        if (key == null) {
            return;
        }
        for (KnownRecord one : all) {
            if (one != of && one.isHeld(now) && key.equals(key(one))) {
                throw broken("I-26", of, "%s is held, which has its key: %s", one.name(), one);
            }
        }
    }

    private @Nullable String key(KnownRecord of) {
        Task task = at(of);
        return task == null ? null : task.key();
    }

    /** It is given again once its lock has ended. */
    void isRested(KnownRecord of, Moment now) {
        if (now.wallMs() < of.lockEndMs + leastPauseMs(of.count)) {
            throw broken(
                    "pause",
                    of,
                    "its lock ends at %d, it is given at %d",
                    of.lockEndMs,
                    now.wallMs());
        }
    }

    private long leastPauseMs(int deliveries) {
        BackOff pause = share.backOff();
        double full =
                Math.min(
                        pause.maxMs(),
                        pause.initialMs() * Math.pow(pause.factor(), deliveries - 1.0));
        return (long) (full * (1.0 - pause.jitter()));
    }

    /** It is given up as too old. */
    void mayExpire(KnownRecord of) {
        Task task = at(of);
        if (!ends || task != null && latestMs.getAsLong() < task.expiresAtMs()) {
            throw broken(
                    "expiry",
                    of,
                    "%s is over, and no clock has shown more than %d",
                    String.valueOf(task),
                    latestMs.getAsLong());
        }
    }

    /** Whether others of its partition have to wait for that one. */
    boolean isMoreUrgent(KnownRecord one, KnownRecord than) {
        Task first = at(one);
        Task second = at(than);
        return priorities
                && !share.keyOrder()
                && share.backOff().equals(BackOff.NONE)
                && first != null
                && second != null
                && first.expiresAtMs() == Task.NEVER
                && first.priority() > second.priority();
    }

    // ---- the end

    /**
     * All records of a partition, in the order of their offsets.
     *
     * @param mayHavePassed what may be done though nobody had it
     */
    void judge(Iterable<KnownRecord> records, Predicate<KnownRecord> mayHavePassed) {
        if (!share.keyOrder()) {
            return;
        }
        Map<String, KnownRecord> latest = new HashMap<>();
        for (KnownRecord one : records) {
            String key = key(one);
            if (key != null) {
                KnownRecord before = latest.put(key, one);
                if (before != null
                        && one.firstGiven < before.firstDone()
                        && !mayHavePassed.test(before)) {
                    throw broken(
                            "I-26",
                            one,
                            "%s came while %s was not done, whose story is: %s",
                            key,
                            before.name(),
                            before);
                }
            }
        }
    }
}
