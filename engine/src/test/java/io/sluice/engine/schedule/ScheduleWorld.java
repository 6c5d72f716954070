package io.sluice.engine.schedule;

import static java.util.Objects.requireNonNull;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.schedule.ScheduleBench.Seen;
import io.sluice.engine.schedule.Schedules.Answer;
import io.sluice.engine.schedule.Schedules.Standing;
import java.nio.ByteBuffer;
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
 * One random life of a partition where messages wait: sent plainly and in transactions that end or
 * do not, cancelled and rescheduled while they may be on their way, carried, by leaders that change
 * and processes that die, on a disk that fails.
 *
 * <p>The model knows what clients were told, and nothing else.
 */
final class ScheduleWorld {
    private static final int STEPS = 250;

    /** Offsets in what is taken for a segment. */
    private static final long SEGMENT = 32;

    /** Mistakes made on purpose, each at a port. */
    enum Bug {
        NONE,
        DELIVERIES_NOT_INDEXED,
        FLOOR_TOO_HIGH,
        ABORTED_SHOWN,
        HOLD_FORGOTTEN,
        SENT_TOO_SOON,
        ANSWERED_UNFLUSHED,
        CANCEL_NOT_WRITTEN
    }

    private enum Fate {
        /** Nobody knows whether it was stored, or its transaction committed. */
        UNKNOWN,
        WAITS,
        ABORTED,
        CANCELLED
    }

    private static final class Message {
        final String value;
        final Set<Long> dues = new HashSet<>();
        long id = -1L;
        Fate fate = Fate.UNKNOWN;

        /** A cancellation, or a new time, may be stored or not. */
        boolean perhapsCancelled;

        Message(String value) {
            this.value = value;
        }

        @Override
        public String toString() {
            return "%s id %d %s dues %s%s"
                    .formatted(value, id, fate, dues, perhapsCancelled ? " perhaps cancelled" : "");
        }
    }

    private final class Transaction {
        final long producer = ++producers;
        final int life = processes;
        final List<Message> sent = new ArrayList<>();
        final List<Message> cancelled = new ArrayList<>();
        final boolean commits = random.nextBoolean();
        int sequence;
        boolean certain = true;

        /** Its end was asked for: its client sends nothing more. */
        boolean ending;
    }

    private final Random random;
    private final Bug bug;
    private final ScheduleBench bench;
    private final Map<String, Message> messages = new TreeMap<>();
    private final List<Transaction> open = new ArrayList<>();
    private long producers = 100;
    private int processes;
    private int sent;
    private boolean faultsOn = true;
    private int step;
    private long heldBack;

    int crashes;
    int failovers;
    int delivered;
    int cancelled;
    int refused;
    int carried;
    int aborted;

    ScheduleWorld(long seed, Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.bench = new ScheduleBench(() -> random.nextInt(3_000_000));
    }

    int step() {
        return step;
    }

    void run() {
        bench.logs.faults(new Faults());
        bench.host();
        for (step = 0; step < STEPS; step++) {
            act(random.nextInt(100));
            bench.scheduler.advanceMs(random.nextInt(random.nextInt(10) == 0 ? 400 : 15));
            if (step % 20 == 0 && leads()) {
                judgeWhatIsSeen();
            }
        }
        finish();
    }

    private void act(int dice) {
        if (dice < 35) {
            send();
        } else if (dice < 50) {
            change();
        } else if (dice < 58) {
            transact();
        } else if (dice < 68) {
            endOne();
        } else if (dice < 72) {
            plain();
        } else if (dice < 76) {
            carry();
        } else if (dice < 81) {
            failovers++;
            bench.nextEpoch();
        } else if (dice < 84) {
            crash();
        }
    }

    private void crash() {
        crashes++;
        processes++;
        bench.crash();
    }

    private boolean leads() {
        Partition of = bench.find();
        return of != null && of.leadingEpoch() >= 0;
    }

    private Message message(long dueMs) {
        Message made = new Message("v%05d".formatted(sent++));
        made.dues.add(dueMs);
        messages.put(made.value, made);
        return made;
    }

    private long someTime() {
        int dice = random.nextInt(10);
        return bench.nowMs()
                + (dice == 0 ? -random.nextInt(50) : random.nextInt(dice < 8 ? 300 : 5_000));
    }

    private long written(long dueMs) {
        return bug == Bug.SENT_TOO_SOON ? dueMs - 30 : dueMs;
    }

    private void send() {
        if (!leads()) {
            return;
        }
        int count = 1 + random.nextInt(6);
        List<Message> all = new ArrayList<>();
        ScheduleRecord[] records = new ScheduleRecord[count];
        for (int i = 0; i < count; i++) {
            long dueMs = someTime();
            Message message = message(dueMs);
            all.add(message);
            records[i] = ScheduleBench.later(message.value, written(dueMs));
        }
        boolean unflushed = bug == Bug.ANSWERED_UNFLUSHED;
        bench.on(() -> {
            long base = bench.log().endOffset();
            bench.append(bench.hidden(records), result -> stored(all, result));
            if (unflushed && bench.log().endOffset() > base) {
                all.forEach(message -> message.fate = Fate.WAITS);
            }
        });
    }

    private static void stored(List<Message> all, Partition.AppendResult result) {
        if (result.error() != ErrorCode.NONE) {
            return;
        }
        for (int i = 0; i < all.size(); i++) {
            all.get(i).id = result.baseOffset() + i;
            all.get(i).fate = Fate.WAITS;
        }
    }

    private void plain() {
        if (leads()) {
            bench.on(() ->
                    bench.append(
                            Batches.plain(1 + random.nextInt(5), bench.nowMs()), result -> {}));
        }
    }

    private void carry() {
        if (leads()) {
            long wanted = random.nextLong(bench.partition().status().highWatermark() + 1);
            heldBack = Math.max(heldBack, wanted);
            carried++;
            bench.on(() -> bench.log().holdBack(heldBack));
        }
    }

    // ---- cancel and reschedule, as a door does

    private @Nullable Message some() {
        List<Message> known =
                messages.values().stream()
                        .filter(message -> message.id >= 0 && !message.perhapsCancelled)
                        .filter(message -> message.fate == Fate.WAITS)
                        .toList();
        int from = Math.max(0, known.size() - 30);
        return known.isEmpty() ? null : known.get(from + random.nextInt(known.size() - from));
    }

    private void change() {
        Message message = some();
        if (message == null || !leads()) {
            return;
        }
        long newMs = random.nextBoolean() ? -1L : someTime();
        change(message, newMs, null);
    }

    private void change(Message message, long newMs, @Nullable Transaction in) {
        boolean early = bug == Bug.HOLD_FORGOTTEN;
        bench.on(() ->
                bench.schedules.find(
                        ScheduleBench.NAME,
                        new long[] {message.id},
                        answer -> {
                            switch (answer) {
                                case Answer.Refused no -> refused++;
                                case Answer.Found(
                                                List<Standing> standings,
                                                Schedules.Hold hold) -> {
                                    if (!(standings.getFirst()
                                            instanceof Standing.Waiting(long later))) {
                                        hold.released();
                                        refused++;
                                    } else if (early) {
                                        hold.released();
                                        bench.scheduler.after(
                                                100_000_000L,
                                                () -> settle(message, newMs, later, in, null));
                                    } else {
                                        settle(message, newMs, later, in, hold);
                                    }
                                }
                            }
                        }));
    }

    private void settle(
            Message message,
            long newMs,
            long later,
            @Nullable Transaction in,
            Schedules.@Nullable Hold hold) {
        if (!leads() || (in != null && in.ending)) {
            if (hold != null) {
                hold.released();
            }
            return;
        }
        Runnable append =
                () -> {
                    boolean cancels = newMs < 0;
                    message.perhapsCancelled = true;
                    if (!cancels) {
                        message.dues.add(newMs);
                    }
                    ByteBuffer batch =
                            cancels
                                    ? bench.hidden(new Settled(0L, later))
                                    : bench.hidden(
                                            ScheduleBench.later(
                                                    message.value,
                                                    written(newMs),
                                                    message.id,
                                                    later));
                    if (in != null) {
                        ScheduleBench.inTransaction(batch, in.producer, in.sequence++);
                        in.cancelled.add(message);
                    }
                    long before = bench.log().endOffset();
                    if (bug == Bug.CANCEL_NOT_WRITTEN && cancels) {
                        message.fate = Fate.CANCELLED;
                    } else {
                        bench.append(batch, result -> changed(message, newMs, in, result));
                    }
                    if (hold != null) {
                        if (bench.log().endOffset() > before) {
                            hold.appended(bench.log().endOffset());
                        } else {
                            hold.released();
                        }
                    }
                };
        if (hold == null) {
            bench.on(append);
        } else {
            append.run();
        }
    }

    private void changed(
            Message message, long newMs, @Nullable Transaction in, Partition.AppendResult result) {
        if (result.error() != ErrorCode.NONE) {
            if (in != null) {
                in.certain = false;
            }
        } else if (in == null) {
            apply(message, newMs);
        }
    }

    private void apply(Message message, long newMs) {
        cancelled++;
        message.perhapsCancelled = false;
        if (newMs < 0) {
            message.fate = Fate.CANCELLED;
        } else {
            message.dues.clear();
            message.dues.add(newMs);
        }
    }

    // ---- transactions

    private void transact() {
        if (!leads()) {
            return;
        }
        Transaction one = new Transaction();
        open.add(one);
        int parts = 1 + random.nextInt(2);
        for (int i = 0; i < parts; i++) {
            Message chosen = random.nextInt(3) == 0 ? some() : null;
            if (chosen != null) {
                change(chosen, -1L, one);
            } else {
                long dueMs = someTime();
                Message message = message(dueMs);
                one.sent.add(message);
                bench.on(() ->
                        bench.append(
                                ScheduleBench.inTransaction(
                                        bench.hidden(
                                                ScheduleBench.later(message.value, written(dueMs))),
                                        one.producer,
                                        one.sequence++),
                                result -> {
                                    if (result.error() == ErrorCode.NONE) {
                                        message.id = result.baseOffset();
                                    } else {
                                        one.certain = false;
                                    }
                                }));
            }
        }
    }

    private void endOne() {
        if (leads() && !open.isEmpty()) {
            end(open.get(random.nextInt(open.size())));
        }
    }

    /** A marker is repeated until it is answered, as a coordinator does. */
    private void end(Transaction one) {
        boolean known = one.certain && one.life == processes;
        one.ending = true;
        bench.end(
                one.producer,
                one.commits,
                error -> {
                    if (error == ErrorCode.NONE && open.remove(one)) {
                        ended(one, one.commits, known && one.life == processes);
                    }
                });
        bench.scheduler.advanceMs(20);
    }

    private void ended(Transaction one, boolean commit, boolean known) {
        for (Message message : one.sent) {
            if (!commit) {
                aborted++;
                message.fate = known ? Fate.ABORTED : Fate.UNKNOWN;
            } else if (known && message.id >= 0) {
                message.fate = Fate.WAITS;
            }
        }
        for (Message message : one.cancelled) {
            if (commit && known) {
                apply(message, -1L);
            } else if (known) {
                message.perhapsCancelled = false;
            }
        }
        one.sent.clear();
        one.cancelled.clear();
    }

    // ---- the judge

    private Map<String, Seen> judgeWhatIsSeen() {
        Map<String, Seen> seen = new HashMap<>();
        for (Seen one : bench.seen()) {
            Seen before = seen.put(one.value(), one);
            check(before == null, "I-27: twice: %s and %s", before, one);
            Message message = requireNonNull(messages.get(one.value()), one.value());
            check(
                    message.fate != Fate.CANCELLED,
                    "I-27: %s was cancelled and delivered: %s",
                    message,
                    one);
            check(message.fate != Fate.ABORTED, "I-15: %s was aborted: %s", message, one);
            check(one.atMs() >= one.dueMs(), "I-27: early by its own word: %s", one);
            long least = message.dues.stream().mapToLong(Long::longValue).min().orElseThrow();
            check(one.atMs() >= least, "I-27: early: %s of %s", one, message);
            check(message.id < 0 || one.id() == message.id, "%s of %s", one, message);
        }
        return seen;
    }

    /** All works again: what waits is delivered in the end. */
    private void finish() {
        faultsOn = false;
        crash();
        bench.scheduler.advanceMs(500);
        for (int round = 0; !open.isEmpty(); round++) {
            check(round < 20, "%d transactions are open", open.size());
            List.copyOf(open).forEach(this::end);
            bench.scheduler.advanceMs(100);
        }
        bench.scheduler.advanceMs(20_000);
        Map<String, Seen> seen = judgeWhatIsSeen();
        delivered = seen.size();
        for (Message message : messages.values()) {
            check(
                    seen.containsKey(message.value)
                            || message.fate != Fate.WAITS
                            || message.perhapsCancelled,
                    "I-27: lost: %s",
                    message);
        }
        check(bench.schedules.waiting() == 0, "%d wait", bench.schedules.waiting());
        long wanted = heldBack;
        bench.on(() -> bench.log().holdBack(wanted));
        bench.scheduler.advanceMs(5_000);
        check(
                bench.log().scheduleFloor() >= Math.min(wanted, bench.log().endOffset() - 1),
                "the log is held back below %d by %d",
                wanted,
                bench.log().scheduleFloor());
        crash();
        bench.scheduler.advanceMs(20_000);
        check(
                judgeWhatIsSeen().equals(seen) || bug == Bug.ABORTED_SHOWN,
                "more was delivered after the end");
    }

    private static void check(boolean holds, String text, @Nullable Object... values) {
        if (!holds) {
            throw new AssertionError(text.formatted(values));
        }
    }

    /** For the transcript of a failure. */
    @Override
    public String toString() {
        return bench.log().startOffset()
                + " to "
                + bench.log().endOffset()
                + ", floor "
                + bench.log().scheduleFloor()
                + bench.told();
    }

    /** Mended by the next restart. */
    private final class Faults implements LogFaults {
        @Override
        public boolean failFlush(TopicPartition name) {
            return faultsOn && random.nextInt(500) == 0;
        }

        @Override
        public long readEnd(TopicPartition name, long offset) {
            return (offset / SEGMENT + 1) * SEGMENT;
        }

        @Override
        public boolean hidesDeliveries(TopicPartition name) {
            return bug == Bug.DELIVERIES_NOT_INDEXED;
        }

        @Override
        public long floorAhead(TopicPartition name) {
            return bug == Bug.FLOOR_TOO_HIGH ? 5L : 0L;
        }

        @Override
        public boolean hidesAborted(TopicPartition name) {
            return bug == Bug.ABORTED_SHOWN;
        }
    }
}
