package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Wanted.Fate;
import io.sluice.simulator.check.Wanted.When;
import io.sluice.simulator.world.Violation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Messages that are delivered later: what senders asked for and were told, and what is committed
 * (I-27). The order of the log decides, so it is read from its start on, as it was written: {@link
 * ScheduleLog}.
 *
 * <p>Never early is by the clock of the leader that delivers, as it is when the copy comes into its
 * log, or was since it leads: a clock that is set back in between takes back nothing.
 */
public final class ScheduleBook {

    private record Reign(TopicPartition partition, int epoch) {}

    /** What a leader's clock showed at most. */
    private static final class Clock {
        private long latestMs = Long.MIN_VALUE;
        private long end = -1L;

        /** By the log end up to which it had shown that. */
        private final TreeMap<Long, Long> byEnd = new TreeMap<>();
    }

    private final Map<String, Wanted> all = new HashMap<>();
    private final SortedMap<TopicPartition, List<Wanted>> messages = new TreeMap<>();
    private final SortedMap<TopicPartition, ScheduleLog> logs = new TreeMap<>();
    private final Map<Reign, Clock> clocks = new HashMap<>();
    private long stored;
    private long refused;

    private ScheduleLog log(TopicPartition partition) {
        return logs.computeIfAbsent(partition, one -> new ScheduleLog(one, this));
    }

    // ---- senders

    /** A record that is about to be sent for the first time. */
    public Wanted wants(TopicPartition partition, String key, When when) {
        return add(new Wanted(partition, key, when, Wanted.NOBODY));
    }

    /** The same for one that says something of a message. */
    public Wanted wants(TopicPartition partition, String key, When when, long target) {
        return add(new Wanted(partition, key, when, target));
    }

    private Wanted add(Wanted one) {
        if (all.put(one.key, one) != null) {
            throw new IllegalStateException(one.key + " is sent already");
        }
        return one;
    }

    /** A leader is asked to store them. */
    public void tried(List<Wanted> batch, long nowMs) {
        batch.forEach(one -> one.tried(nowMs));
    }

    /** They are stored from that offset on. */
    public void stored(List<Wanted> batch, long baseOffset) {
        for (int i = 0; i < batch.size(); i++) {
            Wanted one = batch.get(i);
            one.fate = Fate.STORED;
            one.toldAt = baseOffset + i;
            stored++;
            if (one.target == Wanted.NOBODY && !(one.when instanceof When.Now)) {
                messages.computeIfAbsent(one.partition, name -> new ArrayList<>()).add(one);
            }
        }
    }

    /** They are refused; what was sent more than once may be stored all the same. */
    public void refused(List<Wanted> batch) {
        for (Wanted one : batch) {
            refused++;
            one.fate = one.tries() == 1 ? Fate.REFUSED : Fate.OPEN;
        }
    }

    /** The ids of messages that were stored, as their senders know; the newest last. */
    public List<Long> ids(TopicPartition partition) {
        return messages.getOrDefault(partition, List.of()).stream().map(one -> one.toldAt).toList();
    }

    Wanted of(TopicPartition partition, String key, long offset) {
        Wanted one = all.get(key);
        if (one == null || !one.partition.equals(partition)) {
            throw new Violation(
                    "I-2", "%s: %s at %d, which nobody sent".formatted(partition, key, offset));
        }
        return one;
    }

    /** A sender's own record lies in the log; once. */
    void found(Wanted one, long offset) {
        if (one.foundAt != Wanted.NOBODY) {
            throw new Violation(
                    "I-14", "%s is at %d and at %d".formatted(one, one.foundAt, offset));
        }
        one.foundAt = offset;
    }

    /** Somebody may have cancelled that message. */
    boolean mayBeCancelled(TopicPartition partition, long id) {
        return all.values().stream()
                .anyMatch(one ->
                        one.target == id
                                && one.partition.equals(partition)
                                && one.when instanceof When.Never
                                && one.fate != Fate.REFUSED);
    }

    // ---- clocks

    /** A leader did something. */
    public void saw(TopicPartition partition, int epoch, long logEnd, long wallMs) {
        Clock clock = clocks.computeIfAbsent(new Reign(partition, epoch), one -> new Clock());
        clock.latestMs = Math.max(clock.latestMs, wallMs);
        if (logEnd > clock.end) {
            clock.end = logEnd;
            clock.byEnd.put(logEnd, clock.latestMs);
        }
    }

    /** What the leader's clock had shown when it wrote that; for ever if nobody looked. */
    long latestMs(TopicPartition partition, int epoch, long offset) {
        Clock clock = clocks.get(new Reign(partition, epoch));
        var entry = clock == null ? null : clock.byEnd.higherEntry(offset);
        return entry == null ? Long.MAX_VALUE : entry.getValue();
    }

    // ---- what is committed

    /** A reader got a batch; its first readers of all batches are in order. */
    public void read(TopicPartition partition, Stored batch, ByteBuffer bytes) {
        log(partition).read(batch, bytes);
    }

    /** Whether nothing of that partition waits any more whose time has come. */
    public boolean isDone(TopicPartition partition, long nowMs) {
        return log(partition).firstDueMs() > nowMs;
    }

    /** What waits, for the transcript of a failure. */
    public String waiting(TopicPartition partition) {
        return log(partition).toString();
    }

    /** All that is committed, at the end; it may begin later than it did. */
    public void judge(TopicPartition partition, List<Stored> copy) {
        ScheduleLog log = log(partition);
        log.judge(copy);
        for (Wanted one : all.values()) {
            if (!one.partition.equals(partition)) {
                continue;
            }
            if (one.fate == Fate.REFUSED && one.foundAt != Wanted.NOBODY) {
                throw new Violation(
                        "I-14", "%s was refused and is at %d".formatted(one, one.foundAt));
            }
            if (one.fate == Fate.STORED) {
                log.mustHave(one);
            }
        }
    }

    public long stored() {
        return stored;
    }

    public long refused() {
        return refused;
    }

    public long delivered() {
        return sum(ScheduleLog.Count.DELIVERED);
    }

    public long cancelled() {
        return sum(ScheduleLog.Count.CANCELLED);
    }

    public long rescheduled() {
        return sum(ScheduleLog.Count.RESCHEDULED);
    }

    public long carried() {
        return sum(ScheduleLog.Count.CARRIED);
    }

    public long cameAgain() {
        return sum(ScheduleLog.Count.CAME_AGAIN);
    }

    public long committed() {
        return sum(ScheduleLog.Count.COMMITTED);
    }

    public long aborted() {
        return sum(ScheduleLog.Count.ABORTED);
    }

    public long floors() {
        return sum(ScheduleLog.Count.FLOORS);
    }

    private long sum(ScheduleLog.Count what) {
        return logs.values().stream().mapToLong(log -> log.count(what)).sum();
    }
}
