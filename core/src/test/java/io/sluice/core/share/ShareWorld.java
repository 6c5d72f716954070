package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.SharePartition.Input;
import io.sluice.core.share.SharePartition.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One random life of a queue: a log that grows, has gaps and loses its front; members that take,
 * settle, give back, vanish and come too late; dead letters that are slow; memory that is stored
 * late, and leaders that die and are followed by others who know only what was stored.
 *
 * <p>The model knows of each record who holds it and what is certain of it, and is told of nothing
 * but what passes through the ports.
 */
final class ShareWorld implements SharePartition.Outbox<Integer> {
    private static final int MEMBERS = 4;
    private static final int STEPS = 400;
    private static final int LIVELY_ROUNDS = 5_000;

    /** Mistakes made on purpose, each at a port. */
    enum Bug {
        NONE,
        ANSWERED_BEFORE_STORED,
        CHANGES_LOST,
        FORGOTTEN_AT_FAILOVER,
        LATE_ACKNOWLEDGEMENT_BELIEVED,
        DEAD_LETTER_NOT_WRITTEN,
        KEYS_NOT_READ,
        PRIORITIES_NOT_READ,
        EXPIRY_NOT_READ,
        LIMIT_FORGOTTEN,
        PAUSE_FORGOTTEN,
        GONE_MEMBER_FORGOTTEN
    }

    /** What is known of a record. */
    private static final class Known {
        final Facts facts;
        @Nullable String holder;
        long lockEndMs;
        long fromMs;
        int deliveries;
        boolean deliveriesKnown = true;
        boolean acceptedForGood;
        boolean maybeSettled;
        boolean deadLettered;
        boolean gone;

        Known(Facts facts) {
            this.facts = facts;
        }
    }

    private record Sent(String member, List<Acknowledgement> items, int life) {}

    private final Random random;
    private final Bug bug;
    private final ShareSettings settings;
    private final TreeMap<Long, Known> log = new TreeMap<>();
    private final Map<Integer, Sent> sent = new HashMap<>();
    private final ArrayDeque<DeadLetter> letters = new ArrayDeque<>();
    private final Set<Long> buried = new HashSet<>();
    private final TreeMap<Long, StateBatch> stored = new TreeMap<>();

    private SharePartition<Integer> queue;
    private @Nullable Changes underWay;
    private long storedStart;
    private long logStart;
    private long logEnd;
    private long nowMs = 1_000;
    private int life;
    private int step;
    private int ticket;
    private List<Acquired> given = List.of();

    private int accepted;
    private int failovers;
    private int lateRefused;

    ShareWorld(long seed, Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.settings =
                new ShareSettings(
                        50,
                        1 + random.nextInt(4),
                        1 + random.nextInt(60),
                        5 + random.nextInt(60),
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean() ? BackOff.NONE : new BackOff(10, 2.0, 60, 0.5));
        this.queue = new SharePartition<>(planted(settings), 0, List.of());
    }

    private ShareSettings planted(ShareSettings right) {
        return new ShareSettings(
                right.lockMs(),
                right.deliveryLimit() + (bug == Bug.LIMIT_FORGOTTEN ? 1 : 0),
                right.maxLocks(),
                right.maxPending(),
                right.keyOrder(),
                right.deadLetters(),
                bug == Bug.PAUSE_FORGOTTEN ? BackOff.NONE : right.backOff());
    }

    int step() {
        return step;
    }

    int accepted() {
        return accepted;
    }

    int failovers() {
        return failovers;
    }

    int lateRefused() {
        return lateRefused;
    }

    int deadLetters() {
        return buried.size();
    }

    void run() {
        for (step = 0; step < STEPS; step++) {
            act(random.nextInt(100));
        }
        finish();
    }

    private void act(int dice) {
        if (dice < 12) {
            grow();
        } else if (dice < 40) {
            acquire("m" + random.nextInt(MEMBERS));
        } else if (dice < 62) {
            acknowledge(random.nextInt(10) == 0);
        } else if (dice < 72) {
            store();
        } else if (dice < 78) {
            bury();
        } else if (dice < 88) {
            nowMs += random.nextInt(random.nextInt(8) == 0 ? 120 : 12);
            in(new Input.Tick<>());
        } else if (dice < 92) {
            leave();
        } else if (dice < 95) {
            retention();
        } else if (dice < 97) {
            failover();
        } else {
            scan();
        }
    }

    private void in(Input<Integer> input) {
        expire();
        queue.step(input, nowMs, this);
    }

    private Known at(long offset) {
        Known known = log.get(offset);
        if (known == null) {
            throw new AssertionError(offset + " is no record");
        }
        return known;
    }

    /** Locks that ran out are nobody's. */
    private void expire() {
        for (Map.Entry<Long, Known> entry : log.entrySet()) {
            Known known = entry.getValue();
            if (known.holder != null && known.lockEndMs <= nowMs) {
                freed(entry.getKey(), known, 0L);
            }
        }
    }

    private void freed(long offset, Known known, long againAtMs) {
        known.holder = null;
        long pauseMs = settings.backOff().pauseMs(offset, Math.max(1, known.deliveries));
        known.fromMs = againAtMs > 0 ? againAtMs : pauseMs > 0 ? nowMs + pauseMs : 0L;
    }

    // ---- the log

    private void grow() {
        int records = 1 + random.nextInt(8);
        for (int i = 0; i < records; i++) {
            if (random.nextInt(12) != 0) {
                log.put(logEnd, new Known(facts()));
            }
            logEnd++;
        }
    }

    private Facts facts() {
        boolean keyed = random.nextInt(4) != 0;
        long endMs = random.nextInt(6) == 0 ? nowMs + random.nextInt(300) : Facts.NEVER;
        return new Facts(keyed, keyed ? random.nextInt(6) : 0, random.nextInt(3), endMs);
    }

    private Facts read(Facts facts) {
        return new Facts(
                facts.keyed() && bug != Bug.KEYS_NOT_READ,
                facts.keyHash(),
                bug == Bug.PRIORITIES_NOT_READ ? 0 : facts.priority(),
                bug == Bug.EXPIRY_NOT_READ ? Facts.NEVER : facts.expiresAtMs());
    }

    private void scan() {
        long from = queue.scanFrom();
        long end = Math.min(logEnd, from + 1 + random.nextInt(20));
        if (end > from) {
            List<Span> spans = new ArrayList<>();
            log.subMap(from, end)
                    .forEach((offset, known) ->
                            spans.add(new Span(offset, offset, read(known.facts))));
            in(new Input.Found<>(spans, end));
        }
    }

    private void retention() {
        if (random.nextInt(4) == 0) {
            logStart = Math.min(logEnd, Math.max(logStart, storedStart + random.nextInt(6)));
            log.headMap(logStart).values().forEach(known -> known.gone = true);
            in(new Input.LogStartMoved<>(logStart));
        }
    }

    // ---- members

    private void acquire(String member) {
        if (queue.wantsMore()) {
            scan();
        }
        int most = 1 + random.nextInt(6);
        given = List.of();
        in(new Input.Acquire<>(++ticket, member, most, true));
        int count = 0;
        for (Acquired range : given) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                delivered(offset, member, range.deliveries());
                count++;
            }
        }
        check(count <= most, "more than was asked for");
        check(queue.heldRecords() <= settings.maxLocks(), "more locks than are allowed");
        if (!given.isEmpty() && random.nextInt(12) == 0) {
            giveBack(member);
        }
    }

    private void delivered(long offset, String member, int deliveries) {
        Known known = at(offset);
        check(known.holder == null, "I-22: %d has a holder", offset);
        check(!known.acceptedForGood, "I-24: %d was accepted", offset);
        check(!known.gone, "%d is gone from the log", offset);
        check(!buried.contains(offset), "%d is among the dead letters", offset);
        check(known.fromMs <= nowMs, "%d comes before its time", offset);
        check(known.facts.expiresAtMs() > nowMs, "%d is expired", offset);
        check(
                deliveries <= settings.deliveryLimit(),
                "I-25: %d for the %d. time",
                offset,
                deliveries);
        check(
                !known.deliveriesKnown || deliveries == known.deliveries + 1,
                "I-25: %d for the %d. time, after %d",
                offset,
                deliveries,
                known.deliveries);
        checkKeyOrder(offset, known);
        checkPriority(offset, known);
        known.holder = member;
        known.lockEndMs = nowMs + settings.lockMs();
        known.deliveries = deliveries;
        known.deliveriesKnown = true;
        known.maybeSettled = false;
    }

    /** I-26: nobody of the key is out, and nothing before it is to come. */
    private void checkKeyOrder(long offset, Known known) {
        if (!settings.keyOrder() || !known.facts.keyed()) {
            return;
        }
        log.forEach((other, its) -> {
            if (its != known && its.facts.keyed() && its.facts.keyHash() == known.facts.keyHash()) {
                check(its.holder == null || its.gone, "I-26: %d and %d of one key", offset, other);
                check(
                        other > offset || settled(other, its),
                        "I-26: %d before %d of its key",
                        offset,
                        other);
            }
        });
    }

    private boolean settled(long offset, Known known) {
        return known.acceptedForGood
                || known.maybeSettled
                || known.gone
                || buried.contains(offset)
                || known.facts.expiresAtMs() <= nowMs
                || (!settings.deadLetters()
                        && (!known.deliveriesKnown
                                || known.deliveries >= settings.deliveryLimit()));
    }

    /** Nothing that is certainly ready, was looked at, and is worth more, stays behind. */
    private void checkPriority(long offset, Known known) {
        if (settings.keyOrder()) {
            return;
        }
        log.headMap(queue.scanFrom())
                .forEach((other, its) ->
                        check(
                                its.facts.priority() <= known.facts.priority()
                                        || its.holder != null
                                        || its.fromMs > nowMs
                                        || its.deliveries >= settings.deliveryLimit()
                                        || isGiven(other)
                                        || !its.deliveriesKnown
                                        || settled(other, its)
                                        || its.deadLettered,
                                "%d of priority %d before %d of %d",
                                offset,
                                known.facts.priority(),
                                other,
                                its.facts.priority()));
    }

    private boolean isGiven(long offset) {
        return given.stream().anyMatch(r -> r.first() <= offset && offset <= r.last());
    }

    private void giveBack(String member) {
        in(new Input.GiveBack<>(member, given));
        for (Acquired range : given) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                Known known = at(offset);
                if (member.equals(known.holder)) {
                    known.holder = null;
                    known.deliveries--;
                    known.fromMs = 0;
                }
            }
        }
    }

    private void leave() {
        String member = "m" + random.nextInt(MEMBERS);
        boolean delivered = random.nextBoolean();
        if (bug != Bug.GONE_MEMBER_FORGOTTEN) {
            in(new Input.Leave<>(member, delivered));
        }
        log.forEach((offset, known) -> {
            if (member.equals(known.holder) && delivered) {
                freed(offset, known, 0L);
            } else if (member.equals(known.holder)) {
                known.holder = null;
                known.deliveries--;
                known.fromMs = 0;
            }
        });
        check(
                log.values().stream().filter(known -> known.holder != null && !known.gone).count()
                        >= queue.heldRecords(),
                "records are held by nobody");
    }

    /** A member says something of one run of what it holds, or of what it does not. */
    private void acknowledge(boolean wrong) {
        expire();
        String member = "m" + random.nextInt(MEMBERS);
        List<Acknowledgement> items = new ArrayList<>();
        for (Map.Entry<Long, Known> entry : log.entrySet()) {
            boolean holds = member.equals(entry.getValue().holder) && !entry.getValue().gone;
            if (holds != wrong && !entry.getValue().gone && random.nextInt(3) != 0) {
                items.add(item(entry.getKey()));
            }
            if (items.size() >= 5) {
                break;
            }
        }
        if (items.isEmpty()) {
            return;
        }
        String name = member;
        if (wrong && bug == Bug.LATE_ACKNOWLEDGEMENT_BELIEVED) {
            String holder = at(items.getFirst().first()).holder;
            name = holder == null ? member : holder;
            items = List.of(items.getFirst());
        }
        int number = ++ticket;
        sent.put(number, new Sent(member, items, life));
        if (!wrong || holdsAll(member, items)) {
            told(items);
        }
        in(new Input.Acknowledge<>(number, name, items));
        if (wrong && !holdsAll(member, items) && sent.containsKey(number)) {
            check(allGone(items), "I-22: %s may speak for what it does not hold", member);
        }
    }

    private boolean allGone(List<Acknowledgement> items) {
        return items.stream().allMatch(item -> item.first() < queue.start());
    }

    private boolean holdsAll(String member, List<Acknowledgement> items) {
        return items.stream().allMatch(item -> member.equals(at(item.first()).holder));
    }

    private Acknowledgement item(long offset) {
        int dice = random.nextInt(12);
        if (dice < 6) {
            return new Acknowledgement(offset, offset, Acknowledgement.Type.ACCEPT);
        }
        if (dice < 9) {
            long againAtMs = random.nextBoolean() ? 0 : nowMs + random.nextInt(100);
            return new Acknowledgement(offset, offset, Acknowledgement.Type.RELEASE, againAtMs);
        }
        return new Acknowledgement(
                offset,
                offset,
                dice == 9 ? Acknowledgement.Type.REJECT : Acknowledgement.Type.RENEW);
    }

    /** What a member that holds all of it says, counts at once, but not yet for good. */
    private void told(List<Acknowledgement> items) {
        for (Acknowledgement item : items) {
            Known known = at(item.first());
            switch (item.type()) {
                case ACCEPT, GAP -> {
                    known.holder = null;
                    known.maybeSettled = true;
                }
                case RELEASE -> freed(item.first(), known, item.againAtMs());
                case REJECT -> {
                    known.holder = null;
                    known.maybeSettled = !settings.deadLetters();
                    known.deadLettered = true;
                }
                case RENEW -> known.lockEndMs = nowMs + settings.lockMs();
            }
        }
    }

    // ---- memory and dead letters

    private void store() {
        if (underWay != null) {
            Changes changes = underWay;
            underWay = null;
            remember(changes);
            in(new Input.Persisted<>(changes.number()));
        } else if (queue.hasChanges()) {
            underWay = queue.takeChanges();
            if (bug == Bug.ANSWERED_BEFORE_STORED) {
                in(new Input.Persisted<>(underWay.number()));
            }
        }
    }

    private void remember(Changes changes) {
        if (bug == Bug.CHANGES_LOST && random.nextInt(3) == 0) {
            return;
        }
        for (StateBatch batch : changes.batches()) {
            for (long offset = batch.first(); offset <= batch.last(); offset++) {
                stored.put(offset, new StateBatch(offset, offset, batch.fate()));
            }
        }
        storedStart = changes.start();
        stored.headMap(storedStart).clear();
    }

    private void bury() {
        DeadLetter letter = letters.poll();
        if (letter == null) {
            return;
        }
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            if (bug != Bug.DEAD_LETTER_NOT_WRITTEN && log.containsKey(offset)) {
                buried.add(offset);
            }
        }
        in(new Input.Buried<>(letter.first(), letter.last()));
    }

    /** Another leader takes over, with what is stored; the write under way may have been. */
    private void failover() {
        failovers++;
        life++;
        if (underWay != null && random.nextBoolean()) {
            remember(underWay);
        }
        underWay = null;
        letters.clear();
        sent.clear();
        for (Known known : log.values()) {
            known.holder = null;
            known.deliveriesKnown = false;
            known.fromMs = 0;
        }
        List<StateBatch> batches =
                bug == Bug.FORGOTTEN_AT_FAILOVER ? List.of() : List.copyOf(stored.values());
        queue = new SharePartition<>(planted(settings), storedStart, batches);
        in(new Input.LogStartMoved<>(logStart));
    }

    /** All who are left take what is there, until nothing is; every record has come to an end. */
    private void finish() {
        for (int round = 0; queue.start() < logEnd; round++) {
            check(round < LIVELY_ROUNDS, "stuck at %d of %d", queue.start(), logEnd);
            scan();
            given = List.of();
            acquire("m0");
            expire();
            List<Acknowledgement> items = new ArrayList<>();
            log.forEach((offset, known) -> {
                if ("m0".equals(known.holder) && !known.gone) {
                    items.add(new Acknowledgement(offset, offset, Acknowledgement.Type.ACCEPT));
                }
            });
            if (!items.isEmpty()) {
                sent.put(++ticket, new Sent("m0", items, life));
                told(items);
                in(new Input.Acknowledge<>(ticket, "m0", items));
            }
            store();
            bury();
            nowMs += 7;
            in(new Input.Tick<>());
        }
        log.forEach((offset, known) ->
                check(
                        known.acceptedForGood
                                || known.maybeSettled
                                || known.gone
                                || buried.contains(offset)
                                || !settings.deadLetters()
                                        && (!known.deliveriesKnown
                                                || known.deliveries >= settings.deliveryLimit()
                                                || known.facts.expiresAtMs() <= nowMs),
                        "I-23: %d vanished",
                        offset));
    }

    // ---- what the queue does

    @Override
    public void acquired(Integer ticket, List<Acquired> ranges) {
        given = ranges;
    }

    @Override
    public void reply(Integer ticket, ErrorCode error) {
        Sent what = sent.remove(ticket);
        if (what == null) {
            return;
        }
        if (error != ErrorCode.NONE) {
            lateRefused++;
            return;
        }
        for (Acknowledgement item : what.items) {
            Known known = at(item.first());
            if (item.type() == Acknowledgement.Type.ACCEPT && known.maybeSettled) {
                known.acceptedForGood = true;
                accepted++;
            }
        }
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        check(settings.deadLetters(), "nobody wants %s", letter);
        letters.add(letter);
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            Known known = log.get(offset);
            if (known != null) {
                check(!known.acceptedForGood, "I-24: %d was accepted, and is dead", offset);
                known.holder = null;
                known.deadLettered = true;
            }
        }
    }

    @Override
    public void wake() {}

    private static void check(boolean holds, String text, Object... values) {
        if (!holds) {
            throw new AssertionError(text.formatted(values));
        }
    }

    /** For the transcript of a failure. */
    @Override
    public String toString() {
        return "%s, held %d, start %d of %d"
                .formatted(settings, queue.heldRecords(), queue.start(), logEnd);
    }
}
