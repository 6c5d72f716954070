package io.sluice.cli.records;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;

/** Where to begin or to end reading, as a user says it. */
public sealed interface Position {

    /** The first record there is. */
    record Earliest() implements Position {}

    /** After the last record there is. */
    record Latest() implements Position {}

    /** An offset, the same in every partition. */
    record AtOffset(long offset) implements Position {}

    /** The first record of that time or later. */
    record AtTime(Instant time) implements Position {}

    /** That many records before the end of every partition. */
    record BeforeEnd(long records) implements Position {}

    /** The position, or nothing when the text is none. */
    static Optional<Position> parse(String text, ZoneId zone) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "earliest", "beginning", "start" -> Optional.of(new Earliest());
            case "latest", "end" -> Optional.of(new Latest());
            default -> text.matches("-?\\d{1,18}") ? Optional.of(number(text)) : time(text, zone);
        };
    }

    private static Position number(String text) {
        long number = Long.parseLong(text);
        return text.startsWith("-") ? new BeforeEnd(-number) : new AtOffset(number);
    }

    private static Optional<Position> time(String text, ZoneId zone) {
        try {
            if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
                return Optional.of(
                        new AtTime(LocalDate.parse(text).atStartOfDay(zone).toInstant()));
            }
            String iso = text.replace(' ', 'T');
            Instant instant =
                    iso.matches(".*T.*(Z|[+-]\\d{2}(:?\\d{2})?)")
                            ? OffsetDateTime.parse(iso).toInstant()
                            : LocalDateTime.parse(iso).atZone(zone).toInstant();
            return Optional.of(new AtTime(instant));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
