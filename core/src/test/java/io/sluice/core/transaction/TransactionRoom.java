package io.sluice.core.transaction;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator with a clock and a log in memory, as a host would run it: an answer is given once
 * the events before it are committed.
 */
final class TransactionRoom {

    static final TransactionSettings SETTINGS =
            new TransactionSettings(60_000, false, 1_000, 100_000, 10_000, 100, (short) 2);

    private record Entry(ByteBuffer key, @Nullable ByteBuffer value) {}

    final Map<Long, TransactionReply> answers = new HashMap<>();
    private final Supplier<Coordinator<TransactionCommand, TransactionEvent, TransactionReply>>
            machines;
    private final List<Entry> log = new ArrayList<>();
    private final List<Entry> uncommitted = new ArrayList<>();
    private final List<Answer<TransactionReply>> held = new ArrayList<>();

    /** A decision is committed at once, unless a test commits by hand. */
    boolean commitsAtOnce = true;

    /** A mistake: answers go out before what they rest on is committed. */
    boolean answersEarly;

    Coordinator<TransactionCommand, TransactionEvent, TransactionReply> machine;
    long nowMs = 1_000_000L;
    private long nextToken;
    private long nextProducerId = 100;

    TransactionRoom(TransactionSettings settings) {
        this(() -> new TransactionCoordinator(settings, CheckBacks.NONE));
    }

    TransactionRoom(
            Supplier<Coordinator<TransactionCommand, TransactionEvent, TransactionReply>>
                    machines) {
        this.machines = machines;
        this.machine = machines.get();
    }

    long ask(TransactionCommand command) {
        long token = nextToken++;
        take(machine.decide(token, command, nowMs));
        return token;
    }

    long freshId() {
        return nextProducerId++;
    }

    /** Asks what is answered at once. */
    <R extends TransactionReply> R now(TransactionCommand command, Class<R> type) {
        long token = ask(command);
        TransactionReply answer = answers.remove(token);
        if (answer == null) {
            throw new AssertionError("no answer to " + command);
        }
        return type.cast(answer);
    }

    /** The answer that has come to an earlier question. */
    <R extends TransactionReply> Optional<R> answer(long token, Class<R> type) {
        return Optional.ofNullable(answers.get(token)).map(type::cast);
    }

    private void take(Decision<TransactionEvent, TransactionReply> decision) {
        for (TransactionEvent event : decision.events()) {
            machine.apply(event);
            byte[] value = TransactionEventFormat.value(event);
            uncommitted.add(
                    new Entry(
                            ByteBuffer.wrap(TransactionEventFormat.key(event)),
                            value == null ? null : ByteBuffer.wrap(value)));
        }
        held.addAll(decision.answers());
        if (answersEarly) {
            tell();
        }
        if (commitsAtOnce) {
            commit();
        }
    }

    /** Events are stored for good and answers go out. */
    void commit() {
        log.addAll(uncommitted);
        uncommitted.clear();
        tell();
    }

    private void tell() {
        for (Answer<TransactionReply> answer : held) {
            TransactionReply before = answers.put(answer.token(), answer.reply());
            if (before != null) {
                throw new AssertionError(answer.token() + " was answered twice");
            }
        }
        held.clear();
    }

    /** Time passes; what is due happens when it is due. */
    void advance(long ms) {
        long until = nowMs + ms;
        while (machine.nextDeadlineMs() <= until) {
            nowMs = Math.max(nowMs, machine.nextDeadlineMs());
            take(machine.onDeadline(nowMs));
        }
        nowMs = until;
    }

    /**
     * The next machine, from what is committed.
     *
     * @param compacted only the last record of every key, as after compaction
     */
    void reload(boolean compacted) {
        uncommitted.clear();
        held.clear();
        List<Entry> entries = log;
        if (compacted) {
            Map<ByteBuffer, Entry> last = new LinkedHashMap<>();
            for (Entry entry : log) {
                last.remove(entry.key);
                last.put(entry.key, entry);
            }
            entries = List.copyOf(last.values());
        }
        machine = machines.get();
        answers.clear();
        try {
            for (Entry entry : entries) {
                ByteBuffer value = entry.value;
                TransactionEvent event =
                        TransactionEventFormat.read(
                                entry.key.duplicate(), value == null ? null : value.duplicate());
                if (event != null) {
                    machine.apply(event);
                }
            }
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }
}
