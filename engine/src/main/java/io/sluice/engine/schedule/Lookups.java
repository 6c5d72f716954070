package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.schedule.Timetable;
import io.sluice.core.schedule.WaitingMessages;
import io.sluice.core.schedule.WaitingMessages.Entry;
import io.sluice.engine.partition.Partition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Finds messages by their ids, and keeps them from being delivered while something is said about
 * them. A message that was never carried is where its id says; others are looked for in the
 * timetable, all that are wanted in one walk. Owned by the partition's loop.
 */
final class Lookups {

    /** Questions that may wait; one more is told to ask again. */
    private static final int MAX_WAITING = 10_000;

    private static final long NOWHERE = -1L;

    private record Question(long[] ids, Consumer<Schedules.Answer> done) {}

    /** What was found for somebody who appends. */
    private record Held(long logEnd, long[] offsets) {}

    private final Partition partition;
    private final WaitingMessages waiting;
    private final Timetable timetable;
    private final ScratchRuns runs;
    private final LongPredicate isDelivered;
    private final Consumer<Entry> again;
    private final List<Question> questions = new ArrayList<>(0);
    private List<Question> asked = List.of();
    private final List<Held> held = new ArrayList<>(0);

    /** Those that moved while somebody looks for them. */
    private final Map<Long, Long> movedMeanwhile = new HashMap<>(0);

    private boolean serving;
    private boolean looking;
    private boolean closed;

    /**
     * @param isDelivered whether a message is on its way to its readers
     * @param again takes back what is to be offered to the timetable
     */
    Lookups(
            Partition partition,
            WaitingMessages waiting,
            Timetable timetable,
            ScratchRuns runs,
            LongPredicate isDelivered,
            Consumer<Entry> again) {
        this.partition = partition;
        this.waiting = waiting;
        this.timetable = timetable;
        this.runs = runs;
        this.isDelivered = isDelivered;
        this.again = again;
    }

    boolean isIdle() {
        return questions.isEmpty() && held.isEmpty() && !looking;
    }

    /** All that was there when the leader's epoch began is known. */
    void serve() {
        serving = true;
        answerAll();
    }

    void close() {
        closed = true;
        questions.addAll(asked);
        List<Question> all = List.copyOf(questions);
        questions.clear();
        asked = List.of();
        all.forEach(Lookups::refuse);
    }

    private static void refuse(Question question) {
        question.done.accept(
                new Schedules.Answer.Refused(
                        ErrorCode.NOT_LEADER_OR_FOLLOWER, "this broker does not lead any more"));
    }

    void find(long[] ids, Consumer<Schedules.Answer> done) {
        Question question = new Question(ids, done);
        if (closed) {
            refuse(question);
        } else if (questions.size() >= MAX_WAITING) {
            done.accept(later("too many ask for messages that wait"));
        } else {
            questions.add(question);
            answerAll();
        }
    }

    private static Schedules.Answer later(String why) {
        return new Schedules.Answer.Refused(ErrorCode.REQUEST_TIMED_OUT, why + ": ask again");
    }

    /** A carried message is somewhere else now. */
    void moved(long id, long offset) {
        if (looking) {
            movedMeanwhile.put(id, offset);
        }
    }

    private void answerAll() {
        if (!serving || looking || closed || questions.isEmpty()) {
            return;
        }
        List<Question> all = List.copyOf(questions);
        questions.clear();
        Set<Long> unknown = new HashSet<>();
        for (Question question : all) {
            for (long id : question.ids) {
                if (known(id) == NOWHERE && waiting.anyMoved()) {
                    unknown.add(id);
                }
            }
        }
        if (unknown.isEmpty()) {
            all.forEach(question -> answer(question, Map.of()));
        } else {
            lookFor(all, Set.copyOf(unknown));
        }
    }

    /** Where a message is that did not move, or recurs; NOWHERE if it may be somewhere else. */
    private long known(long id) {
        if (waiting.waits(id) && !waiting.isMoved(id)) {
            return id;
        }
        return waiting.recurring() > 0 ? waiting.recurringOffset(id) : NOWHERE;
    }

    private void lookFor(List<Question> all, Set<Long> ids) {
        looking = true;
        asked = all;
        Map<Long, Long> found = new HashMap<>();
        timetable.find(ids::contains, (id, offset) -> note(found, id, offset));
        runs.find(
                timetable.parts(),
                ids::contains,
                pairs -> {
                    for (Iterator<Long> each = pairs.iterator(); each.hasNext(); ) {
                        note(found, each.next(), each.next());
                    }
                    movedMeanwhile.forEach((id, offset) -> note(found, id, offset));
                    movedMeanwhile.clear();
                    looking = false;
                    asked = List.of();
                    if (!closed) {
                        all.forEach(question -> answer(question, found));
                        answerAll();
                    }
                });
    }

    private void note(Map<Long, Long> found, long id, long offset) {
        if (waiting.waits(offset) && waiting.isMoved(offset)) {
            found.put(id, offset);
        }
    }

    private void answer(Question question, Map<Long, Long> moved) {
        List<Schedules.Standing> standings = new ArrayList<>(question.ids.length);
        Set<Long> mine = new HashSet<>();
        for (long id : question.ids) {
            long at = known(id);
            if (at == NOWHERE) {
                at = moved.getOrDefault(id, NOWHERE);
            }
            if (at == NOWHERE || !waiting.waits(at)) {
                standings.add(gone(id, "it was delivered or cancelled, or there was none"));
            } else if (mine.contains(at) || waiting.hold(at)) {
                mine.add(at);
                standings.add(new Schedules.Standing.Waiting(at));
            } else if (isDelivered.test(at) && waiting.recursAtMs(at) < 0) {
                standings.add(gone(id, "it is about to be delivered"));
            } else {
                free(offsets(mine));
                question.done.accept(later("message " + id + " is being changed"));
                return;
            }
        }
        question.done.accept(new Schedules.Answer.Found(standings, new Keeping(offsets(mine))));
    }

    private Schedules.Standing gone(long id, String why) {
        return new Schedules.Standing.Gone(
                "no message %d waits in %s: %s".formatted(id, partition.name(), why));
    }

    private static long[] offsets(Set<Long> of) {
        return of.stream().mapToLong(Long::longValue).sorted().toArray();
    }

    private final class Keeping implements Schedules.Hold {
        private final long[] offsets;

        Keeping(long[] offsets) {
            this.offsets = offsets;
        }

        @Override
        public void appended(long logEnd) {
            if (offsets.length > 0) {
                held.add(new Held(logEnd, offsets));
            }
        }

        @Override
        public void released() {
            free(offsets);
        }
    }

    private void free(long[] offsets) {
        if (!closed) {
            Arrays.stream(offsets)
                    .forEach(offset -> {
                        Entry entry = waiting.free(offset);
                        if (entry != null) {
                            again.accept(entry);
                        }
                    });
        }
    }

    /** What was appended below that offset was told. */
    void readTo(long offset) {
        for (Iterator<Held> each = held.iterator(); each.hasNext(); ) {
            Held one = each.next();
            if (one.logEnd <= offset) {
                each.remove();
                free(one.offsets);
            }
        }
    }
}
