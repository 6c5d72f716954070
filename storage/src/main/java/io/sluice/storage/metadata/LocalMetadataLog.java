package io.sluice.storage.metadata;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.LeadershipLostException;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import io.sluice.storage.metadata.MetadataFiles.Found;
import io.sluice.storage.metadata.MetadataFiles.OpenLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata log of a single broker: committed means on this disk. Entries that wait are written
 * as one block and forced once; while that runs the next ones gather. Owned by the metadata's loop,
 * but for {@link #close}.
 *
 * <p>After a failed write or force the fate of that block is unknown, so nothing is taken any more:
 * the broker has to stop. A start reads what is there and goes on from it.
 *
 * <p>A snapshot is written beside the log and then begins a new one; see {@link MetadataFiles}.
 */
public final class LocalMetadataLog implements MetadataLog {

    /** Entries that may wait for their block; one more is refused. */
    static final int MAX_WAITING = 10_000;

    /** The only one: nobody else ever decides. */
    static final long TERM = 0L;

    /** Bytes after which no further entry joins a block. */
    static final int FULL_BLOCK_BYTES = 4 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(LocalMetadataLog.class);

    private final int brokerId;
    private final MetadataFiles files;
    private final IoThreads io;
    private final EventLoop loop;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private @Nullable OpenLog log;
    private @Nullable Listener listener;
    private long nextIndex;
    private boolean busy;
    private boolean closed;
    private @Nullable IOException fault;
    private @Nullable Storing storing;

    /** An entry whose block is to come. */
    private record Waiting(ByteBuffer entry, Completion<Long> done) {}

    /** A snapshot under way. */
    private static final class Storing {
        private final long index;
        private final Completion<Long> done;
        private boolean written;

        Storing(long index, Completion<Long> done) {
            this.index = index;
            this.done = done;
        }
    }

    public LocalMetadataLog(int brokerId, Disk disk, Path directory, IoThreads io, EventLoop loop) {
        this.brokerId = brokerId;
        this.files = new MetadataFiles(disk, directory);
        this.io = io;
        this.loop = loop;
    }

    @Override
    public void start(Listener to, Completion<Long> done) {
        listener = to;
        io.call(
                IoThreads.Lane.MAINTENANCE,
                files::load,
                loop,
                Completion.of(
                        found -> {
                            replay(found, to);
                            done.succeeded(nextIndex - 1);
                        },
                        cause -> {
                            fault = cause;
                            done.failed(cause);
                        }));
    }

    private void replay(Found found, Listener to) {
        log = found.log();
        nextIndex = found.nextIndex();
        if (found.snapshot() != null) {
            to.restore(found.snapshot().index(), found.snapshot().state());
        }
        long index = nextIndex - found.entries().size();
        for (ByteBuffer entry : found.entries()) {
            to.apply(index++, entry);
        }
        to.leadership(true, TERM);
    }

    @Override
    public void append(long term, ByteBuffer entry, Completion<Long> done) {
        IOException refusal =
                term == TERM
                        ? refusal(entry)
                        : new LeadershipLostException(
                                "term %d is not the local log's".formatted(term));
        if (refusal != null) {
            done.failed(refusal);
            return;
        }
        waiting.addLast(new Waiting(entry, done));
        next();
    }

    private @Nullable IOException refusal(ByteBuffer entry) {
        if (fault != null) {
            return fault;
        }
        if (closed || log == null) {
            return new LeadershipLostException("the metadata log is not open");
        }
        if (waiting.size() >= MAX_WAITING) {
            return new IOException(MAX_WAITING + " metadata entries wait already");
        }
        int most = MetadataFormat.MAX_BYTES - MetadataFormat.BLOCK_HEADER_BYTES - 4;
        return entry.remaining() > most
                ? new IOException(
                        "a metadata entry of %d bytes: %d are the most"
                                .formatted(entry.remaining(), most))
                : null;
    }

    /** Begins the next step that touches the log's file, if none is under way. */
    private void next() {
        if (busy || log == null || fault != null) {
            return;
        }
        if (closed) {
            closeFile(log);
        } else if (storing != null && storing.written) {
            roll(log, storing);
        } else if (!waiting.isEmpty()) {
            write(log);
        }
    }

    private void write(OpenLog to) {
        List<Waiting> group = new ArrayList<>();
        List<ByteBuffer> entries = new ArrayList<>();
        int bytes = 0;
        while (!waiting.isEmpty()
                && (group.isEmpty()
                        || bytes + waiting.getFirst().entry.remaining() <= FULL_BLOCK_BYTES)) {
            Waiting one = waiting.removeFirst();
            bytes += one.entry.remaining();
            group.add(one);
            entries.add(one.entry);
        }
        ByteBuffer block = MetadataFormat.block(nextIndex, entries);
        ByteBuffer mark = MetadataFormat.mark(nextIndex + group.size());
        long end = to.endBytes() + block.remaining();
        busy = true;
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    to.file().write(block.duplicate(), to.endBytes());
                    to.file().force();
                    to.file().write(mark, end); // not forced: the next block takes its place
                    return end;
                },
                loop,
                Completion.of(
                        stored -> {
                            log = new OpenLog(to.file(), to.firstIndex(), stored);
                            committed(group, block);
                        },
                        cause -> fail(cause, group)));
    }

    /** Gives the entries to the listener as they were stored, each before its own completion. */
    private void committed(List<Waiting> group, ByteBuffer block) {
        MetadataFormat.Block stored = MetadataFormat.readBlock(block, 0);
        if (stored == null || listener == null) {
            throw new IllegalStateException("a block of this log cannot be read back");
        }
        for (int i = 0; i < group.size(); i++) {
            long index = nextIndex++;
            listener.apply(index, stored.entries().get(i));
            group.get(i).done.succeeded(index);
        }
        busy = false;
        next();
    }

    private void fail(IOException cause, List<Waiting> group) {
        fault = cause; // what the device kept is unknown: no further entry counts
        busy = false;
        List<Waiting> all = new ArrayList<>(group);
        all.addAll(waiting);
        waiting.clear();
        all.forEach(one -> one.done.failed(cause));
    }

    @Override
    public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
        if (fault != null) {
            done.failed(fault);
        } else if (closed || log == null || storing != null) {
            done.failed(new IOException("the metadata log is not open, or stores a state already"));
        } else if (index >= nextIndex) {
            done.failed(new IOException("metadata entry %d is not committed".formatted(index)));
        } else {
            store(new Storing(index, done), state);
        }
    }

    private void store(Storing begun, ByteBuffer state) {
        storing = begun;
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    files.writeSnapshot(begun.index, state);
                    return begun.index;
                },
                loop,
                Completion.of(
                        index -> {
                            if (closed || fault != null) {
                                storing = null;
                                begun.done.succeeded(index); // the next start begins from it
                                return;
                            }
                            begun.written = true;
                            next();
                        },
                        cause -> {
                            storing = null;
                            begun.done.failed(cause); // the log holds all that the state would
                        }));
    }

    private void roll(OpenLog from, Storing stored) {
        if (from.firstIndex() == nextIndex) {
            tidy(stored);
            return;
        }
        long first = nextIndex;
        busy = true;
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    OpenLog to = files.newLog(first);
                    from.file().close();
                    return to;
                },
                loop,
                Completion.of(
                        to -> {
                            log = to;
                            busy = false;
                            tidy(stored);
                        },
                        cause -> {
                            storing = null;
                            fail(cause, List.of());
                            stored.done.failed(cause);
                        }));
    }

    private void tidy(Storing stored) {
        stored.written = false;
        next();
        io.call(
                IoThreads.Lane.MAINTENANCE,
                () -> {
                    files.deleteCovered();
                    return stored.index;
                },
                loop,
                Completion.of(
                        index -> {
                            storing = null;
                            stored.done.succeeded(index);
                        },
                        cause -> {
                            storing = null;
                            stored.done.failed(cause); // what stayed is deleted at the next start
                        }));
    }

    @Override
    public void ask(ByteBuffer question, Completion<ByteBuffer> done) {
        if (closed || listener == null) {
            done.failed(new IOException("the metadata log is not open"));
        } else {
            listener.answer(question, done);
        }
    }

    @Override
    public Quorum quorum() {
        long last = nextIndex - 1;
        Quorum.Member self = new Quorum.Member(brokerId, last, Quorum.UNKNOWN);
        return new Quorum(brokerId, TERM, last, List.of(self), List.of());
    }

    /** Finishes the block under way, refuses what waits, and closes. Any thread. */
    @Override
    public void close() {
        loop.execute(() -> {
            if (closed) {
                return;
            }
            closed = true;
            List<Waiting> left = List.copyOf(waiting);
            waiting.clear();
            IOException cause = new LeadershipLostException("the metadata log is closed");
            left.forEach(one -> one.done.failed(cause));
            next();
        });
    }

    private void closeFile(OpenLog open) {
        log = null;
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    open.file().force(); // the mark
                    open.file().close();
                    return open.endBytes();
                },
                loop,
                Completion.of(
                        bytes -> LOG.debug("metadata log closed at {} bytes", bytes),
                        cause -> LOG.warn("closing the metadata log: {}", cause.toString())));
    }
}
