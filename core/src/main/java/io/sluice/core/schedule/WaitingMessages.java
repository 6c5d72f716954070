package io.sluice.core.schedule;

import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait in one partition, as its log tells them: each is known by the offset of
 * the newest record about it. Pure; fed in the order of the log, up to what is committed.
 *
 * <pre>
 *   a record ──▶ WAITING ──taken, its time has come──▶ BUSY ──delivered, carried on, cancelled──▶ gone
 *                   ▲                                   │
 *                   └──── nothing came of it, or it recurs ◀┘
 * </pre>
 *
 * <p>Who is BUSY has something about it on its way into the log, or may have: a delivery, a copy at
 * the log's end, a cancellation, also one of a transaction that is open. Nothing else is done about
 * it until that is decided, so that the log holds one end for each, whatever becomes of leaders
 * (I-27).
 */
public final class WaitingMessages {

    /** A time that does not come. */
    public static final long NEVER = Long.MAX_VALUE;

    /** When a recurring message comes again. */
    @FunctionalInterface
    public interface Recurrence {

        /** The first time behind another one, or {@link #NEVER}. */
        long nextMs(long afterMs);
    }

    /** What may be done about an entry of the timetable. */
    public enum Turn {
        /** It is the caller's, and busy. */
        TAKEN,
        /** Somebody is busy with it; it comes back if nothing comes of that. */
        LATER,
        /** It is out of date. */
        GONE
    }

    /** An entry of the timetable that is to be offered again. */
    public record Entry(long dueMs, long offset, long id) {}

    private static final class Recurring {
        private final long id;
        private final Recurrence times;
        private long dueMs;

        Recurring(long id, Recurrence times, long dueMs) {
            this.id = id;
            this.times = times;
            this.dueMs = dueMs;
        }
    }

    private final OffsetSet waiting = new OffsetSet();

    /** Those whose id is another offset. */
    private final OffsetSet moved = new OffsetSet();

    private final OffsetSet busy = new OffsetSet();

    /** Those of which an open transaction may say something; not told by {@link #busy}. */
    private final OffsetSet undecided = new OffsetSet();

    /** Whose time came while somebody was busy with them. */
    private final TreeMap<Long, Entry> put = new TreeMap<>();

    private final TreeMap<Long, Recurring> recurring = new TreeMap<>();

    public long size() {
        return waiting.size();
    }

    public int recurring() {
        return recurring.size();
    }

    /** Nothing waits below it; {@link OffsetSet#NONE} if nothing waits. */
    public long first() {
        return waiting.first();
    }

    /** The first at or above an offset, or {@link OffsetSet#NONE}. */
    public long next(long from) {
        return waiting.next(from);
    }

    public boolean waits(long offset) {
        return waiting.contains(offset);
    }

    /** Whether something about it is on its way. */
    public boolean isBusy(long offset) {
        return busy.contains(offset) || undecided.contains(offset);
    }

    /** Whether any message has moved from where its id says. */
    public boolean anyMoved() {
        return !moved.isEmpty();
    }

    public boolean isMoved(long offset) {
        return moved.contains(offset);
    }

    /** The due time of a recurring message, or -1. */
    public long recursAtMs(long offset) {
        Recurring found = recurring.get(offset);
        return found == null ? -1L : found.dueMs;
    }

    /** Where a recurring message is, by its id; -1 if there is none. */
    public long recurringOffset(long id) {
        for (var entry : recurring.entrySet()) {
            if (entry.getValue().id == id) {
                return entry.getKey();
            }
        }
        return -1L;
    }

    /** What waits now, for another thread. */
    public OffsetSet copy() {
        return waiting.copy();
    }

    /**
     * A record says that a message waits.
     *
     * @param previous the record that it replaces, or {@link Later#NONE}
     */
    public void later(
            long offset, long dueMs, long id, long previous, @Nullable Recurrence recurs) {
        if (previous != Later.NONE) {
            settled(previous);
        }
        waiting.add(offset);
        if (id != offset) {
            moved.add(offset);
        }
        if (recurs != null) {
            recurring.put(offset, new Recurring(id, recurs, dueMs));
        }
    }

    /** It waits no more; whether it did. */
    public boolean settled(long offset) {
        boolean did = waiting.remove(offset);
        moved.remove(offset);
        busy.remove(offset);
        undecided.remove(offset);
        if (!put.isEmpty()) {
            put.remove(offset);
        }
        if (!recurring.isEmpty()) {
            recurring.remove(offset);
        }
        return did;
    }

    /**
     * It was delivered.
     *
     * @param dueMs when it was due
     * @param atMs when it was delivered
     * @return when it comes again; {@link #NEVER} if it does not, or that is known already. What
     *     was missed meanwhile does not come.
     */
    public long delivered(long offset, long dueMs, long atMs) {
        Recurring again = recurring.isEmpty() ? null : recurring.get(offset);
        if (again == null) {
            settled(offset);
            return NEVER;
        }
        if (dueMs < again.dueMs) {
            return NEVER;
        }
        long nextMs = again.times.nextMs(Math.max(dueMs, atMs));
        if (nextMs == NEVER) {
            settled(offset);
            return NEVER;
        }
        again.dueMs = nextMs;
        busy.remove(offset);
        put.remove(offset);
        return nextMs;
    }

    /** The time of an entry has come. */
    public Turn take(long dueMs, long offset, long id) {
        if (!waiting.contains(offset)) {
            return Turn.GONE;
        }
        Recurring found = recurring.isEmpty() ? null : recurring.get(offset);
        if (found != null && found.dueMs != dueMs) {
            return Turn.GONE;
        }
        if (isBusy(offset)) {
            put.put(offset, new Entry(dueMs, offset, id));
            return Turn.LATER;
        }
        busy.add(offset);
        return Turn.TAKEN;
    }

    /** Somebody is about to say something of it; false if it does not wait, or another one is. */
    public boolean hold(long offset) {
        if (!waiting.contains(offset) || isBusy(offset)) {
            return false;
        }
        busy.add(offset);
        return true;
    }

    /**
     * Nothing came of it.
     *
     * @return what is to be offered to the timetable again, if its time came meanwhile
     */
    public @Nullable Entry free(long offset) {
        busy.remove(offset);
        return undecided.contains(offset) ? null : taken(offset);
    }

    private @Nullable Entry taken(long offset) {
        return put.isEmpty() || !waiting.contains(offset) ? null : put.remove(offset);
    }

    /** A record of an open transaction says something of it. */
    public void undecided(long offset) {
        if (waiting.contains(offset)) {
            undecided.add(offset);
        }
    }

    /** That transaction was aborted; as {@link #free} otherwise. */
    public @Nullable Entry undone(long offset) {
        undecided.remove(offset);
        return busy.contains(offset) ? null : taken(offset);
    }
}
