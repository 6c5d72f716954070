package io.sluice.simulator.check;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.DeadReason;
import io.sluice.core.share.ShareSettings;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the leaders of queues said of every record, in the order in which they said it, and what is
 * dead: one holder at a time (I-22), an end for every record (I-23), none after it was accepted
 * (I-24), and deliveries that count (I-25).
 *
 * <p>A leader that was passed over and does not know it may give what others gave, or settled,
 * since (nobody can tell it): that is no violation, if nothing comes of it. Locks are not
 * remembered by the next leader, and counts only from when they are stored, which whoever settles
 * something after that knows.
 */
public final class QueueBook {

    private static final long LETTERS_OF_A_PARTITION = 1_000_000L;
    private static final int NO_TERM = -1;
    private static final int NEWEST = KnownRecord.NEWEST;

    /**
     * When something was said, by its leader.
     *
     * @param term in which the process leads, see {@link ResetBook#term}; -1 if it does not
     * @param wallMs what its clock shows
     * @param clock another one after the clock was set
     */
    public record Moment(String process, int term, long wallMs, long clock) {
        private boolean isSameTerm(Moment other) {
            return term != NO_TERM && term == other.term && process.equals(other.process);
        }
    }

    private static final SortedMap<Long, KnownRecord> NO_RECORDS =
            Collections.unmodifiableSortedMap(new TreeMap<>());

    private final long lockMs;
    private final int limit;
    private final QueueOrder order;
    private final ReplayBook replays = new ReplayBook(this);
    private final ResetBook resets = new ResetBook();
    private final LedgerBook ledger = new LedgerBook(this);
    private final SortedMap<TopicPartition, SortedMap<Long, KnownRecord>> records = new TreeMap<>();
    private final Set<String> left = new HashSet<>();

    /** Demands that were not answered, of a member at a process. */
    private final SortedMap<String, Integer> open = new TreeMap<>();

    private long clock;
    private long given;
    private long accepted;
    private long released;
    private long renewed;
    private long refused;
    private long expired;
    private long again;
    private long passedOver;
    private long dead;
    private long tooOld;
    private long broughtBack;

    /**
     * @param priorities whether more urgent records come first
     * @param ends whether records may expire
     * @param latestMs the most that any machine's clock has shown
     */
    public QueueBook(ShareSettings share, boolean priorities, boolean ends, LongSupplier latestMs) {
        this.lockMs = share.lockMs();
        this.limit = share.deliveryLimit();
        this.order = new QueueOrder(share, priorities, ends, latestMs);
    }

    /** A batch will be sent, of such records. */
    public void sent(long batchId, List<Task> tasks) {
        order.sent(batchId, tasks);
    }

    KnownRecord at(TopicPartition partition, long offset) {
        return records.computeIfAbsent(partition, one -> new TreeMap<>())
                .computeIfAbsent(offset, one -> new KnownRecord(partition, offset));
    }

    /** What it says of itself; null as long as nobody saw it. */
    @Nullable Task task(KnownRecord of) {
        return order.at(of);
    }

    /** The number of what happens now. */
    long tick() {
        return ++clock;
    }

    private static Violation broken(String rule, KnownRecord of, String what, Object... values) {
        return new Violation(rule, "%s: %s. %s".formatted(of.name(), what.formatted(values), of));
    }

    // ---- records are taken

    /** One demand. */
    public final class Asked {
        private final String member;
        private final TopicPartition partition;
        private final Moment at;
        private final long number = ++clock;

        private Asked(String member, TopicPartition partition, Moment at) {
            this.member = member;
            this.partition = partition;
            this.at = at;
            open.merge(place(), 1, Integer::sum);
            ledger.asks(member, partition);
        }

        private String place() {
            return member + " at " + at.process;
        }

        /**
         * It is answered.
         *
         * @param batches in which the records are
         */
        public void given(Moment now, List<Acquired> ranges, List<Stored> batches) {
            open.merge(place(), -1, Integer::sum);
            clock++;
            order.learn(partition, batches);
            List<KnownRecord> together = new ArrayList<>();
            for (Acquired range : ranges) {
                for (long offset = range.first(); offset <= range.last(); offset++) {
                    KnownRecord of = at(partition, offset);
                    perhapsAnew(of, at, now, range.deliveries());
                    order.mayBeGiven(of, at, now);
                    together.add(of);
                    ledger.gave(of, member, range.deliveries(), at, now);
                    gave(this, of, now, range.deliveries());
                }
            }
            order.givenTogether(together);
            together.forEach(of -> isMostUrgent(this, of, now));
        }
    }

    /** A member wants records. */
    public Asked asks(String member, TopicPartition partition, Moment at) {
        return new Asked(member, partition, at);
    }

    private boolean isOpen(String member, Moment at) {
        return open.getOrDefault(member + " at " + at.process, 0) > 0;
    }

    /** What came back before it was asked for goes first, if nobody else is about to get it. */
    private void isMostUrgent(Asked asked, KnownRecord of, Moment now) {
        if (!now.isSameTerm(asked.at) || openAt(now) > 0) {
            return;
        }
        for (KnownRecord one : records.getOrDefault(asked.partition, NO_RECORDS).values()) {
            boolean waits =
                    one.isOfTerm(now)
                            && one.holder == null
                            && one.countKnown
                            && one.backNumber > one.givenNumber
                            && one.backNumber < asked.number
                            && one.count < limit
                            && one.firstDone() == Long.MAX_VALUE
                            && !one.rejected;
            if (waits && order.isMoreUrgent(one, of)) {
                throw broken("priority", of, "more urgent is %s, which waits: %s", one.name(), one);
            }
        }
    }

    private int openAt(Moment at) {
        return open.entrySet().stream()
                .filter(one -> one.getKey().endsWith(" at " + at.process))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** It is given as if nobody ever had it: somebody may have ordered that. */
    private void perhapsAnew(KnownRecord of, Moment asked, Moment now, int count) {
        boolean wasDone = of.accepted || of.dead || of.perhapsAccepted > 0;
        if (wasDone || count == 1 && of.count > 0) {
            perhapsBroughtBack(of, now.isSameTerm(asked) ? now.term : NEWEST);
        }
    }

    private void perhapsBroughtBack(KnownRecord of, int term) {
        if (replays.mayHaveBroughtBack(of, term) || resets.mayHaveBroughtBack(of, term)) {
            broughtBack++;
            of.beginAnew(clock);
        }
    }

    private void gave(Asked asked, KnownRecord of, Moment now, int count) {
        given++;
        of.firstGiven = Math.min(of.firstGiven, clock);
        boolean known = now.isSameTerm(asked.at);
        of.tell("%s has it for the %d. time, in term %d", asked.member, count, now.term);
        mayBeGiven(asked, of);
        if (count > limit) {
            throw broken("I-25", of, "%d deliveries", count);
        }
        if (known) {
            order.isAloneOfItsKey(
                    of, records.getOrDefault(of.partition(), NO_RECORDS).values(), now);
        }
        if (known && of.isOfTerm(now)) {
            followsOn(asked, of, now, count);
        } else if (asked.at.term >= of.floorTerm && count <= of.floor) {
            throw broken("I-25", of, "%d deliveries, and %d were stored", count, of.floor);
        }
        if (known && now.term < of.term) {
            passedOver++;
            return;
        }
        replays.came(of, clock);
        of.cameTerm = Math.max(of.cameTerm, Math.max(now.term, asked.at.term));
        again += of.count > 0 && !of.isOfTerm(now) ? 1 : 0;
        boolean gone = left.contains(asked.member);
        of.holder = gone || !known ? null : asked.member;
        of.given(asked.member, known ? now : null, count, clock);
        of.countKnown = !gone;
        of.lockEndMs = asked.at.wallMs + lockMs;
        of.lockClock = asked.at.clock;
    }

    /** What a leader settles it knows, and what one before it settled. */
    private static void mayBeGiven(Asked asked, KnownRecord of) {
        boolean underWay = asked.number <= of.acceptedNumber;
        if (of.accepted
                && asked.at.term >= of.acceptedTerm
                && !(underWay && asked.member.equals(of.acceptedBy))) {
            throw broken("I-24", of, "it was accepted");
        }
        if (of.dead && asked.at.term >= of.deadTerm && asked.number > of.deadNumber) {
            throw broken("I-25", of, "it is dead");
        }
    }

    /** The same leader gave it before. */
    private void followsOn(Asked asked, KnownRecord of, Moment now, int count) {
        boolean others = of.holder != null && !asked.member.equals(of.holder);
        if (others && of.isHeld(now)) {
            throw broken(
                    "I-22", of, "%s holds it until %d", String.valueOf(of.holder), of.lockEndMs);
        }
        expired += others ? 1 : 0;
        if (of.holder != null && of.countKnown && of.lockClock == now.clock) {
            order.isRested(of, now);
        }
        if (of.countKnown && count != of.count + 1) {
            throw broken("I-25", of, "%d deliveries after %d", count, of.count);
        }
    }

    // ---- records are settled

    /** What a member says of records. */
    public final class Said {
        private final String member;
        private final TopicPartition partition;
        private final List<Acknowledgement> items;
        private final Moment at;
        private final long number = ++clock;
        private final boolean takes;

        private Said(
                String member, TopicPartition partition, List<Acknowledgement> items, Moment at) {
            this.member = member;
            this.partition = partition;
            this.items = items;
            this.at = at;
            this.takes = isOpen(member, at);
            forEach((of, type) -> {
                of.tell("%s says %s in term %d", member, type, at.term);
                ledger.says(of, member, type);
                if (type != Type.RENEW && member.equals(of.holder)) {
                    of.holder = null;
                }
                if (type == Type.ACCEPT) {
                    of.perhapsAccepted++;
                    of.acceptedAt.add(number);
                }
                of.rejected |= type == Type.REJECT;
            });
        }

        private void forEach(java.util.function.BiConsumer<KnownRecord, Type> to) {
            for (Acknowledgement item : items) {
                for (long offset = item.first(); offset <= item.last(); offset++) {
                    to.accept(QueueBook.this.at(partition, offset), item.type());
                }
            }
        }

        /** It counts, or it does not. */
        public void answered(Moment now, ErrorCode error) {
            clock++;
            switch (error) {
                case NONE -> counts(now);
                case INVALID_RECORD_STATE, INVALID_REQUEST -> {
                    refused++;
                    forEach((of, type) -> {
                        of.tell("what %s said does not count", member);
                        if (type == Type.ACCEPT) {
                            of.perhapsAccepted -= number > of.anewNumber ? 1 : 0;
                            of.acceptedAt.remove(number);
                        }
                    });
                }
                default -> forEach((of, type) -> of.tell("%s is told %s", member, error));
            }
        }

        private void counts(Moment now) {
            boolean known = now.isSameTerm(at);
            if (known && items.stream().anyMatch(one -> one.type() != Type.RENEW)) {
                stored(partition, now, number);
            }
            boolean alone = known && !takes && !isOpen(member, at);
            int latest = Math.max(now.term, at.term);
            forEach((of, type) -> {
                of.tell("it counts what %s said", member);
                ledger.counts(of, member, type, at, now);
                boolean others = of.givenNumber < number && !member.equals(of.last);
                if (alone && others && of.isOfTerm(now)) {
                    throw broken(
                            "I-22",
                            of,
                            "%s settles what %s had since",
                            member,
                            String.valueOf(of.last));
                }
                switch (type) {
                    case ACCEPT -> isAccepted(of, latest);
                    case RELEASE -> isReleased(of);
                    case RENEW -> isRenewed(of);
                    case REJECT, GAP -> {}
                }
            });
        }

        private void isAccepted(KnownRecord of, int latest) {
            if (number < of.anewNumber || resets.mayBeOver(partition, latest)) {
                of.endedBefore = true;
                return;
            }
            accepted += of.accepted ? 0 : 1;
            if (latest != NO_TERM && latest < of.term) {
                throw broken(
                        "I-24", of, "%s accepts it in term %d, after %d", member, latest, of.term);
            }
            if (of.dead) {
                throw broken("I-24", of, "it is dead, and was accepted");
            }
            of.accepted = true;
            of.acceptedBy = member;
            of.acceptedTerm = latest == NO_TERM ? NEWEST : latest;
            of.acceptedNumber = clock;
            of.acceptSaidNumber = number;
            of.acceptSaidTerm = at.term;
        }

        private void isReleased(KnownRecord of) {
            released++;
            if (member.equals(of.last) && number > of.givenNumber) {
                of.backMs = at.wallMs;
                of.backClock = at.clock;
                of.backProcess = at.process;
                of.backCount = of.count;
                of.backNumber = clock;
            }
        }

        private void isRenewed(KnownRecord of) {
            renewed++;
            if (member.equals(of.holder) && of.lockClock == at.clock) {
                of.lockEndMs = Math.max(of.lockEndMs, at.wallMs + lockMs);
            }
        }
    }

    /** A member says something. */
    public Said says(
            String member, TopicPartition partition, List<Acknowledgement> items, Moment at) {
        return new Said(member, partition, List.copyOf(items), at);
    }

    /** All that the leader knew when that was said is stored with it. */
    private void stored(TopicPartition partition, Moment now, long number) {
        for (KnownRecord of : records.getOrDefault(partition, NO_RECORDS).values()) {
            if (of.isOfTerm(now) && of.countKnown && of.givenNumber < number) {
                of.floor = Math.max(of.floor, of.count);
                of.floorTerm = now.term;
            }
        }
    }

    /**
     * A member goes.
     *
     * @param delivered whether what it has counts as delivered
     */
    public void leaves(String member, TopicPartition partition, boolean delivered) {
        left.add(member);
        clock++;
        for (KnownRecord of : records.getOrDefault(partition, NO_RECORDS).values()) {
            if (!member.equals(of.last)) {
                continue;
            }
            of.tell("%s leaves", member);
            if (member.equals(of.holder)) {
                of.holder = null;
            }
            if (!delivered) {
                of.countKnown = false;
                of.floor = Math.min(of.floor, of.count - 1);
            }
        }
    }

    // ---- records are dead

    /** Which batch the letter for those records is. */
    public static long letterId(int partition, long first) {
        return partition * LETTERS_OF_A_PARTITION + first;
    }

    /** A dead letter is about to be written, by the leader in that term. */
    public void buries(TopicPartition partition, DeadLetter letter, int term) {
        clock++;
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            KnownRecord of = at(partition, offset);
            of.tell("it is to be dead: %s", letter);
            of.holder = null;
            boolean perhapsDone = of.accepted || of.perhapsAccepted > 0;
            int newest = term == NO_TERM ? NEWEST : term;
            if (perhapsDone) {
                perhapsBroughtBack(of, newest);
            }
            replays.came(of, clock);
            of.cameTerm = Math.max(of.cameTerm, newest);
            boolean may =
                    switch (letter.reason()) {
                        case REJECTED -> of.rejected;
                        case DELIVERY_LIMIT -> letter.deliveries() >= limit;
                        case EXPIRED -> true;
                    };
            if (letter.reason() == DeadReason.EXPIRED) {
                order.mayExpire(of);
                tooOld++;
            }
            if (!may) {
                throw broken("I-25", of, "nobody wanted it dead");
            }
        }
    }

    /** The dead letter is written, as a leader of that term or one before it knows. */
    public void buried(TopicPartition partition, DeadLetter letter, int term) {
        clock++;
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            KnownRecord of = at(partition, offset);
            of.tell("it is dead, as of term %d", term);
            of.firstDead = Math.min(of.firstDead, clock);
            if (resets.mayBeOver(partition, term)) {
                continue;
            }
            if (of.accepted) {
                throw broken("I-24", of, "it was accepted, and is dead");
            }
            dead += of.dead ? 0 : 1;
            of.dead = true;
            of.deadTerm = term == NO_TERM ? NEWEST : Math.max(of.deadTerm, term);
            of.deadNumber = clock;
        }
    }

    // ---- records are ordered again

    /**
     * A leader is asked to follow an order from an offset on.
     *
     * @param term of that leader, as far as is known by now
     */
    public ReplayBook.Ask asksToReplay(ReplayBook.Order wanted, long from, IntSupplier term) {
        return replays.asks(wanted, from, term, ++clock);
    }

    /** What the ledger has to tell. */
    public LedgerBook ledger() {
        return ledger;
    }

    public ReplayBook replays() {
        return replays;
    }

    /** Queues that are set anew. */
    public ResetBook resets() {
        return resets;
    }

    /** Behind the last record of a partition that anybody had. */
    public long seenUpTo(TopicPartition partition) {
        SortedMap<Long, KnownRecord> all = records.getOrDefault(partition, NO_RECORDS);
        return all.isEmpty() ? 0L : all.lastKey() + 1;
    }

    /** Records that were seen to come back. */
    public long broughtBack() {
        return broughtBack;
    }

    // ---- the end

    /** All letters, at the end. */
    public void judgeLetters(List<Stored> log) {
        for (Stored one : log) {
            TopicPartition partition = null;
            long number = one.id() / LETTERS_OF_A_PARTITION;
            for (TopicPartition known : records.keySet()) {
                partition = known.partition() == number ? known : partition;
            }
            if (partition == null) {
                throw new Violation("I-2", "a dead letter that nobody wrote: " + one);
            }
            for (int i = 0; i < one.records(); i++) {
                at(partition, one.id() % LETTERS_OF_A_PARTITION + i).hasLetter = true;
            }
        }
    }

    /** All records of a partition, at the end; the letters were judged. */
    public void judge(TopicPartition partition, List<Stored> log) {
        order.learn(partition, log);
        order.judge(records.getOrDefault(partition, NO_RECORDS).values(), resets::mayHavePassed);
        for (Stored batch : log) {
            for (long offset = batch.baseOffset(); offset < batch.nextOffset(); offset++) {
                KnownRecord of = at(partition, offset);
                boolean passed = resets.mayHavePassed(of);
                resets.judge(of);
                if (!passed) {
                    replays.judge(of);
                }
                boolean once = of.anewNumber == 0 && !resets.mayBeOver(partition, NO_TERM);
                if (of.accepted && of.hasLetter && once) {
                    throw broken("I-24", of, "it was accepted, and there is a dead letter");
                }
                if (of.dead && !of.hasLetter) {
                    throw broken("I-25", of, "it is dead without a letter");
                }
                boolean ended = of.accepted || of.perhapsAccepted > 0 || of.endedBefore || passed;
                if (!ended && !of.hasLetter) {
                    throw broken("I-23", of, "it vanished");
                }
            }
        }
    }

    /** How many records nobody knows an end of. */
    public List<String> pending() {
        List<String> all = new ArrayList<>();
        records.values()
                .forEach(some ->
                        some.values().stream()
                                .filter(one -> !one.accepted && !one.dead)
                                .forEach(one -> all.add(one.name())));
        return all;
    }

    public long given() {
        return given;
    }

    public long accepted() {
        return accepted;
    }

    public long released() {
        return released;
    }

    public long renewed() {
        return renewed;
    }

    /** What members said too late. */
    public long refused() {
        return refused;
    }

    /** Locks that ran out, as others saw. */
    public long expired() {
        return expired;
    }

    /** Records that another leader gave again. */
    public long again() {
        return again;
    }

    /** Records that a leader gave after the next one had. */
    public long passedOver() {
        return passedOver;
    }

    /** Records whose time was over. */
    public long tooOld() {
        return tooOld;
    }

    public long dead() {
        return dead;
    }
}
