package io.sluice.core.share;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** Whether a record of a {@link ShareWorld} is delivered in its turn. */
final class ShareOrder {
    private final ShareSettings settings;
    private final TreeMap<Long, KnownRecord> log;
    private final Set<Long> buried;

    ShareOrder(ShareSettings settings, TreeMap<Long, KnownRecord> log, Set<Long> buried) {
        this.settings = settings;
        this.log = log;
        this.buried = buried;
    }

    /** I-26: nobody of the key is out, and nothing before it is to come. */
    void checkKeyOrder(long offset, KnownRecord known, long nowMs) {
        if (!settings.keyOrder() || !known.facts.keyed()) {
            return;
        }
        log.forEach((other, its) -> {
            if (its != known && its.facts.keyed() && its.facts.keyHash() == known.facts.keyHash()) {
                ShareWorld.check(
                        its.holder == null || its.gone,
                        "I-26: %d and %d of one key",
                        offset,
                        other);
                ShareWorld.check(
                        other > offset || settled(other, its, nowMs),
                        "I-26: %d before %d of its key",
                        offset,
                        other);
            }
        });
    }

    private boolean settled(long offset, KnownRecord known, long nowMs) {
        return known.acceptedForGood
                || known.maybeSettled
                || known.gone
                || buried.contains(offset)
                || known.facts.expiresAtMs() <= nowMs
                || (!settings.deadLetters()
                        && (!known.deliveriesKnown
                                || known.deliveries >= settings.deliveryLimit()));
    }

    /** Somebody of its key is out, or may be, or has to come before it. */
    private boolean standsBehind(
            long offset, KnownRecord known, long nowMs, LongPredicate isGiven) {
        return settings.keyOrder()
                && known.facts.keyed()
                && log.entrySet().stream()
                        .filter(other -> other.getValue() != known)
                        .filter(other ->
                                !other.getValue().gone && known.isOfKeyOf(other.getValue()))
                        .anyMatch(other ->
                                other.getKey() < offset || mayBeOut(other, nowMs, isGiven));
    }

    /** With a member, or on its way to the dead letters. */
    private boolean mayBeOut(
            Map.Entry<Long, KnownRecord> record, long nowMs, LongPredicate isGiven) {
        KnownRecord known = record.getValue();
        return known.holder != null
                || known.deadLettered
                || !known.deliveriesKnown
                || known.deliveries >= settings.deliveryLimit()
                || known.facts.expiresAtMs() <= nowMs
                || isGiven.test(record.getKey());
    }

    /** Nothing that is certainly ready, was looked at, and is worth more, stays behind. */
    void checkPriority(
            long offset, KnownRecord known, long nowMs, long scanFrom, LongPredicate isGiven) {
        log.headMap(scanFrom)
                .forEach((other, its) ->
                        ShareWorld.check(
                                its.facts.priority() <= known.facts.priority()
                                        || its.holder != null
                                        || its.fromMs > nowMs
                                        || its.deliveries >= settings.deliveryLimit()
                                        || isGiven.test(other)
                                        || !its.deliveriesKnown
                                        || settled(other, its, nowMs)
                                        || its.deadLettered
                                        || standsBehind(other, its, nowMs, isGiven),
                                "%d of priority %d before %d of %d",
                                offset,
                                known.facts.priority(),
                                other,
                                its.facts.priority()));
    }
}
