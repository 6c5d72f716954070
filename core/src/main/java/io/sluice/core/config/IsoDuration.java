package io.sluice.core.config;

import java.util.OptionalLong;

/**
 * Durations as ISO 8601 writes them, as far as days are 24 hours: {@code PnDTnHnMn.nS}, and {@code
 * PnW}. Not negative.
 */
public final class IsoDuration {

    private static final String UNITS = "WDTHMS";
    private static final long SECOND_MS = 1_000L;
    private static final long MINUTE_MS = 60 * SECOND_MS;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;
    private static final int MAX_DIGITS = 12;

    private final String text;
    private int at = 1;

    private IsoDuration(String text) {
        this.text = text;
    }

    /** The duration in milliseconds, rounded down; empty if the text is none. */
    public static OptionalLong parseMs(String text) {
        return text.length() > 2 && text.charAt(0) == 'P'
                ? new IsoDuration(text).read()
                : OptionalLong.empty();
    }

    private OptionalLong read() {
        long sum = 0;
        int lastUnit = -1;
        boolean timed = false;
        boolean any = false;
        while (at < text.length()) {
            if (text.charAt(at) == 'T') {
                if (timed) {
                    return OptionalLong.empty();
                }
                timed = true;
                any = false;
                lastUnit = Math.max(lastUnit, UNITS.indexOf('T'));
                at++;
                continue;
            }
            int from = at;
            skipNumber();
            if (at == from || at - from > MAX_DIGITS || at == text.length()) {
                return OptionalLong.empty();
            }
            int unit = UNITS.indexOf(text.charAt(at));
            boolean fits = unit > lastUnit && timed == (unit > UNITS.indexOf('T'));
            long ms = fits ? ms(text.substring(from, at), text.charAt(at)) : -1;
            if (ms < 0) {
                return OptionalLong.empty();
            }
            sum += ms;
            lastUnit = unit;
            any = true;
            at++;
        }
        return any ? OptionalLong.of(sum) : OptionalLong.empty();
    }

    private void skipNumber() {
        while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    /**
     * That many units in milliseconds, or -1 if the number is none; seconds may have a fraction.
     */
    private static long ms(String number, char unit) {
        int point = number.indexOf('.');
        boolean whole = point < 0;
        boolean broken =
                point == 0 || point == number.length() - 1 || point != number.lastIndexOf('.');
        if (!whole && (unit != 'S' || broken)) {
            return -1;
        }
        long units = Long.parseLong(whole ? number : number.substring(0, point));
        long fraction =
                whole ? 0 : Long.parseLong((number.substring(point + 1) + "00").substring(0, 3));
        return switch (unit) {
            case 'W' -> units * 7 * DAY_MS;
            case 'D' -> units * DAY_MS;
            case 'H' -> units * HOUR_MS;
            case 'M' -> units * MINUTE_MS;
            case 'S' -> units * SECOND_MS + fraction;
            default -> -1;
        };
    }
}
