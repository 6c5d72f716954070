package io.sluice.engine.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.Timetable;
import io.sluice.core.schedule.WaitingMessages;
import io.sluice.core.schedule.WaitingMessages.Entry;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings what is due to those who read the partition: some messages at a time are read and written
 * as one visible batch, and are forgotten once it is committed. Owned by the partition's loop.
 *
 * <pre>
 *   READING ──is read, and those before it are written──▶ ON ITS WAY ──committed──▶ over
 *      └──refused, or cannot be read──▶ all wait as before ◀── (never from here: who leads next
 *                                                              finds the batch, or does not)
 * </pre>
 */
final class Deliveries {

    /** Groups at once: the next are read while a flush runs, and gather meanwhile. */
    private static final int MAX_OUT = 3;

    private static final int MAX_RECORDS = 1_000;
    private static final int APPEND_TIMEOUT_MS = 30_000;
    private static final long RETRY_MS = 100;

    /** Whose deliveries they are. */
    interface Owner {

        /** It was delivered, and that is committed. */
        void delivered(Entry entry, long atMs);

        /** It is to be delivered later. */
        void again(Entry entry);

        /** There is no such record: retention or an operator took it. */
        void vanished(Entry entry);

        /** The next may be due, or a batch of its own needs no reading any more. */
        void moved();

        void cannotRead(IOException fault);
    }

    /** Messages that are delivered together. */
    static final class Group {
        private final List<Entry> entries;
        private final long atMs;
        private Copies.@Nullable Written written;
        private boolean read;
        private long base = -1L;
        private long end = -1L;
        private @Nullable ErrorCode answer;
        private boolean committed;

        /** Nobody will say more of it: the reader looks. */
        private boolean lost;

        Group(List<Entry> entries, long atMs) {
            this.entries = entries;
            this.atMs = atMs;
        }
    }

    /**
     * @param covered how many of the offsets were looked for
     * @param gone those of them that are not there
     */
    private record Found(Copies.@Nullable Written written, int covered, List<Entry> gone) {}

    private final Partition partition;
    private final EventLoop loop;
    private final Originals originals;
    private final Timetable timetable;
    private final WaitingMessages waiting;
    private final Owner owner;

    /** In the order in which they were due. */
    private final ArrayDeque<Group> out = new ArrayDeque<>(MAX_OUT);

    /** Those whose batch the reader has not come to. */
    private final ArrayDeque<Group> unread = new ArrayDeque<>(MAX_OUT);

    private boolean pausing;
    private boolean closed;

    Deliveries(
            Partition partition,
            Originals originals,
            Timetable timetable,
            WaitingMessages waiting,
            Owner owner) {
        this.partition = partition;
        this.loop = partition.loop();
        this.originals = originals;
        this.timetable = timetable;
        this.waiting = waiting;
        this.owner = owner;
    }

    void close() {
        closed = true;
    }

    boolean isIdle() {
        return out.isEmpty();
    }

    /** Whether it takes what is due. */
    boolean takes() {
        return !closed && !pausing && out.size() < MAX_OUT;
    }

    /** When the first was due that is on its way; {@link Timetable#NEVER} if none is. */
    long oldestDueMs() {
        long oldest = Timetable.NEVER;
        for (Group group : out) {
            if (!group.entries.isEmpty()) {
                oldest = Math.min(oldest, group.entries.getFirst().dueMs());
            }
        }
        return oldest;
    }

    /** Whether a message is on its way. */
    boolean has(long offset) {
        for (Group group : out) {
            for (Entry entry : group.entries) {
                if (entry.offset() == offset) {
                    return true;
                }
            }
        }
        return false;
    }

    /** As a reader of the log asks, see {@link ScheduleReader.Listener#ownEnd}. */
    long ownEnd(long baseOffset) {
        while (!unread.isEmpty() && unread.getFirst().end <= baseOffset) {
            unread.removeFirst(); // it was read
        }
        Group first = unread.peekFirst();
        return first != null && first.base == baseOffset && first.committed ? first.end : -1L;
    }

    long[] own() {
        long[] own = new long[2 * unread.size()];
        int at = 0;
        for (Group group : unread) {
            own[at++] = group.base;
            own[at++] = group.end;
        }
        return own;
    }

    boolean isOnItsWay(long baseOffset) {
        Group first = unread.peekFirst();
        return first != null && first.base == baseOffset && !first.committed && !first.lost;
    }

    /** Takes what is due now. */
    void goOn() {
        while (takes()) {
            Group group = due(loop.clock().wallMs());
            if (group == null) {
                return;
            }
            out.add(group);
            read(group);
        }
    }

    private @Nullable Group due(long nowMs) {
        List<Entry> entries = new ArrayList<>();
        while (entries.size() < MAX_RECORDS && timetable.poll(nowMs)) {
            Entry entry = new Entry(timetable.dueMs(), timetable.offset(), timetable.id());
            if (waiting.take(entry.dueMs(), entry.offset(), entry.id())
                    == WaitingMessages.Turn.TAKEN) {
                entries.add(entry);
            }
        }
        return entries.isEmpty() ? null : new Group(entries, nowMs);
    }

    private void read(Group group) {
        long[] offsets = group.entries.stream().mapToLong(Entry::offset).sorted().toArray();
        int attributes =
                BatchHeader.FIRED
                        | (partition.config().logAppendTime() ? BatchHeader.LOG_APPEND_TIME : 0);
        originals.read(
                offsets,
                found -> copy(group, offsets, found, attributes),
                Completion.of(found -> wasRead(group, found), fault -> notRead(group, fault)));
    }

    /** On an I/O thread. */
    private static Found copy(
            Group group, long[] offsets, @Nullable Later[] found, int attributes) {
        Copies copies = new Copies(attributes, group.atMs);
        List<Entry> gone = new ArrayList<>(0);
        for (Entry entry : group.entries) {
            int at = Arrays.binarySearch(offsets, entry.offset());
            Later later = at < found.length ? found[at] : null;
            if (later != null) {
                copies.deliver(entry.offset(), later, entry.dueMs());
            } else if (at < found.length) {
                gone.add(entry);
            }
        }
        return new Found(copies.isEmpty() ? null : copies.take(), found.length, gone);
    }

    private void wasRead(Group group, Found found) {
        if (closed) {
            return;
        }
        group.written = found.written;
        group.read = true;
        long[] offsets = group.entries.stream().mapToLong(Entry::offset).sorted().toArray();
        for (Entry entry : List.copyOf(group.entries)) {
            if (Arrays.binarySearch(offsets, entry.offset()) >= found.covered) {
                group.entries.remove(entry);
                again(entry);
            }
        }
        group.entries.removeAll(found.gone);
        found.gone.forEach(owner::vanished);
        appendReady();
    }

    private void again(Entry entry) {
        waiting.free(entry.offset());
        owner.again(entry);
    }

    private void notRead(Group group, IOException fault) {
        if (!closed) {
            out.remove(group);
            group.entries.forEach(this::again);
            pause();
            owner.cannotRead(fault);
            appendReady();
        }
    }

    private void pause() {
        pausing = true;
        loop.schedule(
                RETRY_MS,
                () -> {
                    pausing = false;
                    if (!closed) {
                        owner.moved();
                    }
                });
    }

    /** In the order in which they were due. */
    private void appendReady() {
        for (Group group : List.copyOf(out)) {
            if (closed || !group.read) {
                return;
            }
            if (group.base < 0) {
                append(group);
            }
        }
    }

    private void append(Group group) {
        Copies.Written written = group.written;
        group.written = null;
        if (written == null) {
            out.remove(group);
            owner.moved();
            return;
        }
        long before = partition.status().logEndOffset();
        group.base = before;
        partition.append(
                written.bytes(),
                written.batches(),
                (short) -1,
                APPEND_TIMEOUT_MS,
                result -> answered(group, result.error()));
        long after = partition.status().logEndOffset();
        if (closed) {
            return;
        }
        if (after > before) {
            group.end = before + written.records();
            unread.add(group);
            ErrorCode early = group.answer;
            if (early != null) {
                ended(group, early);
            }
        } else {
            out.remove(group);
            group.entries.forEach(this::again);
            pause();
            owner.moved();
        }
    }

    private void answered(Group group, ErrorCode error) {
        group.answer = error;
        if (!closed && group.end >= 0 && !group.committed) {
            ended(group, error);
        }
    }

    /** Of what is in the log and was not heard of, the reader tells, or who leads next. */
    private void ended(Group group, ErrorCode error) {
        if (error == ErrorCode.NONE) {
            group.committed = true;
            out.remove(group);
            group.entries.forEach(entry -> owner.delivered(entry, group.atMs));
        } else {
            group.lost = true;
        }
        owner.moved();
    }

    /** The reader has come so far: what lies before is committed, whatever was answered. */
    void wasTold(long upTo) {
        for (Group group : List.copyOf(out)) {
            if (group.end >= 0 && group.end <= upTo) {
                ended(group, ErrorCode.NONE);
            }
        }
    }
}
