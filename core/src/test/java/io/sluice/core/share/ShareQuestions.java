package io.sluice.core.share;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The questions of a {@link ShareWorld}, and who may answer them. */
final class ShareQuestions {
    private static final int KEPT = 12;

    private final ShareSettings settings;
    private final TreeMap<Long, KnownRecord> log;
    private final Random random;
    private final List<Asked> asked = new ArrayList<>();
    private int life;
    private int settled;
    private int stale;
    private @Nullable String leaver;

    private record Asked(Question question, int life) {}

    ShareQuestions(ShareSettings settings, TreeMap<Long, KnownRecord> log, Random random) {
        this.settings = settings;
        this.log = log;
        this.random = random;
    }

    /** Records that were settled by answers. */
    int settled() {
        return settled;
    }

    /** Answers that settled nothing of what they said. */
    int stale() {
        return stale;
    }

    /** Whether its holder is asked when its lock ends. */
    boolean asks(KnownRecord known) {
        return settings.asks() && known.question == Question.NONE;
    }

    /** In the next step somebody may be asked before the lock ends. */
    void leaves(String member) {
        leaver = member;
    }

    void leaderDied() {
        life++;
    }

    void asked(Question question, long nowMs) {
        long latestMs = nowMs + settings.askTogetherMs();
        check(settings.asks(), "nobody is to be asked: %s", question);
        check(question.untilMs() >= nowMs + settings.askMs(), "no time to answer %s", question);
        check(question.untilMs() <= latestMs + settings.askMs(), "too much time for %s", question);
        long records = 0;
        for (Acquired range : question.records()) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                records++;
                KnownRecord known = log.get(offset);
                check(known != null, "%d is no record", offset);
                if (known == null || known.gone) {
                    continue;
                }
                check(question.member().equals(known.holder), "%d is not of %s", offset, question);
                check(known.question == Question.NONE, "%d was asked about before", offset);
                check(range.deliveries() == known.deliveries, "%d: %s", offset, range);
                boolean due = known.lockEndMs <= latestMs || question.member().equals(leaver);
                check(due, "%d is locked until %d", offset, known.lockEndMs);
                known.question = question.number();
                known.lockEndMs = question.untilMs();
                known.met.add(Feature.ASK);
            }
        }
        check(records <= Question.MAX_RECORDS, "%d records in a question", records);
        asked.add(new Asked(question, life));
        if (asked.size() > KEPT) {
            asked.removeFirst();
        }
    }

    /** After a step: whose lock ended was asked. */
    void checkAllAsked(long nowMs) {
        leaver = null;
        if (settings.asks()) {
            log.forEach((offset, known) ->
                    check(
                            known.holder == null || known.gone || known.lockEndMs > nowMs,
                            "nobody was asked about %d",
                            offset));
        }
    }

    /** One that was asked, perhaps long ago, perhaps by another leader. */
    @Nullable Question any() {
        if (asked.isEmpty()) {
            return null;
        }
        boolean last = random.nextBoolean();
        return last ? asked.getLast().question : asked.get(random.nextInt(asked.size())).question;
    }

    /** Whether its name is good for the leader that is. */
    boolean isOfThisLife(Question question) {
        return asked.stream().anyMatch(one -> one.question == question && one.life == life);
    }

    /** Some of its records, in order. */
    List<Long> some(Question question) {
        List<Long> offsets = new ArrayList<>();
        for (Acquired range : question.records()) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                if (random.nextInt(3) != 0) {
                    offsets.add(offset);
                }
            }
        }
        return offsets;
    }

    /** What is still under the question. */
    List<Acknowledgement> thatCount(Question question, List<Acknowledgement> items) {
        boolean good = isOfThisLife(question);
        List<Acknowledgement> count = new ArrayList<>();
        for (Acknowledgement item : items) {
            KnownRecord known = log.get(item.first());
            if (good && known != null && !known.gone && known.question == question.number()) {
                count.add(item);
            }
        }
        settled += count.size();
        stale += count.isEmpty() ? 1 : 0;
        return count;
    }

    private static void check(boolean holds, String text, Object... values) {
        ShareWorld.check(holds, text, values);
    }
}
