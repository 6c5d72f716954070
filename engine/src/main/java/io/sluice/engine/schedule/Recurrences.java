package io.sluice.engine.schedule;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.sluice.core.schedule.WaitingMessages;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When cron expressions come: five fields (minute, hour, day of month, month, day of week) or six,
 * with the second first, in a time zone. Where both days are restricted, either will do, as with
 * Unix cron. Any thread.
 */
final class Recurrences {

    /** Expressions that are kept; beyond that all are read again. */
    private static final int MAX_KEPT = 10_000;

    private static final int MAX_LENGTH = 200;
    private static final int FIELDS_WITHOUT_SECONDS = 5;
    private static final int MAX_YEARS = 10;

    private final CronParser parser = new CronParser(definition());
    private final Map<Told.Cron, Times> kept = new ConcurrentHashMap<>();

    /** What an expression means, or why it means nothing. */
    private sealed interface Times {
        record Known(ExecutionTime time, ZoneId zone) implements Times {}

        record Unknown(String why) implements Times {}
    }

    private static CronDefinition definition() {
        return CronDefinitionBuilder.defineCron()
                .withSeconds()
                .and()
                .withMinutes()
                .and()
                .withHours()
                .and()
                .withDayOfMonth()
                .supportsL()
                .supportsW()
                .supportsLW()
                .supportsQuestionMark()
                .and()
                .withMonth()
                .and()
                .withDayOfWeek()
                .withValidRange(0, 7)
                .withMondayDoWValue(1)
                .withIntMapping(7, 0)
                .supportsHash()
                .supportsL()
                .supportsQuestionMark()
                .and()
                .instance();
    }

    /** As {@link Schedules#next}. */
    Schedules.Next next(String expression, String zone, long afterMs) {
        return switch (times(new Told.Cron(expression, zone))) {
            case Times.Unknown(String why) -> new Schedules.Next.Never(why);
            case Times.Known known -> {
                long nextMs = next(known, afterMs);
                yield nextMs == WaitingMessages.NEVER
                        ? new Schedules.Next.Never(
                                "'%s' does not come within %d years"
                                        .formatted(expression, MAX_YEARS))
                        : new Schedules.Next.At(nextMs);
            }
        };
    }

    /** The same for a message that waits; the door has looked at it before. */
    WaitingMessages.Recurrence of(Told.Cron cron) {
        Times times = times(cron);
        return afterMs ->
                times instanceof Times.Known known ? next(known, afterMs) : WaitingMessages.NEVER;
    }

    private static long next(Times.Known of, long afterMs) {
        // The parser counts "every second" from the very millisecond it is told.
        Instant second = Instant.ofEpochSecond(Math.floorDiv(afterMs, 1_000L));
        ZonedDateTime after = ZonedDateTime.ofInstant(second, of.zone);
        Optional<ZonedDateTime> next = of.time.nextExecution(after);
        return next.filter(found -> found.isBefore(after.plusYears(MAX_YEARS)))
                .map(found -> found.toInstant().toEpochMilli())
                .orElse(WaitingMessages.NEVER);
    }

    private Times times(Told.Cron cron) {
        Times known = kept.get(cron);
        if (known != null) {
            return known;
        }
        Times read = read(cron);
        if (read instanceof Times.Known) {
            if (kept.size() >= MAX_KEPT) {
                kept.clear();
            }
            kept.put(cron, read);
        }
        return read;
    }

    private Times read(Told.Cron cron) {
        String expression = cron.expression().strip();
        if (expression.length() > MAX_LENGTH) {
            return new Times.Unknown(
                    "a cron expression of %d characters".formatted(expression.length()));
        }
        int fields = expression.split("\\s+", -1).length;
        String six = fields == FIELDS_WITHOUT_SECONDS ? "0 " + expression : expression;
        try {
            return new Times.Known(
                    ExecutionTime.forCron(parser.parse(six)), ZoneId.of(cron.zone().strip()));
        } catch (DateTimeException e) {
            return new Times.Unknown(
                    "'%s' is no time zone, such as Europe/Berlin or UTC".formatted(cron.zone()));
        } catch (IllegalArgumentException e) {
            return new Times.Unknown(
                    "'%s' is no cron expression of five or six fields: %s"
                            .formatted(expression, e.getMessage()));
        }
    }
}
