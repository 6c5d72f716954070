package io.sluice.core.schedule;

import io.sluice.core.config.IsoDuration;
import io.sluice.core.record.RecordHeader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads what a record wants of the schedule from its headers. */
final class WishReader {

    static final Wish VISIBLE = new Wish.Visible();

    /** The end of the year 9999: more is milliseconds no longer, but micros or nanos. */
    static final long LATEST_MS = 253_402_300_799_999L;

    private static final int SHOWN = 40;
    private static final int MAX_DIGITS = 18;

    private @Nullable String deliverAt;
    private @Nullable String delay;
    private @Nullable String cron;
    private @Nullable String zone;
    private @Nullable String cancel;
    private @Nullable String reschedule;
    private boolean any;

    private WishReader() {}

    /**
     * @param nowMs milliseconds since 1970, which a delay begins with
     */
    static Wish read(List<RecordHeader> headers, long nowMs) {
        WishReader reader = new WishReader();
        for (RecordHeader header : headers) {
            Wish wrong = reader.take(header);
            if (wrong != null) {
                return wrong;
            }
        }
        return reader.any ? reader.wish(nowMs) : VISIBLE;
    }

    private @Nullable Wish take(RecordHeader header) {
        String name = header.name();
        String before;
        String value = text(header.value());
        switch (name) {
            case ScheduleHeaders.DELIVER_AT -> {
                before = deliverAt;
                deliverAt = value;
            }
            case ScheduleHeaders.DELAY -> {
                before = delay;
                delay = value;
            }
            case ScheduleHeaders.CRON -> {
                before = cron;
                cron = value;
            }
            case ScheduleHeaders.CRON_ZONE -> {
                before = zone;
                zone = value;
            }
            case ScheduleHeaders.CANCEL -> {
                before = cancel;
                cancel = value;
            }
            case ScheduleHeaders.RESCHEDULE -> {
                before = reschedule;
                reschedule = value;
            }
            default -> {
                return null;
            }
        }
        any = true;
        return before == null ? null : new Wish.Wrong(name + " is there twice");
    }

    private static String text(byte @Nullable [] value) {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8).strip();
    }

    private Wish wish(long nowMs) {
        int times = (deliverAt == null ? 0 : 1) + (delay == null ? 0 : 1) + (cron == null ? 0 : 1);
        if (cancel != null) {
            return times > 0 || reschedule != null || zone != null
                    ? new Wish.Wrong("sluice-cancel stands alone: no other header says when")
                    : cancel(cancel);
        }
        if (times == 0) {
            return new Wish.Wrong(
                    (reschedule == null ? "sluice-cron-zone" : "sluice-reschedule")
                            + " without sluice-deliver-at, sluice-delay or sluice-cron");
        }
        if (times > 1 || (zone != null && cron == null)) {
            return new Wish.Wrong(
                    "use one of sluice-deliver-at, sluice-delay and sluice-cron,"
                            + " and sluice-cron-zone with the last alone");
        }
        long replaces = Wish.NO_ID;
        if (reschedule != null) {
            replaces = number(reschedule);
            if (replaces < 0) {
                return wrong(ScheduleHeaders.RESCHEDULE, reschedule, "the id of a message");
            }
        }
        return when(replaces, nowMs);
    }

    private Wish when(long replaces, long nowMs) {
        if (deliverAt != null) {
            return at(deliverAt, replaces);
        }
        if (delay != null) {
            return after(delay, replaces, nowMs);
        }
        String expression = cron == null ? "" : cron;
        return expression.isEmpty()
                ? wrong(ScheduleHeaders.CRON, expression, "five or six fields, as \"0 9 * * MON\"")
                : new Wish.Recurring(
                        expression, zone == null || zone.isEmpty() ? "UTC" : zone, replaces);
    }

    private static Wish cancel(String value) {
        long id = number(value);
        return id < 0
                ? wrong(ScheduleHeaders.CANCEL, value, "the id of a message")
                : new Wish.Cancel(id);
    }

    private static Wish at(String value, long replaces) {
        long dueMs = number(value);
        return dueMs < 0 || dueMs > LATEST_MS
                ? wrong(
                        ScheduleHeaders.DELIVER_AT,
                        value,
                        "milliseconds since 1970, before the year 10000, as 1893456000000")
                : new Wish.At(dueMs, replaces);
    }

    private static Wish after(String value, long replaces, long nowMs) {
        OptionalLong iso = IsoDuration.parseMs(value);
        long delayMs = iso.isPresent() ? iso.getAsLong() : number(value);
        return delayMs < 0 || delayMs > LATEST_MS - nowMs
                ? wrong(
                        ScheduleHeaders.DELAY,
                        value,
                        "milliseconds, as 90000, or a duration, as PT1M30S; not beyond the year 9999")
                : new Wish.At(nowMs + delayMs, replaces);
    }

    private static Wish wrong(String name, String value, String right) {
        String shown = value.length() > SHOWN ? value.substring(0, SHOWN) + "..." : value;
        return new Wish.Wrong("%s is \"%s\": use %s".formatted(name, shown, right));
    }

    /** A number that is not negative, or -1. */
    private static long number(String value) {
        if (value.isEmpty() || value.length() > MAX_DIGITS) {
            return -1L;
        }
        long number = 0;
        for (int i = 0; i < value.length(); i++) {
            int digit = value.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1L;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
