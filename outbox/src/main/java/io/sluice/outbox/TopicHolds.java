package io.sluice.outbox;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Topics that take no messages for now, and until when they are left alone. */
final class TopicHolds {

    /** So many are named in one statement; with more of them everything waits for the first. */
    static final int MOST_TOPICS = 100;

    static final long NEVER = Long.MAX_VALUE;

    /** So many are remembered; at the bound the one that waits shortest is forgotten. */
    private static final int MOST_REMEMBERED = 1_000;

    private final RelayOptions options;
    private final RandomGenerator random;
    private final Map<String, Hold> holds = new HashMap<>();

    private static final class Hold {
        final Backoff backoff;
        long untilNanos;

        /** The topic itself is at fault, since then, as far as a broker was there to say so. */
        boolean blamed;

        long blamedSinceNanos;

        Hold(Backoff backoff) {
            this.backoff = backoff;
        }
    }

    TopicHolds(RelayOptions options, RandomGenerator random) {
        this.options = options;
        this.random = random;
    }

    /** What a topic's failure leads to. */
    sealed interface Verdict {
        /** Its messages wait so long. */
        record Wait(long nanos) implements Verdict {}

        /** It was at fault for too long. */
        record Park() implements Verdict {}
    }

    /**
     * A message of the topic could not be sent.
     *
     * @param sinceNanos since when it tried
     */
    Verdict failed(String topic, boolean atFault, long sinceNanos, long nowNanos) {
        if (holds.size() >= MOST_REMEMBERED && !holds.containsKey(topic)) {
            forgetOne();
        }
        Hold hold = holds.computeIfAbsent(topic, name -> new Hold(newBackoff()));
        if (atFault && !hold.blamed) {
            hold.blamed = true;
            hold.blamedSinceNanos = sinceNanos;
        }
        if (hold.untilNanos <= nowNanos) {
            hold.untilNanos = nowNanos + hold.backoff.nextNanos();
        }
        boolean park = atFault && nowNanos - hold.blamedSinceNanos >= options.parkAfter().toNanos();
        return park ? new Verdict.Park() : new Verdict.Wait(hold.untilNanos - nowNanos);
    }

    private Backoff newBackoff() {
        return new Backoff(options.leastBackoff(), options.mostBackoff(), random);
    }

    private void forgetOne() {
        holds.entrySet().stream()
                .min(Comparator.comparingLong(entry -> entry.getValue().untilNanos))
                .map(Map.Entry::getKey)
                .ifPresent(holds::remove);
    }

    /** It takes messages. */
    void works(String topic) {
        holds.remove(topic);
    }

    /** Topics to leave out of what is read next. */
    Set<String> held(long nowNanos) {
        Set<String> held = new HashSet<>();
        holds.forEach((topic, hold) -> {
            if (hold.untilNanos > nowNanos) {
                held.add(topic);
            }
        });
        return held;
    }

    /** How long until a held topic may be tried; {@link #NEVER} when none is held. */
    long nextNanos(long nowNanos) {
        return holds.values().stream()
                .mapToLong(hold -> hold.untilNanos - nowNanos)
                .filter(wait -> wait > 0)
                .min()
                .orElse(NEVER);
    }
}
