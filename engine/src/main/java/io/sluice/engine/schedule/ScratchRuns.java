package io.sluice.engine.schedule;

import io.sluice.core.schedule.OffsetSet;
import io.sluice.core.schedule.Timetable;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The runs of one timetable, each a file that nobody needs after this process: the log tells it all
 * again. Owned by a loop; what may wait is done by I/O threads.
 */
final class ScratchRuns implements Timetable.Outbox {

    private static final Logger LOG = LoggerFactory.getLogger(ScratchRuns.class);
    private static final int ENTRY_BYTES = Timetable.WIDTH * Long.BYTES;

    /** Entries of each run that a merge, or a search, has in memory. */
    private static final int MERGE_ENTRIES = 2048;

    /** Where the scratch files of all timetables lie. Any thread. */
    static final class Place {
        private final Disk disk;
        private final Path folder;
        private final IoThreads io;
        private boolean ready;

        Place(Disk disk, Path folder, IoThreads io) {
            this.disk = disk;
            this.folder = folder;
            this.io = io;
        }

        /** Takes away what an earlier process left, once. On an I/O thread. */
        synchronized Path prepare() throws IOException {
            if (!ready) {
                disk.createDirectories(folder);
                for (Path left : disk.list(folder)) {
                    disk.delete(folder.resolve(left));
                }
                ready = true;
            }
            return folder;
        }
    }

    /** Hears what became of it. */
    interface Listener {
        /** Entries may have come into memory. */
        void moved();

        /** The disk does not serve: there is no timetable any more. */
        void failed(IOException fault);
    }

    private static final class Run {
        private final Path path;
        private final DiskFile file;
        private final long entries;
        private int users;
        private boolean deleted;

        Run(Path path, DiskFile file, long entries) {
            this.path = path;
            this.file = file;
            this.entries = entries;
        }
    }

    private final Place place;
    private final String name;
    private final EventLoop loop;
    private final Supplier<OffsetSet> waiting;
    private final Listener listener;
    private final Map<Long, Run> runs = new HashMap<>();
    private Timetable timetable = new Timetable(this, () -> 1);
    private boolean closed;

    /**
     * @param name of no other timetable of this process
     * @param waiting a copy of what waits now
     */
    ScratchRuns(
            Place place,
            String name,
            EventLoop loop,
            Supplier<OffsetSet> waiting,
            Listener listener) {
        this.place = place;
        this.name = name;
        this.loop = loop;
        this.waiting = waiting;
        this.listener = listener;
    }

    /** Whose runs they are; before anything else. */
    void serve(Timetable owner) {
        timetable = owner;
    }

    void close() {
        closed = true;
        List.copyOf(runs.keySet()).forEach(this::delete);
    }

    @Override
    public void write(long number, long[] entries) {
        Path path = path(number);
        place.io.call(
                IoThreads.Lane.READ, // whoever reads the log on waits for it
                () -> {
                    place.prepare();
                    long[] sorted = entries.clone();
                    Timetable.sort(sorted);
                    DiskFile file = place.disk.open(path, Disk.Mode.TRUNCATE);
                    try {
                        file.write(bytes(sorted, sorted.length), 0L);
                    } catch (IOException e) {
                        file.close();
                        throw e;
                    }
                    return new Run(path, file, sorted.length / Timetable.WIDTH);
                },
                loop,
                completion(run -> {
                    runs.put(number, run);
                    if (closed) {
                        delete(number);
                    } else {
                        timetable.written(number);
                    }
                }));
    }

    private Path path(long number) {
        return place.folder.resolve(name + "-" + number);
    }

    private <T> Completion<T> completion(Consumer<T> done) {
        return Completion.of(
                value -> {
                    done.accept(value);
                    if (!closed) {
                        listener.moved();
                    }
                },
                fault -> {
                    if (!closed) {
                        listener.failed(fault);
                    }
                });
    }

    private static ByteBuffer bytes(long[] entries, int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length * Long.BYTES);
        bytes.asLongBuffer().put(entries, 0, length);
        return bytes;
    }

    @Override
    public void read(long number, long from, int entries) {
        Run run = runs.get(number);
        if (run == null) {
            return; // a run that is not there is not in the timetable either
        }
        run.users++;
        place.io.call(
                IoThreads.Lane.READ,
                () -> page(run, from, entries),
                loop,
                completed(
                        List.of(run),
                        page -> {
                            if (!closed) {
                                timetable.page(number, page);
                            }
                        }));
    }

    private static long[] page(Run run, long from, int entries) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(entries * ENTRY_BYTES);
        while (bytes.hasRemaining()) {
            if (run.file.read(bytes, from * ENTRY_BYTES + bytes.position()) <= 0) {
                throw new IOException(run.path + " ends early");
            }
        }
        long[] page = new long[entries * Timetable.WIDTH];
        LongBuffer numbers = bytes.flip().asLongBuffer();
        numbers.get(page);
        return page;
    }

    /** Lets go of runs before it tells. */
    private <T> Completion<T> completed(List<Run> used, Consumer<T> done) {
        Completion<T> then = completion(done);
        return Completion.of(
                value -> {
                    used.forEach(this::release);
                    then.succeeded(value);
                },
                fault -> {
                    used.forEach(this::release);
                    then.failed(fault);
                });
    }

    private void release(Run run) {
        run.users--;
        if (run.users == 0 && run.deleted) {
            remove(run);
        }
    }

    @Override
    public void delete(long number) {
        Run run = runs.remove(number);
        if (run != null) {
            run.deleted = true;
            if (run.users == 0) {
                remove(run);
            }
        }
    }

    private void remove(Run run) {
        place.io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    run.file.close();
                    place.disk.delete(run.path);
                    return run.path;
                },
                loop,
                Completion.of(
                        path -> {},
                        fault -> LOG.warn("{} is left behind: {}", run.path, fault.getMessage())));
    }

    @Override
    public void merge(long into, List<Timetable.Part> parts) {
        List<Source> sources = sources(parts);
        List<Run> used = sources.stream().map(source -> source.run).toList();
        OffsetSet wanted = waiting.get();
        Path path = path(into);
        place.io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> merged(path, sources, wanted),
                loop,
                completed(
                        used,
                        run -> {
                            runs.put(into, run);
                            if (closed) {
                                delete(into);
                            } else {
                                timetable.merged(into, run.entries, parts);
                            }
                        }));
    }

    private List<Source> sources(List<Timetable.Part> parts) {
        List<Source> sources = new ArrayList<>(parts.size());
        for (Timetable.Part part : parts) {
            Run run = runs.get(part.run());
            if (run != null) {
                run.users++;
                sources.add(new Source(run, part.from()));
            }
        }
        return sources;
    }

    /** Reads a run from an entry on, some at a time. */
    private static final class Source {
        private final Run run;
        private long next;
        private long[] page = {};
        private int at;

        Source(Run run, long from) {
            this.run = run;
            this.next = from;
        }

        boolean advance() throws IOException {
            at += Timetable.WIDTH;
            if (at < page.length) {
                return true;
            }
            int entries = (int) Math.min(MERGE_ENTRIES, run.entries - next);
            page = entries <= 0 ? new long[0] : ScratchRuns.page(run, next, entries);
            next += entries;
            at = 0;
            return entries > 0;
        }

        boolean isBefore(Source other) {
            return page[at] < other.page[other.at]
                    || (page[at] == other.page[other.at]
                            && page[at + 1] < other.page[other.at + 1]);
        }
    }

    private Run merged(Path path, List<Source> sources, OffsetSet wanted) throws IOException {
        List<Source> open = new ArrayList<>();
        for (Source source : sources) {
            if (source.advance()) {
                open.add(source);
            }
        }
        DiskFile file = place.disk.open(path, Disk.Mode.TRUNCATE);
        try {
            return new Run(path, file, copy(open, wanted, file));
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    private static long copy(List<Source> open, OffsetSet wanted, DiskFile file)
            throws IOException {
        long[] out = new long[MERGE_ENTRIES * Timetable.WIDTH];
        int filled = 0;
        long written = 0;
        while (!open.isEmpty()) {
            Source first = open.getFirst();
            for (Source source : open) {
                first = source.isBefore(first) ? source : first;
            }
            if (wanted.contains(first.page[first.at + 1])) {
                System.arraycopy(first.page, first.at, out, filled, Timetable.WIDTH);
                filled += Timetable.WIDTH;
            }
            if (!first.advance()) {
                open.remove(first);
            }
            if (filled == out.length || (open.isEmpty() && filled > 0)) {
                file.write(bytes(out, filled), written * ENTRY_BYTES);
                written += filled / Timetable.WIDTH;
                filled = 0;
            }
        }
        return written;
    }

    /**
     * Looks through runs for messages.
     *
     * @param done what was found: id and offset in turn
     */
    void find(List<Timetable.Part> parts, Timetable.Ids wanted, Consumer<List<Long>> done) {
        List<Source> sources = sources(parts);
        place.io.call(
                IoThreads.Lane.READ,
                () -> {
                    List<Long> found = new ArrayList<>();
                    for (Source source : sources) {
                        while (source.advance()) {
                            if (wanted.contains(source.page[source.at + 2])) {
                                found.add(source.page[source.at + 2]);
                                found.add(source.page[source.at + 1]);
                            }
                        }
                    }
                    return found;
                },
                loop,
                completed(sources.stream().map(source -> source.run).toList(), done));
    }
}
