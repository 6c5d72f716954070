package io.sluice.cli.terminal;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes and durations as people write them: {@code 16KB}, {@code 1.5GB}, {@code 500ms}, {@code 7d}.
 */
public final class Units {

    private static final Pattern SIZE =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(|b|k|m|g|t|kb|mb|gb|tb|kib|mib|gib|tib)");
    private static final Pattern DURATION =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(us|ms|s|m|min|h|d)");
    private static final String SIZE_LETTERS = "kmgt";
    private static final long DAY_MS = Duration.ofDays(1).toMillis();
    private static final long HOUR_MS = Duration.ofHours(1).toMillis();
    private static final long MINUTE_MS = Duration.ofMinutes(1).toMillis();

    private Units() {}

    /**
     * Bytes. A letter means a power of 1024.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static long parseSize(String text) {
        Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is not a size: write bytes or a number with KB, MB, GB or TB, for"
                            + " example 16KB");
        }
        int power =
                matcher.group(2).isEmpty() ? -1 : SIZE_LETTERS.indexOf(matcher.group(2).charAt(0));
        return Math.round(Double.parseDouble(matcher.group(1)) * Math.pow(1024, power + 1.0));
    }

    /**
     * A duration with its unit.
     *
     * @throws IllegalArgumentException with a sentence for the user
     */
    public static Duration parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + text
                            + "' is not a duration: write a number with us, ms, s, m, h or d, for"
                            + " example 30s");
        }
        double nanosPerUnit =
                switch (matcher.group(2)) {
                    case "us" -> 1e3;
                    case "ms" -> 1e6;
                    case "s" -> 1e9;
                    case "m", "min" -> 60e9;
                    case "h" -> 3600e9;
                    default -> 86_400e9;
                };
        return Duration.ofNanos(Math.round(Double.parseDouble(matcher.group(1)) * nanosPerUnit));
    }

    /** For example {@code 312 B}, {@code 16.0 KB}, {@code 1.2 GB}. */
    public static String size(double bytes) {
        if (bytes < 1024) {
            return String.format(Locale.ROOT, "%.0f B", bytes);
        }
        double value = bytes;
        int power = -1;
        while (value >= 1024 && power < SIZE_LETTERS.length() - 1) {
            value /= 1024;
            power++;
        }
        return String.format(
                Locale.ROOT,
                "%.1f %sB",
                value,
                SIZE_LETTERS.substring(power, power + 1).toUpperCase(Locale.ROOT));
    }

    /** For example {@code 350 ms}, {@code 1.5 s}, {@code 7 d}, {@code 1 h 30 min}. */
    public static String duration(long millis) {
        if (millis < 1000) {
            return millis + " ms";
        }
        if (millis < MINUTE_MS) {
            return trimmed(millis / 1000.0) + " s";
        }
        if (millis >= DAY_MS) {
            return pair(millis, DAY_MS, "d", HOUR_MS, "h");
        }
        if (millis >= HOUR_MS) {
            return pair(millis, HOUR_MS, "h", MINUTE_MS, "min");
        }
        return pair(millis, MINUTE_MS, "min", 1000, "s");
    }

    public static String duration(Duration duration) {
        return duration(duration.toMillis());
    }

    /** With thousands separated, for example {@code 31,500}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String pair(
            long millis, long major, String majorName, long minor, String minorName) {
        long rest = (millis % major) / minor;
        return millis / major + " " + majorName + (rest == 0 ? "" : " " + rest + " " + minorName);
    }

    private static String trimmed(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
