package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.SharePartition.Span;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
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
    private static final long LOCK_MS = 50;
    private static final int STEPS = 400;
    private static final int LIVELY_ROUNDS = 5_000;
    private static final BackOff PAUSES = new BackOff(10, 2.0, 60, 0.5);

    private record Sent(String member, List<Acknowledgement> items, int life) {}

    private final Random random;
    private final PlantedBug bug;
    private final Set<Feature> features;
    private final ShareSettings settings;
    private final TreeMap<Long, KnownRecord> log = new TreeMap<>();
    private final Map<Integer, Sent> sent = new HashMap<>();
    private final ArrayDeque<DeadLetter> letters = new ArrayDeque<>();
    private final Set<Long> buried = new HashSet<>();
    private final TreeMap<Long, StateBatch> stored = new TreeMap<>();

    private final ShareOrder order;
    private final ShareQuestions questions;
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
    private int together;
    private int replayed;

    /** A world in which there is some of everything. */
    ShareWorld(long seed, PlantedBug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.features = EnumSet.allOf(Feature.class);
        int deliveryLimit = 1 + random.nextInt(4);
        int maxLocks = 1 + random.nextInt(60);
        int maxPending = 5 + random.nextInt(60);
        boolean keyOrder = random.nextBoolean();
        boolean deadLetters = random.nextBoolean();
        BackOff backOff = random.nextBoolean() ? BackOff.NONE : PAUSES;
        long askMs = random.nextBoolean() ? 0 : 10 + random.nextInt(40);
        this.settings =
                new ShareSettings(
                        LOCK_MS,
                        deliveryLimit,
                        maxLocks,
                        maxPending,
                        keyOrder,
                        deadLetters,
                        backOff,
                        askMs);
        this.queue = new SharePartition<>(bug.settings(settings), 0, List.of());
        this.order = new ShareOrder(settings, log, buried);
        this.questions = new ShareQuestions(settings, log, random);
    }

    /** A world of these features and no other. */
    ShareWorld(long seed, Set<Feature> features) {
        this.random = new Random(seed);
        this.bug = PlantedBug.NONE;
        this.features = features;
        this.settings =
                new ShareSettings(
                        LOCK_MS,
                        2 + random.nextInt(4),
                        1 + random.nextInt(60),
                        20 + random.nextInt(60),
                        features.contains(Feature.KEY_ORDER),
                        random.nextBoolean(),
                        features.contains(Feature.RETRY) ? PAUSES : BackOff.NONE,
                        features.contains(Feature.ASK) ? 30 : 0);
        this.queue = new SharePartition<>(bug.settings(settings), 0, List.of());
        this.order = new ShareOrder(settings, log, buried);
        this.questions = new ShareQuestions(settings, log, random);
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

    /** Deliveries of records that met all of the world's features. */
    int together() {
        return together;
    }

    int replayed() {
        return replayed;
    }

    ShareQuestions questions() {
        return questions;
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
        } else if (dice < 58) {
            acknowledge(random.nextInt(10) == 0);
        } else if (dice < 62) {
            answer();
        } else if (dice < 72) {
            store();
        } else if (dice < 78) {
            bury();
        } else if (dice < 88) {
            nowMs += random.nextInt(random.nextInt(8) == 0 ? 120 : 12);
            in(new ShareInput.Tick<>());
        } else if (dice < 92) {
            leave();
        } else if (dice < 95) {
            retention();
        } else if (dice < 97) {
            failover();
        } else if (dice < 99) {
            scan();
        } else {
            replay();
        }
    }

    private void in(ShareInput<Integer> input) {
        expire();
        queue.step(input, nowMs, this);
        questions.checkAllAsked(nowMs);
    }

    private KnownRecord at(long offset) {
        KnownRecord known = log.get(offset);
        if (known == null) {
            throw new AssertionError(offset + " is no record");
        }
        return known;
    }

    /** Locks that ran out are nobody's. */
    private void expire() {
        for (Map.Entry<Long, KnownRecord> entry : log.entrySet()) {
            KnownRecord known = entry.getValue();
            if (known.holder != null && known.lockEndMs <= nowMs && !questions.asks(known)) {
                freed(entry.getKey(), known, 0L);
            }
        }
    }

    private void freed(long offset, KnownRecord known, long againAtMs) {
        known.nobodys();
        long pauseMs = settings.backOff().pauseMs(offset, Math.max(1, known.deliveries));
        known.fromMs = againAtMs > 0 ? againAtMs : pauseMs > 0 ? nowMs + pauseMs : 0L;
        if (againAtMs > 0) {
            known.met.add(Feature.AGAIN_AT);
        } else if (pauseMs > 0) {
            known.met.add(Feature.RETRY);
        }
    }

    // ---- the log

    private void grow() {
        int records = 1 + random.nextInt(8);
        for (int i = 0; i < records; i++) {
            if (random.nextInt(12) != 0) {
                log.put(logEnd, new KnownRecord(facts()));
            }
            logEnd++;
        }
    }

    private Facts facts() {
        boolean keyed = random.nextInt(4) != 0;
        long endMs = random.nextInt(6) == 0 ? nowMs + random.nextInt(300) : Facts.NEVER;
        int priority = random.nextInt(3);
        return new Facts(
                keyed,
                keyed ? random.nextInt(6) : 0,
                features.contains(Feature.PRIORITY) ? priority : 0,
                features.contains(Feature.TTL) ? endMs : Facts.NEVER);
    }

    private void meet(KnownRecord known) {
        if (known.facts.priority() > 0) {
            known.met.add(Feature.PRIORITY);
        }
        if (settings.keyOrder() && known.facts.keyed()) {
            known.met.add(Feature.KEY_ORDER);
        }
        if (known.facts.expiresAtMs() != Facts.NEVER) {
            known.met.add(Feature.TTL);
        }
        together += known.met.containsAll(features) ? 1 : 0;
    }

    private void scan() {
        long from = queue.scanFrom();
        long end = Math.min(logEnd, from + 1 + random.nextInt(20));
        if (end > from) {
            List<Span> spans = new ArrayList<>();
            log.subMap(from, end)
                    .forEach((offset, known) ->
                            spans.add(new Span(offset, offset, bug.facts(known.facts))));
            in(new ShareInput.Found<>(spans, end));
        }
    }

    private void retention() {
        if (random.nextInt(4) == 0) {
            logStart = Math.min(logEnd, Math.max(logStart, storedStart + random.nextInt(6)));
            log.headMap(logStart).values().forEach(known -> known.gone = true);
            in(new ShareInput.LogStartMoved<>(logStart));
        }
    }

    // ---- members

    private void acquire(String member) {
        nowMs += random.nextInt(4) == 0 ? random.nextInt(20) : 0; // no tick says so
        if (queue.wantsMore()) {
            scan();
        }
        int most = 1 + random.nextInt(6);
        given = List.of();
        in(new ShareInput.Acquire<>(++ticket, member, most, true));
        int count = 0;
        for (Acquired range : given) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                delivered(offset, member, range.deliveries());
                count++;
            }
        }
        check(count <= most, "more than was asked for");
        check(
                bug == PlantedBug.PRIORITIES_NOT_READ || priorities() <= 1,
                "records of %d priorities at once",
                priorities());
        check(queue.heldRecords() <= settings.maxLocks(), "more locks than are allowed");
        if (!given.isEmpty() && random.nextInt(12) == 0) {
            giveBack(member);
        }
    }

    private long priorities() {
        return given.stream()
                .flatMapToLong(range -> LongStream.rangeClosed(range.first(), range.last()))
                .mapToInt(offset -> at(offset).facts.priority())
                .distinct()
                .count();
    }

    private void delivered(long offset, String member, int deliveries) {
        KnownRecord known = at(offset);
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
        order.checkKeyOrder(offset, known, nowMs);
        order.checkPriority(offset, known, nowMs, queue.scanFrom(), this::isGiven);
        known.holder = member;
        known.renewed(nowMs + settings.lockMs());
        known.deliveries = deliveries;
        known.deliveriesKnown = true;
        known.maybeSettled = false;
        meet(known);
    }

    private boolean isGiven(long offset) {
        return given.stream().anyMatch(r -> r.first() <= offset && offset <= r.last());
    }

    private void giveBack(String member) {
        in(new ShareInput.GiveBack<>(member, given));
        for (Acquired range : given) {
            for (long offset = range.first(); offset <= range.last(); offset++) {
                KnownRecord known = at(offset);
                if (member.equals(known.holder)) {
                    known.nobodys();
                    known.deliveries--;
                    known.fromMs = 0;
                }
            }
        }
    }

    private void leave() {
        in(new ShareInput.Tick<>());
        String member = "m" + random.nextInt(MEMBERS);
        boolean delivered = random.nextBoolean();
        questions.leaves(member);
        if (bug != PlantedBug.GONE_MEMBER_FORGOTTEN) {
            in(new ShareInput.Leave<>(member, delivered));
        }
        log.forEach((offset, known) -> {
            if (!member.equals(known.holder) || known.question != Question.NONE) {
                return;
            }
            if (delivered && !settings.asks()) {
                freed(offset, known, 0L);
            } else if (!delivered) {
                known.nobodys();
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
        in(new ShareInput.Tick<>());
        String member = "m" + random.nextInt(MEMBERS);
        List<Acknowledgement> items = new ArrayList<>();
        for (Map.Entry<Long, KnownRecord> entry : log.entrySet()) {
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
        if (wrong && bug == PlantedBug.LATE_ACKNOWLEDGEMENT_BELIEVED) {
            String holder = at(items.getFirst().first()).holder;
            name = holder == null ? member : holder;
            items = List.of(items.getFirst());
        }
        int number = ++ticket;
        sent.put(number, new Sent(member, items, life));
        if (!wrong || holdsAll(member, items)) {
            told(items);
        }
        in(new ShareInput.Acknowledge<>(number, name, items));
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
            boolean says = random.nextBoolean() && features.contains(Feature.AGAIN_AT);
            long againAtMs = says ? nowMs + random.nextInt(100) : 0;
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
            KnownRecord known = at(item.first());
            switch (item.type()) {
                case ACCEPT, GAP -> {
                    known.nobodys();
                    known.maybeSettled = true;
                }
                case RELEASE -> freed(item.first(), known, item.againAtMs());
                case REJECT -> {
                    known.nobodys();
                    known.maybeSettled = !settings.deadLetters();
                    known.deadLettered = true;
                }
                case RENEW -> known.renewed(nowMs + settings.lockMs());
            }
        }
    }

    /** Somebody answers a question, perhaps one that is over, or of another leader. */
    private void answer() {
        in(new ShareInput.Tick<>());
        Question question = questions.any();
        if (question == null) {
            return;
        }
        List<Acknowledgement> items = new ArrayList<>();
        for (long offset : questions.some(question)) {
            items.add(item(offset));
        }
        if (items.isEmpty()) {
            return;
        }
        long number = question.number();
        if (bug == PlantedBug.STALE_ANSWER_BELIEVED) {
            number = at(items.getFirst().first()).question;
        } else if (!questions.isOfThisLife(question)) {
            return; // its name tells that to the host
        }
        List<Acknowledgement> count = questions.thatCount(question, items);
        List<Acknowledgement> others = new ArrayList<>(items);
        others.removeAll(count);
        List<Seen> before = look(others);
        sent.put(++ticket, new Sent("who was asked", count, life));
        told(count);
        in(new ShareInput.Answer<>(ticket, number, items));
        check(before.equals(look(others)), "%s was no answer to %s", others, question);
    }

    private List<Seen> look(List<Acknowledgement> items) {
        List<Seen> seen = new ArrayList<>();
        items.forEach(item -> seen.addAll(queue.look(item.first(), item.last(), nowMs)));
        return seen;
    }

    /** Somebody wants records again, wherever they stand. */
    private void replay() {
        if (logEnd == logStart) {
            return;
        }
        long first = logStart + random.nextInt((int) (logEnd - logStart));
        long last = Math.min(logEnd - 1, first + random.nextInt(12));
        List<Span> spans = new ArrayList<>();
        int order = ++ticket;
        for (Map.Entry<Long, KnownRecord> entry : log.subMap(first, last + 1).entrySet()) {
            long offset = entry.getKey();
            KnownRecord known = entry.getValue();
            if (known.gone || random.nextInt(3) == 0) {
                if (bug == PlantedBug.NEIGHBOURS_REPLAYED && !known.gone) {
                    spans.add(new Span(offset, offset, bug.facts(known.facts)));
                }
                continue;
            }
            spans.add(new Span(offset, offset, bug.facts(known.facts)));
            Seen.Standing before = queue.look(offset, offset, nowMs).getFirst().standing();
            if (before == Seen.Standing.DONE) {
                known.replayed(order);
                buried.remove(offset);
                replayed++;
            }
        }
        in(new ShareInput.Replay<>(order, spans));
        if (bug == PlantedBug.REPLAY_NOT_REMEMBERED) {
            reply(order, ErrorCode.NONE);
        }
    }

    // ---- memory and dead letters

    private void store() {
        if (underWay != null) {
            Changes changes = underWay;
            underWay = null;
            remember(changes);
            in(new ShareInput.Persisted<>(changes.number()));
        } else if (queue.hasChanges()) {
            underWay = queue.takeChanges();
            if (bug == PlantedBug.ANSWERED_BEFORE_STORED) {
                in(new ShareInput.Persisted<>(underWay.number()));
            }
        }
    }

    private void remember(Changes changes) {
        if (bug == PlantedBug.CHANGES_LOST && random.nextInt(3) == 0) {
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
            if (bug != PlantedBug.DEAD_LETTER_NOT_WRITTEN && log.containsKey(offset)) {
                buried.add(offset);
            }
        }
        in(new ShareInput.Buried<>(letter.first(), letter.last()));
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
        questions.leaderDied();
        for (KnownRecord known : log.values()) {
            known.leaderDied();
        }
        List<StateBatch> batches =
                bug == PlantedBug.FORGOTTEN_AT_FAILOVER ? List.of() : List.copyOf(stored.values());
        queue = new SharePartition<>(bug.settings(settings), storedStart, batches);
        in(new ShareInput.LogStartMoved<>(logStart));
    }

    /** All who are left take what is there, until nothing is; every record has come to an end. */
    private void finish() {
        for (int round = 0; queue.start() < logEnd; round++) {
            check(round < LIVELY_ROUNDS, "stuck at %d of %d", queue.start(), logEnd);
            scan();
            given = List.of();
            acquire("m0");
            in(new ShareInput.Tick<>());
            List<Acknowledgement> items = new ArrayList<>();
            log.forEach((offset, known) -> {
                if ("m0".equals(known.holder) && !known.gone) {
                    items.add(new Acknowledgement(offset, offset, Acknowledgement.Type.ACCEPT));
                }
            });
            if (!items.isEmpty()) {
                sent.put(++ticket, new Sent("m0", items, life));
                told(items);
                in(new ShareInput.Acknowledge<>(ticket, "m0", items));
            }
            store();
            bury();
            nowMs += 7;
            in(new ShareInput.Tick<>());
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
            if (error == ErrorCode.NONE) {
                replayedForGood(ticket);
            }
            return;
        }
        if (error != ErrorCode.NONE) {
            lateRefused++;
            return;
        }
        for (Acknowledgement item : what.items) {
            KnownRecord known = at(item.first());
            boolean accepts = item.type() == Acknowledgement.Type.ACCEPT;
            if (accepts && known.maybeSettled && ticket > known.replayedBy) {
                known.acceptedForGood = true;
                accepted++;
            }
        }
    }

    /** What was not delivered since is to come, whoever leads. */
    private void replayedForGood(int order) {
        log.values().forEach(known -> known.replayStored(order));
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        check(settings.deadLetters(), "nobody wants %s", letter);
        letters.add(letter);
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            KnownRecord known = log.get(offset);
            if (known != null) {
                check(!known.acceptedForGood, "I-24: %d was accepted, and is dead", offset);
                known.nobodys();
                known.deadLettered = true;
            }
        }
    }

    @Override
    public void wake() {}

    @Override
    public void ask(Question question) {
        questions.asked(question, nowMs);
    }

    static void check(boolean holds, String text, Object... values) {
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
