package io.sluice.core.schedule;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * When what waits in a partition is due: what comes first in memory, the rest in sorted runs
 * outside of it, of which a page each is in memory. Any distribution of times takes the same
 * memory. Pure: what is to be written and read goes to the {@link Outbox}.
 *
 * <pre>
 *   offered ──▶ near ──too many: all but the first──▶ a run: WRITING ──▶ WRITTEN ──read to its end──▶ gone
 *                                                        ▲                  │
 *                                                        └──── merged ◀─────┘ too many
 * </pre>
 *
 * <p>Entries are never taken back: of what does not wait any more the owner learns when its time
 * has come, or it is left out of a merge. An entry may come twice after a merge, and a little out
 * of order while a page is read; never before its time.
 */
public final class Timetable {

    /** Nothing waits. */
    public static final long NEVER = Long.MAX_VALUE;

    /** Runs before the smallest become one. */
    public static final int MAX_RUNS = 24;

    /** Entries read at once. */
    public static final int PAGE = 1024;

    /** Of what is too many in memory, one of so many stays there. */
    private static final int KEPT_PART = 8;

    /** Messages that are looked for. */
    @FunctionalInterface
    public interface Ids {
        boolean contains(long id);
    }

    /** Takes entries of messages that were looked for; some may not wait any more. */
    @FunctionalInterface
    public interface Found {
        void found(long id, long offset);
    }

    /** A run from one of its entries on. */
    public record Part(long run, long from) {}

    /** What is done outside. An entry is {@link #WIDTH} numbers: due time, offset, id. */
    public interface Outbox {

        /**
         * To be sorted by due time and offset, and written; answered by {@link #written}. Belongs
         * to both until then: nobody changes it.
         */
        void write(long run, long[] entries);

        /** Answered by {@link #page}. */
        void read(long run, long from, int entries);

        /**
         * To be merged into a new run, without what does not wait any more; answered by {@link
         * #merged}.
         */
        void merge(long into, List<Part> parts);

        /** Nobody reads it any more. */
        void delete(long run);
    }

    /** Numbers of an entry. */
    public static final int WIDTH = DueHeap.WIDTH;

    private static final long[] NOTHING = {};

    private static final class Run {
        private final long number;

        /** While it is written. */
        private long @Nullable [] unwritten;

        private long entries;

        /** Those before it were taken or are in memory. */
        private long readTo;

        private long[] page = NOTHING;
        private int at;
        private long[] next = NOTHING;
        private boolean reading;
        private boolean merging;

        Run(long number, long entries) {
            this.number = number;
            this.entries = entries;
        }

        boolean hasHead() {
            return at < page.length;
        }

        long dueMs() {
            return page[at];
        }

        long offset() {
            return page[at + 1];
        }

        /** Entries that were not taken. */
        long left() {
            return entries - readTo + (page.length - at + next.length) / WIDTH;
        }

        long taken() {
            return entries - left();
        }
    }

    private final Outbox outbox;
    private final IntSupplier quota;
    private final DueHeap near = new DueHeap();
    private final List<Run> runs = new ArrayList<>(0);
    private long lastRun;
    private @Nullable Run writing;
    private boolean merging;
    private long dueMs;
    private long offset;
    private long id;

    /**
     * @param quota how many entries may be in memory, but for pages; may change
     */
    public Timetable(Outbox outbox, IntSupplier quota) {
        this.outbox = outbox;
        this.quota = quota;
    }

    /** Sorts entries as a run has them. */
    public static void sort(long[] entries) {
        DueHeap.sort(entries);
    }

    /** All entries, those of what does not wait any more among them. */
    public long size() {
        long all = near.size();
        for (Run run : runs) {
            all += run.left();
        }
        return all;
    }

    /** Whether no more should be offered until a write has ended. */
    public boolean isFull() {
        return writing != null && near.size() >= quota.getAsInt();
    }

    /** Takes an entry in. */
    public void offer(long due, long at, long message) {
        near.add(due, at, message);
        int most = quota.getAsInt();
        if (near.size() > most && writing == null) {
            long[] far = near.takeFar(Math.max(1, most / KEPT_PART));
            Run run = new Run(++lastRun, far.length / WIDTH);
            run.unwritten = far;
            writing = run;
            runs.add(run);
            outbox.write(run.number, far);
        }
    }

    /** A run is outside of the memory. */
    public void written(long number) {
        Run run = find(number);
        if (run != null) {
            run.unwritten = null;
            writing = null;
            readAhead(run);
            mergeIfMany();
        }
    }

    /** A piece of a run was read. */
    public void page(long number, long[] entries) {
        Run run = find(number);
        if (run == null) {
            return;
        }
        run.reading = false;
        run.readTo += entries.length / WIDTH;
        if (run.hasHead()) {
            run.next = entries;
        } else {
            run.page = entries;
            run.at = 0;
        }
        readAhead(run);
    }

    /** Runs are one now. */
    public void merged(long number, long entries, List<Part> parts) {
        merging = false;
        for (Part part : parts) {
            Run run = find(part.run);
            if (run != null) {
                remove(run);
            }
        }
        if (entries == 0) {
            outbox.delete(number);
            return;
        }
        Run run = new Run(number, entries);
        runs.add(run);
        readAhead(run);
    }

    /**
     * When the next is due, {@link #NEVER} if nothing waits. What is about to be read does not
     * count.
     */
    public long nextDueMs() {
        long next = near.isEmpty() ? NEVER : near.dueMs();
        for (Run run : runs) {
            if (run.hasHead()) {
                next = Math.min(next, run.dueMs());
            }
        }
        return next;
    }

    /**
     * Takes the next entry if it is due; then it is {@link #dueMs}, {@link #offset}, {@link #id}.
     */
    public boolean poll(long nowMs) {
        Run first = null;
        long firstMs = near.isEmpty() ? NEVER : near.dueMs();
        long firstOffset = near.isEmpty() ? NEVER : near.offset();
        for (Run run : runs) {
            if (run.hasHead()
                    && (run.dueMs() < firstMs
                            || (run.dueMs() == firstMs && run.offset() < firstOffset))) {
                first = run;
                firstMs = run.dueMs();
                firstOffset = run.offset();
            }
        }
        if (firstMs > nowMs || firstOffset == NEVER) {
            return false;
        }
        dueMs = firstMs;
        offset = firstOffset;
        if (first == null) {
            id = near.id();
            near.removeTop();
        } else {
            id = first.page[first.at + 2];
            take(first);
        }
        return true;
    }

    private void take(Run run) {
        run.at += WIDTH;
        if (!run.hasHead()) {
            run.page = run.next;
            run.at = 0;
            run.next = NOTHING;
        }
        if (run.left() == 0 && !run.merging) {
            remove(run);
        } else {
            readAhead(run);
        }
    }

    public long dueMs() {
        return dueMs;
    }

    public long offset() {
        return offset;
    }

    public long id() {
        return id;
    }

    /**
     * Half of what there is of it does not wait any more, or so: merges all runs, if it is worth
     * it.
     *
     * @param waiting how many wait
     */
    public void tidy(long waiting) {
        if (!merging && !runs.isEmpty() && size() > 2 * waiting + quota.getAsInt()) {
            merge(mergeable());
        }
    }

    /**
     * Looks for messages in memory. The rest is in {@link #parts}.
     *
     * @see #parts
     */
    public void find(Ids wanted, Found found) {
        near.find(wanted, found);
        long[] unwritten = writing == null ? null : writing.unwritten;
        if (unwritten != null) {
            DueHeap.find(unwritten, unwritten.length / WIDTH, wanted, found);
        }
    }

    /** What is outside of the memory and was not taken. */
    public List<Part> parts() {
        return parts(runs.stream().filter(run -> run.unwritten == null).toList());
    }

    private static List<Part> parts(List<Run> of) {
        return of.stream().map(run -> new Part(run.number, run.taken())).toList();
    }

    private List<Run> mergeable() {
        return runs.stream().filter(run -> run.unwritten == null && !run.merging).toList();
    }

    private void readAhead(Run run) {
        if (run.unwritten == null
                && !run.reading
                && run.next.length == 0
                && run.readTo < run.entries) {
            run.reading = true;
            outbox.read(run.number, run.readTo, (int) Math.min(PAGE, run.entries - run.readTo));
        }
    }

    private void mergeIfMany() {
        List<Run> able = mergeable();
        if (!merging && able.size() >= MAX_RUNS) {
            merge(
                    able.stream()
                            .sorted(Comparator.comparingLong(Run::left))
                            .limit(MAX_RUNS / 2)
                            .toList());
        }
    }

    private void merge(List<Run> which) {
        if (which.isEmpty()) {
            return;
        }
        merging = true;
        List<Part> parts = parts(which);
        which.forEach(run -> run.merging = true);
        outbox.merge(++lastRun, parts);
    }

    private void remove(Run run) {
        runs.remove(run);
        outbox.delete(run.number);
    }

    private @Nullable Run find(long number) {
        for (Run run : runs) {
            if (run.number == number) {
                return run;
            }
        }
        return null;
    }
}
