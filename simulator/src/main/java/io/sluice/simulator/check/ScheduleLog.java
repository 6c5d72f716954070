package io.sluice.simulator.check;

import static java.util.Objects.requireNonNull;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.Deletion;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.simulator.check.Wanted.When;
import io.sluice.simulator.world.Violation;
import io.sluice.storage.compress.LibraryCodecs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the log of one partition says of messages that wait, read in its order: a message waits from
 * the record that tells of it on, until it is delivered, cancelled or replaced, and only what waits
 * may be (docs/adr/delayed-messages.md).
 */
final class ScheduleLog {

    /** What came up. */
    enum Count {
        DELIVERED,
        CAME_AGAIN,
        CANCELLED,
        RESCHEDULED,
        CARRIED,
        FLOORS,
        COMMITTED,
        ABORTED
    }

    private static final class Waiting {
        private final Wanted message;
        private final long id;
        private long dueMs;
        private boolean came;

        Waiting(Wanted message, long id, long dueMs) {
            this.message = message;
            this.id = id;
            this.dueMs = dueMs;
        }

        @Override
        public String toString() {
            return "%d: %s due %d".formatted(id, message, dueMs);
        }
    }

    private final TopicPartition name;
    private final ScheduleBook book;
    private final LibraryCodecs codecs = new LibraryCodecs();
    private final TreeMap<Long, Stored> batches = new TreeMap<>();

    /** By the offset of the record that tells of it now. */
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();

    /** What open transactions say, by their producers and offsets. */
    private final Map<Long, TreeMap<Long, ScheduleRecord>> undecided = new HashMap<>();

    /** Those of which an open transaction says something, by where they wait: where it does. */
    private final Map<Long, Long> held = new HashMap<>();

    /** Whose end lies where, for the transcript of a failure. */
    private final Map<Long, String> ended = new HashMap<>();

    /** The ids of messages that were cancelled, by where that is written. */
    private final Map<Long, Long> cancels = new HashMap<>();

    private final EnumMap<Count, Long> counts = new EnumMap<>(Count.class);
    private long next;
    private long floor = ScheduleRecord.NO_FLOOR;

    ScheduleLog(TopicPartition name, ScheduleBook book) {
        this.name = name;
        this.book = book;
    }

    long count(Count what) {
        return counts.getOrDefault(what, 0L);
    }

    private void count(Count what, int times) {
        counts.merge(what, (long) times, Long::sum);
    }

    private Violation broken(String rule, long offset, String what, Object... values) {
        return new Violation(rule, "%s at %d: %s".formatted(name, offset, what.formatted(values)));
    }

    // ---- reading

    void read(Stored batch, ByteBuffer bytes) {
        Stored before = batches.get(batch.baseOffset());
        if (before != null) {
            same(before, batch);
            return;
        }
        if (batch.baseOffset() != next) {
            throw broken("I-1", next, "there is %s", batch);
        }
        batches.put(batch.baseOffset(), batch);
        next = batch.nextOffset();
        try {
            take(BatchHeader.read(bytes, 0), bytes);
        } catch (RecordFormatException e) {
            throw broken(
                    "I-2", batch.baseOffset(), "no records: %s", String.valueOf(e.getMessage()));
        }
    }

    private void same(Stored before, Stored now) {
        if (!before.equals(now)) {
            throw broken("I-2", now.baseOffset(), "%s, and %s before", now, before);
        }
    }

    private void take(BatchHeader header, ByteBuffer bytes) throws RecordFormatException {
        if (header.isMarker()) {
            end(header, bytes);
            return;
        }
        RecordReader records = RecordReader.of(header, bytes, codecs);
        while (records.next()) {
            if (header.isFired()) {
                delivered(header.leaderEpoch(), records);
            } else if (header.isHidden()) {
                ScheduleRecord record = ScheduleRecord.read(records.key(), records.value());
                if (header.isTransactional()) {
                    undecided(header.producerId(), records.offset(), record);
                } else {
                    hidden(records.offset(), record);
                }
            } else {
                Wanted one = sent(records.key(), records.offset());
                if (!(one.when instanceof When.Now)) {
                    throw broken("I-27", records.offset(), "%s is visible at once", one);
                }
                book.found(one, records.offset());
            }
        }
    }

    private Wanted sent(ByteBuffer key, long offset) {
        return book.of(name, StandardCharsets.UTF_8.decode(key).toString(), offset);
    }

    // ---- transactions

    /** An open one says so: it counts when that is committed, and until then nobody else does. */
    private void undecided(long producerId, long offset, ScheduleRecord record) {
        undecided.computeIfAbsent(producerId, one -> new TreeMap<>()).put(offset, record);
        switch (record) {
            case Later later -> {
                Wanted message = sent(ByteBuffer.wrap(requireNonNull(later.messageKey())), offset);
                book.found(message, offset);
                mayBeDue(offset, message, later);
                if (later.previous() != Later.NONE) {
                    isHeld(offset, later.previous());
                }
            }
            case Settled settled -> {
                for (long one : settled.offsets()) {
                    isHeld(offset, one);
                }
            }
            default -> throw broken("I-27", offset, "%s in a transaction", record);
        }
    }

    private void isHeld(long offset, long which) {
        if (!waiting.containsKey(which)) {
            throw broken("I-27", offset, "what does not wait at %d is taken hold of", which);
        }
        Long before = held.put(which, offset);
        if (before != null) {
            throw broken("I-27", offset, "%d is held already, by what is at %d", which, before);
        }
    }

    private void end(BatchHeader marker, ByteBuffer bytes) throws RecordFormatException {
        var records = undecided.remove(marker.producerId());
        if (records == null) {
            return;
        }
        held.values().removeIf(records::containsKey);
        boolean commits = ControlBatch.read(marker, bytes).kind() == ControlRecord.Kind.COMMIT;
        count(commits ? Count.COMMITTED : Count.ABORTED, 1);
        if (commits) {
            records.forEach(this::committed);
        }
    }

    private void committed(long offset, ScheduleRecord record) {
        if (offset < floor) {
            throw broken("I-27", offset, "%s counts from now on, below a floor", record);
        }
        hidden(offset, record);
    }

    // ---- what waits

    private void hidden(long offset, ScheduleRecord record) {
        switch (record) {
            case Later later -> later(offset, later);
            case Settled settled -> {
                for (long one : settled.offsets()) {
                    cancelled(offset, one);
                }
            }
            case Deletion order -> {} // what waits is carried first, as later ones tell
            case ScheduleRecord.Other other ->
                    throw broken("I-27", offset, "%s, which nobody writes", other);
        }
        if (record.floor() > ScheduleRecord.NO_FLOOR) {
            count(Count.FLOORS, 1);
            floor = Math.max(floor, record.floor());
            if (!waiting.headMap(record.floor()).isEmpty()) {
                throw broken(
                        "I-27",
                        offset,
                        "a floor of %d, below which there waits %s",
                        record.floor(),
                        waiting.firstEntry().getValue());
            }
        }
    }

    private void later(long offset, Later later) {
        Wanted message = sent(ByteBuffer.wrap(requireNonNull(later.messageKey())), offset);
        if (later.previous() == Later.NONE) {
            found(offset, message, later);
            waiting.put(offset, new Waiting(message, later.idAt(offset), later.dueMs()));
            return;
        }
        Waiting was = end(later.previous(), offset, "replaced");
        if (later.idAt(offset) != was.id) {
            throw broken("I-27", offset, "message %d takes the place of %s", later.id(), was);
        }
        if (message == was.message) {
            count(Count.CARRIED, 1);
            if (later.dueMs() != was.dueMs) {
                throw broken("I-27", offset, "%s is carried as due %d", was, later.dueMs());
            }
        } else {
            count(Count.RESCHEDULED, 1);
            found(offset, message, later);
            if (message.target != was.id) {
                throw broken("I-27", offset, "%s takes the place of %s", message, was);
            }
        }
        waiting.put(offset, new Waiting(message, was.id, later.dueMs()));
    }

    private void found(long offset, Wanted message, Later later) {
        if (message.foundAt != offset) { // or it was undecided so far
            book.found(message, offset);
            mayBeDue(offset, message, later);
        }
    }

    private void mayBeDue(long offset, Wanted message, Later later) {
        if (!message.allows(later.dueMs())) {
            throw broken("I-27", offset, "%s is due %d", message, later.dueMs());
        }
    }

    private void cancelled(long offset, long which) {
        Waiting was = end(which, offset, "cancelled");
        if (!book.mayBeCancelled(name, was.id)) {
            throw broken("I-27", offset, "%s is cancelled, and nobody wanted it", was);
        }
        cancels.put(offset, was.id);
        count(Count.CANCELLED, 1);
    }

    /** It waits no more, because of a record. */
    private Waiting end(long which, long by, String how) {
        Long holder = held.get(which);
        if (holder != null) {
            throw broken("I-27", by, "%d is %s, and what is at %d holds it", which, how, holder);
        }
        Waiting was = waiting.remove(which);
        if (was == null) {
            throw broken(
                    "I-27",
                    by,
                    "what does not wait at %d is %s; %s",
                    which,
                    how,
                    ended.getOrDefault(which, "it never did"));
        }
        ended.put(which, "%s was %s at %d".formatted(was, how, by));
        return was;
    }

    private void delivered(int epoch, RecordReader record) throws RecordFormatException {
        long offset = record.offset();
        Map<String, byte[]> headers = new HashMap<>();
        for (RecordHeader header : record.headers()) {
            headers.put(header.name(), requireNonNull(header.value()));
        }
        long from = ByteBuffer.wrap(requireNonNull(headers.get(ScheduleHeaders.FROM))).getLong();
        Waiting was = end(from, offset, "delivered");
        long atMs = record.timestamp();
        boolean itself =
                sent(record.key(), offset) == was.message
                        && number(headers, ScheduleHeaders.ID) == was.id
                        && number(headers, ScheduleHeaders.DUE) == was.dueMs;
        if (!itself) {
            throw broken("I-27", offset, "what is delivered is not %s", was);
        }
        long latestMs = book.latestMs(name, epoch, offset);
        if (Math.min(atMs, latestMs) < was.dueMs) {
            throw broken(
                    "I-27",
                    offset,
                    "%s is early: it says %d, and the leader's clock had shown %d",
                    was,
                    atMs,
                    latestMs);
        }
        count(Count.DELIVERED, 1);
        count(Count.CAME_AGAIN, was.came ? 1 : 0);
        long againMs = was.message.next(Math.max(was.dueMs, atMs));
        if (againMs != Long.MAX_VALUE) {
            was.dueMs = againMs;
            was.came = true;
            waiting.put(from, was);
        }
    }

    private static long number(Map<String, byte[]> headers, String name) {
        return Long.parseLong(
                new String(requireNonNull(headers.get(name)), StandardCharsets.UTF_8));
    }

    // ---- the end

    /** When the first of those that wait is due. */
    long firstDueMs() {
        return waiting.values().stream().mapToLong(one -> one.dueMs).min().orElse(Long.MAX_VALUE);
    }

    /** The final copy is what was read, from where it begins. */
    void judge(List<Stored> copy) {
        long at = copy.isEmpty() ? next : copy.getFirst().baseOffset();
        for (Stored one : copy) {
            Stored before = batches.get(one.baseOffset());
            if (one.baseOffset() != at || before == null) {
                throw broken(
                        "I-1", at, "there is %s, where %s was read", one, String.valueOf(before));
            }
            same(before, one);
            at = one.nextOffset();
        }
        if (at != next) {
            throw broken("I-8", at, "the log ends, and was read up to %d", next);
        }
        if (!waiting.isEmpty()
                && !copy.isEmpty()
                && waiting.firstKey() < copy.getFirst().baseOffset()) {
            throw broken(
                    "I-27",
                    copy.getFirst().baseOffset(),
                    "the log begins, and there waits before %s",
                    waiting.firstEntry().getValue());
        }
    }

    /** What its sender was told is there. */
    void mustHave(Wanted one) {
        boolean has =
                one.when instanceof When.Never
                        ? cancels.getOrDefault(one.toldAt, Wanted.NOBODY) == one.target
                        : one.foundAt == one.toldAt;
        if (!has) {
            throw broken(
                    one.when instanceof When.Never ? "I-27" : "I-8",
                    one.toldAt,
                    "%s was acknowledged, and is not here but at %d",
                    one,
                    one.foundAt);
        }
    }

    @Override
    public String toString() {
        return "%d wait, the first %s"
                .formatted(
                        waiting.size(),
                        waiting.values().stream()
                                .min((a, b) -> Long.compare(a.dueMs, b.dueMs))
                                .map(Waiting::toString)
                                .orElse("none"));
    }
}
