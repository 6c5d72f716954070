package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.schedule.ScheduleHeaders;
import java.util.ArrayList;
import java.util.List;

/** A record that was sent, and what it asks of the schedule. */
public final class Wanted {

    /** When it is to be delivered. */
    public sealed interface When {
        /** It is visible at once. */
        record Now() implements When {}

        /** So long after it came. */
        record After(long ms) implements When {}

        /** At a time. */
        record At(long dueMs) implements When {}

        /**
         * Again and again.
         *
         * @param seconds a divisor of sixty
         */
        record Every(int seconds) implements When {}

        /** Never: it cancels a message. */
        record Never() implements When {}
    }

    /** What the sender knows. */
    enum Fate {
        OPEN,
        STORED,
        REFUSED
    }

    static final long NOBODY = -1L;

    final TopicPartition partition;
    final String key;
    final When when;

    /** The id of the message that it cancels or takes the place of, or {@link #NOBODY}. */
    final long target;

    /** What the leaders' clocks showed when they were asked. */
    private final List<Long> triedMs = new ArrayList<>();

    Fate fate = Fate.OPEN;
    long toldAt = NOBODY;
    long foundAt = NOBODY;

    Wanted(TopicPartition partition, String key, When when, long target) {
        this.partition = partition;
        this.key = key;
        this.when = when;
        this.target = target;
    }

    public String key() {
        return key;
    }

    /** Whether it is nothing but the order that a message is not delivered. */
    public boolean cancels() {
        return when instanceof When.Never;
    }

    void tried(long nowMs) {
        triedMs.add(nowMs);
    }

    /** How often it was sent, as far as brokers heard. */
    int tries() {
        return triedMs.size();
    }

    /** Its headers: name, value, name, value. */
    public String[] headers() {
        List<String> all = new ArrayList<>();
        switch (when) {
            case When.Now now -> {}
            case When.After(long ms) -> add(all, ScheduleHeaders.DELAY, ms);
            case When.At(long dueMs) -> add(all, ScheduleHeaders.DELIVER_AT, dueMs);
            case When.Every(int seconds) -> {
                all.add(ScheduleHeaders.CRON);
                all.add("*/" + seconds + " * * * * *");
            }
            case When.Never never -> add(all, ScheduleHeaders.CANCEL, target);
        }
        if (target != NOBODY && !(when instanceof When.Never)) {
            add(all, ScheduleHeaders.RESCHEDULE, target);
        }
        return all.toArray(String[]::new);
    }

    private static void add(List<String> to, String name, long number) {
        to.add(name);
        to.add(Long.toString(number));
    }

    /** Whether that is a time it asked for. */
    boolean allows(long dueMs) {
        return switch (when) {
            case When.After(long ms) -> triedMs.contains(dueMs - ms);
            case When.At(long wantedMs) -> dueMs == wantedMs;
            case When.Every every -> triedMs.stream().anyMatch(now -> next(now) == dueMs);
            case When.Now now -> false;
            case When.Never never -> false;
        };
    }

    /** When it comes again; {@link Long#MAX_VALUE} if it does not. */
    long next(long afterMs) {
        if (!(when instanceof When.Every(int seconds))) {
            return Long.MAX_VALUE;
        }
        long periodMs = seconds * 1_000L;
        return (afterMs / periodMs + 1) * periodMs;
    }

    @Override
    public String toString() {
        return "%s (%s%s, %s)".formatted(key, when, target < 0 ? "" : " for " + target, fate);
    }
}
