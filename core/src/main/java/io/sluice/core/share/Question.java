package io.sluice.core.share;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a member is asked when its time is up, or it is gone: what became of these records? They
 * stay its own until {@link ShareInput.Answer} says so, or the time is over.
 *
 * @param number of no other question of this machine
 * @param records in order; at most {@value #MAX_RECORDS}
 * @param untilMs what is not answered by then comes back
 */
public record Question(long number, String member, List<Acquired> records, long untilMs) {

    /** Records of one question. */
    public static final int MAX_RECORDS = 500;

    /** What nobody was asked about. */
    static final long NONE = 0L;

    /**
     * Questions about runs that are held, one for each member and {@value #MAX_RECORDS} records.
     *
     * @param asked the number of the last question
     */
    static List<Question> about(List<Run> runs, long asked, long untilMs) {
        Map<String, List<Run>> byMember = new LinkedHashMap<>();
        for (Run run : runs) {
            byMember.computeIfAbsent(Locks.of(run).member(), none -> new ArrayList<>()).add(run);
        }
        List<Question> questions = new ArrayList<>();
        byMember.forEach((member, its) -> {
            for (List<Acquired> part : parts(Run.acquired(its))) {
                long number = asked + questions.size() + 1;
                questions.add(new Question(number, member, part, untilMs));
            }
        });
        return questions;
    }

    /** Neighbours are one range; no part has more records than a question may. */
    private static List<List<Acquired>> parts(List<Acquired> ranges) {
        List<List<Acquired>> parts = new ArrayList<>();
        List<Acquired> part = new ArrayList<>();
        long room = MAX_RECORDS;
        for (Acquired range : ranges) {
            long first = range.first();
            while (first <= range.last()) {
                if (room == 0) {
                    parts.add(part);
                    part = new ArrayList<>();
                    room = MAX_RECORDS;
                }
                long last = Math.min(range.last(), first + room - 1);
                add(part, new Acquired(first, last, range.deliveries()));
                room -= last - first + 1;
                first = last + 1;
            }
        }
        parts.add(part);
        return parts;
    }

    private static void add(List<Acquired> to, Acquired range) {
        Acquired before = to.isEmpty() ? null : to.getLast();
        if (before != null
                && before.last() + 1 == range.first()
                && before.deliveries() == range.deliveries()) {
            to.set(to.size() - 1, new Acquired(before.first(), range.last(), range.deliveries()));
        } else {
            to.add(range);
        }
    }
}
