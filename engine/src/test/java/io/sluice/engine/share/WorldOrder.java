package io.sluice.engine.share;

import io.sluice.core.share.Facts;
import io.sluice.core.share.StateBatch;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a group's order asks of each delivery: one record of a key at a time and in the order of
 * offsets (I-26), nothing behind its end, what is worth more first. From what members know.
 */
final class WorldOrder {
    private final QueueRules rules;
    private final WorldLog log;
    private final Map<Long, KnownRecord> records;

    /** Delivered since all works again. */
    private final Set<Long> last = new HashSet<>();

    WorldOrder(QueueRules rules, WorldLog log, Map<Long, KnownRecord> records) {
        this.rules = rules;
        this.log = log;
        this.records = records;
    }

    private Sight sight() {
        return rules.sight();
    }

    private @Nullable String key(long offset) {
        return rules.share().keyOrder() ? log.at(offset).key() : null;
    }

    /** Whether a record is of a key that has an order. */
    boolean orders(long offset) {
        return key(offset) != null;
    }

    boolean ends(long offset) {
        return log.at(offset).endMs(sight()) != Facts.NEVER;
    }

    boolean isExpired(long offset, long nowMs) {
        return log.at(offset).endMs(sight()) <= nowMs;
    }

    /**
     * A record was delivered, by who leads now.
     *
     * @param givenMs not given before
     * @param logStart what is before is gone
     */
    void delivered(long offset, long givenMs, long nowMs, long logStart) {
        QueueWorld.check(
                !isExpired(offset, givenMs),
                "%d was over at %d, given at %d, here at %d",
                offset,
                log.at(offset).endMs(sight()),
                givenMs,
                nowMs);
        String key = key(offset);
        if (key == null) {
            return;
        }
        log.records()
                .forEach((other, made) -> {
                    KnownRecord its = records.get(other);
                    if (other != offset && key.equals(made.key()) && other >= logStart) {
                        QueueWorld.check(
                                its == null || its.holder == null || its.lockEndMs <= nowMs,
                                "I-26: %d and %d of key %s are out: %s",
                                offset,
                                other,
                                key,
                                stories(offset, other));
                        QueueWorld.check(
                                other > offset || isSettled(other, nowMs),
                                "I-26: %d before %d of key %s: %s",
                                offset,
                                other,
                                key,
                                its == null ? "" : its.story);
                    }
                });
    }

    private String stories(long... offsets) {
        StringBuilder text = new StringBuilder();
        for (long offset : offsets) {
            KnownRecord its = records.get(offset);
            text.append("%n  %d:%s".formatted(offset, its == null ? "" : its.story));
        }
        return text.toString();
    }

    /** Nobody is to have it, as far as is known. */
    private boolean isSettled(long offset, long nowMs) {
        return !log.visible(offset, rules.readCommitted())
                || isExpired(offset, nowMs)
                || hasEnded(offset, nowMs);
    }

    /** It was accepted, or is dead, or may be either; where there are dead letters, by a letter. */
    boolean hasEnded(long offset, long nowMs) {
        KnownRecord its = records.get(offset);
        if (its == null) {
            return !rules.share().deadLetters() && isExpired(offset, nowMs);
        }
        boolean spent =
                !rules.share().deadLetters()
                        && (!its.deliveriesKnown
                                || its.deliveries >= rules.share().deliveryLimit()
                                || isExpired(offset, nowMs));
        return isDone(its) || spent;
    }

    private static boolean isDone(KnownRecord its) {
        return its.acceptedForGood || its.maybeSettled || its.buried;
    }

    /**
     * A record was delivered to the only one who asks, by a queue that knows all: what is worth
     * more, is new, and stands behind nobody, came before it.
     *
     * @param stored what is remembered; of others nothing is
     */
    void deliveredLast(long offset, long nowMs, long start, long end, List<StateBatch> stored) {
        last.add(offset);
        int priority = log.at(offset).priority(sight());
        for (long other : log.records().subMap(start, Math.max(start, end)).keySet()) {
            int its = log.at(other).priority(sight());
            QueueWorld.check(
                    its <= priority || last.contains(other) || mayWait(other, nowMs, stored),
                    "%d of priority %d before %d of %d",
                    offset,
                    priority,
                    other,
                    its);
        }
    }

    private boolean mayWait(long offset, long nowMs, List<StateBatch> stored) {
        KnownRecord its = records.get(offset);
        return key(offset) != null
                || !log.visible(offset, rules.readCommitted())
                || isExpired(offset, nowMs)
                || (its != null && isDone(its))
                || isStored(offset, stored);
    }

    private static boolean isStored(long offset, List<StateBatch> stored) {
        return stored.stream().anyMatch(one -> one.first() <= offset && offset <= one.last());
    }
}
