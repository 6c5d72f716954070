package io.sluice.core.transaction;

import io.sluice.core.transaction.TransactionReply.Question;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How often it was asked what became of which transaction. Not stored: a coordinator that was
 * loaded asks from the first question on again, so a transaction is never given up unasked.
 */
final class Questions {

    /** Questions given at once; the rest is due at the next look. */
    static final int AT_ONCE = 500;

    /** What to do with a transaction whose time is up. */
    enum Step {
        ABORT,
        WAIT
    }

    private record Asked(long startMs, int attempts, long atMs) {}

    private final CheckBacks policies;

    /** By transactional id, of ongoing transactions alone. */
    private final Map<String, Asked> asked = new HashMap<>();

    /** What is to be asked, and nobody has taken yet, by transactional id. */
    private final Map<String, Question> open = new LinkedHashMap<>();

    Questions(CheckBacks policies) {
        this.policies = policies;
    }

    /** Looks at a transaction whose time is up; may find that a question is due. */
    Step look(Transaction ongoing, long nowMs) {
        Optional<CheckBack> found = policies.of(ongoing.id());
        if (found.isEmpty()) {
            return Step.ABORT;
        }
        CheckBack policy = found.get();
        Asked before = asked.get(ongoing.id());
        int attempts = before == null || before.startMs != ongoing.startMs() ? 0 : before.attempts;
        boolean due = attempts == 0 || before == null || nowMs >= before.atMs + policy.intervalMs();
        if (!due || open.containsKey(ongoing.id()) || open.size() >= AT_ONCE) {
            return Step.WAIT;
        }
        open.put(ongoing.id(), Question.about(ongoing, policy, attempts + 1));
        if (attempts >= policy.attempts()) {
            return Step.ABORT; // the question says so: it is the report
        }
        asked.put(ongoing.id(), new Asked(ongoing.startMs(), attempts + 1, nowMs));
        return Step.WAIT;
    }

    /** There is nothing to ask any more. */
    void forget(String id) {
        asked.remove(id);
    }

    /** Takes what is to be asked. */
    List<Question> take() {
        List<Question> all = List.copyOf(open.values());
        open.clear();
        return all;
    }

    boolean isEmpty() {
        return open.isEmpty();
    }
}
