package io.sluice.engine.share;

import io.sluice.core.config.IsoDuration;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What an answer says: lines (or what stands between semicolons) of a word and, where it is not
 * about all that the question names, offsets: {@code accept 12-40,45}. The word is {@code accept},
 * {@code release}, {@code reject} or {@code renew}; {@code release} may say how long to wait:
 * {@code pause=PT5S}, or milliseconds. The first line that names a record counts for it, so that a
 * last line without offsets is about the rest.
 */
final class Verdict {

    /** Ranges in one answer. */
    private static final int MAX_RANGES = Question.MAX_RECORDS;

    private static final String PAUSE = "pause=";
    private static final long MAX_PAUSE_MS = 31_536_000_000L; // a year

    private Verdict() {}

    /** Nothing if that is none. */
    static List<Acknowledgement> parse(String text, long nowMs) {
        List<Acknowledgement> items = new ArrayList<>();
        try {
            for (String line : text.split("[\n;]")) {
                if (!line.isBlank()) {
                    parse(line.strip().split("\\s+"), nowMs, items);
                }
            }
        } catch (IllegalArgumentException e) { // a number, a range, a word
            return List.of();
        }
        return items.size() <= MAX_RANGES ? items : List.of();
    }

    private static void parse(String[] words, long nowMs, List<Acknowledgement> to) {
        Type type = type(words[0]);
        String offsets = "";
        long againAtMs = 0;
        for (int i = 1; i < words.length; i++) {
            if (words[i].startsWith(PAUSE) && type == Type.RELEASE && againAtMs == 0) {
                againAtMs = nowMs + pauseMs(words[i].substring(PAUSE.length()));
            } else if (offsets.isEmpty()) {
                offsets = words[i];
            } else {
                throw new IllegalArgumentException(words[i]);
            }
        }
        if (offsets.isEmpty()) {
            to.add(new Acknowledgement(0, Long.MAX_VALUE, type, againAtMs));
            return;
        }
        for (String range : offsets.split(",", MAX_RANGES + 1)) {
            String[] ends = range.split("-", 2);
            long first = Long.parseLong(ends[0]);
            long last = ends.length == 1 ? first : Long.parseLong(ends[1]);
            to.add(new Acknowledgement(first, last, type, againAtMs));
        }
    }

    private static Type type(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "accept" -> Type.ACCEPT;
            case "release" -> Type.RELEASE;
            case "reject" -> Type.REJECT;
            case "renew" -> Type.RENEW;
            default -> throw new IllegalArgumentException(word);
        };
    }

    private static long pauseMs(String text) {
        long ms = IsoDuration.parseMs(text).orElseGet(() -> Long.parseLong(text));
        if (ms <= 0 || ms > MAX_PAUSE_MS) {
            throw new IllegalArgumentException(text);
        }
        return ms;
    }
}
