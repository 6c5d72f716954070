package io.sluice.storage.metadata;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.MetadataLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Entries in a file, each forced before it counts; a snapshot begins a new file. Committed means
 * durable here, so an entry is given to the listener after its force.
 *
 * <pre>
 * metadata-INDEX.log       entries from INDEX on: length int32, crc32c int32, index int64, bytes
 * metadata-INDEX.snapshot  the state that includes INDEX: the same frame, once
 * </pre>
 */
public final class LocalMetadataLog implements MetadataLog {

    private static final int FRAME_BYTES = 4 + 4 + 8;
    private static final int CRC_AT = 4;
    private static final int INDEX_AT = 8;
    private static final int MAX_ENTRY_BYTES = 1 << 30;
    private static final String LOG_SUFFIX = ".log";
    private static final String SNAPSHOT_SUFFIX = ".snapshot";
    private static final Logger LOG = LoggerFactory.getLogger(LocalMetadataLog.class);

    private final Disk disk;
    private final Path directory;
    private final IoThreads io;
    private final EventLoop loop;
    private @Nullable DiskFile file;
    private @Nullable Listener listener;
    private long fileSize;
    private long nextIndex;
    private @Nullable IOException fault;

    public LocalMetadataLog(Disk disk, Path directory, IoThreads io, EventLoop loop) {
        this.disk = disk;
        this.directory = directory;
        this.io = io;
        this.loop = loop;
    }

    /** One entry read back. */
    private record Entry(long index, ByteBuffer bytes) {}

    /** What a start found on disk. */
    private record Found(@Nullable Entry snapshot, List<Entry> entries, DiskFile file, long size) {}

    @Override
    public void start(Listener to, Completion<Long> done) {
        listener = to;
        io.call(
                IoThreads.Lane.MAINTENANCE,
                this::load,
                loop,
                new Completion<Found>() {
                    @Override
                    public void succeeded(Found found) {
                        file = found.file;
                        fileSize = found.size;
                        if (found.snapshot != null) {
                            to.restore(found.snapshot.index, found.snapshot.bytes);
                            nextIndex = found.snapshot.index + 1;
                        }
                        for (Entry entry : found.entries) {
                            if (entry.index >= nextIndex) {
                                to.apply(entry.index, entry.bytes);
                                nextIndex = entry.index + 1;
                            }
                        }
                        to.leadership(true, 0L);
                        done.succeeded(nextIndex - 1);
                    }

                    @Override
                    public void failed(IOException cause) {
                        done.failed(cause);
                    }
                });
    }

    private Found load() throws IOException {
        disk.createDirectories(directory);
        @Nullable Path snapshot = null;
        @Nullable Path log = null;
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if (name.endsWith(SNAPSHOT_SUFFIX)) {
                snapshot = path;
            } else if (name.endsWith(LOG_SUFFIX)) {
                log = path;
            } else if (name.endsWith(".tmp")) {
                disk.delete(path);
            }
        }
        @Nullable Entry state = snapshot == null ? null : readSnapshot(snapshot);
        if (log == null) {
            log = logFrom(state == null ? 0 : state.index + 1);
        }
        DiskFile opened = disk.open(log, Disk.Mode.WRITE);
        List<Entry> entries = new ArrayList<>();
        long size = readEntries(log, opened, entries);
        opened.force();
        disk.syncDirectory(directory);
        return new Found(state, entries, opened, size);
    }

    private Path logFrom(long index) {
        return directory.resolve(name(index) + LOG_SUFFIX);
    }

    private static String name(long index) {
        return String.format(Locale.ROOT, "metadata-%020d", index);
    }

    private Entry readSnapshot(Path path) throws IOException {
        try (DiskFile in = disk.open(path, Disk.Mode.READ)) {
            Entry entry = readOne(in, 0, in.size());
            if (entry == null) {
                throw new IOException(
                        path + " is damaged: restore it from a backup, or the topics are lost");
            }
            return entry;
        }
    }

    private long readEntries(Path path, DiskFile in, List<Entry> entries) throws IOException {
        long size = in.size();
        long at = 0;
        for (Entry entry = readOne(in, at, size); entry != null; entry = readOne(in, at, size)) {
            entries.add(entry);
            at += FRAME_BYTES + entry.bytes.remaining();
        }
        if (at < size) {
            refuseDamage(path, in, at, size);
            LOG.warn(
                    "{}: cut {} bytes at position {}: an entry that was not committed",
                    path,
                    size - at,
                    at);
            in.truncate(at);
        }
        return at;
    }

    /**
     * A whole entry behind a broken one means damage, not a torn end: entries are forced one by
     * one.
     */
    private static void refuseDamage(Path path, DiskFile in, long from, long size)
            throws IOException {
        for (long at = from + 1; at + FRAME_BYTES < size; at++) {
            if (readOne(in, at, size) != null) {
                throw new IOException(
                        "%s is damaged at byte %d: whole entries follow at byte %d; restore it from a backup"
                                .formatted(path, from, at));
            }
        }
    }

    private static @Nullable Entry readOne(DiskFile in, long at, long size) throws IOException {
        if (size - at < FRAME_BYTES) {
            return null;
        }
        ByteBuffer frame = ByteBuffer.allocate(FRAME_BYTES);
        in.read(frame, at);
        int length = frame.getInt(0);
        if (length <= 0 || length > MAX_ENTRY_BYTES || length > size - at - FRAME_BYTES) {
            return null;
        }
        ByteBuffer whole = ByteBuffer.allocate(FRAME_BYTES + length);
        in.read(whole, at);
        whole.flip();
        if (crc(whole) != whole.getInt(CRC_AT)) {
            return null;
        }
        return new Entry(whole.getLong(INDEX_AT), whole.slice(FRAME_BYTES, length));
    }

    private static ByteBuffer frame(long index, ByteBuffer bytes) {
        ByteBuffer whole = ByteBuffer.allocate(FRAME_BYTES + bytes.remaining());
        whole.putInt(bytes.remaining()).putInt(0).putLong(index).put(bytes.duplicate());
        whole.flip();
        whole.putInt(CRC_AT, crc(whole));
        return whole;
    }

    private static int crc(ByteBuffer whole) {
        CRC32C crc = new CRC32C();
        crc.update(whole.slice(INDEX_AT, whole.limit() - INDEX_AT));
        return (int) crc.getValue();
    }

    @Override
    public void append(ByteBuffer entry, Completion<Long> done) {
        if (fault != null) {
            done.failed(fault);
            return;
        }
        DiskFile to = opened();
        long index = nextIndex;
        long at = fileSize;
        ByteBuffer frame = frame(index, entry);
        int length = frame.remaining();
        nextIndex++;
        fileSize += length;
        io.call(
                IoThreads.Lane.FLUSH,
                () -> {
                    to.write(frame, at);
                    to.force();
                    return index;
                },
                loop,
                new Completion<Long>() {
                    @Override
                    public void succeeded(Long committed) {
                        listening().apply(committed, entry.duplicate());
                        done.succeeded(committed);
                    }

                    @Override
                    public void failed(IOException cause) {
                        fault = cause; // what the device kept is unknown: no further entry counts
                        done.failed(cause);
                    }
                });
    }

    private DiskFile opened() {
        if (file == null) {
            throw new IllegalStateException("not started");
        }
        return file;
    }

    private Listener listening() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    /** The caller has no append under way: decisions are made one at a time. */
    @Override
    public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
        if (index != nextIndex - 1) {
            done.failed(new IOException("entries behind the snapshot are under way"));
            return;
        }
        DiskFile old = opened();
        Path snapshot = directory.resolve(name(index) + SNAPSHOT_SUFFIX);
        ByteBuffer frame = frame(index, state);
        try {
            Path aside = snapshot.resolveSibling(snapshot.getFileName() + ".tmp");
            try (DiskFile out = disk.open(aside, Disk.Mode.TRUNCATE)) {
                out.write(frame, 0);
                out.force();
            }
            disk.rename(aside, snapshot);
            file = disk.open(logFrom(index + 1), Disk.Mode.TRUNCATE);
            fileSize = 0;
            disk.syncDirectory(directory);
            old.close();
            deleteBefore(index);
            done.succeeded(index);
        } catch (IOException e) {
            fault = e;
            done.failed(e);
        }
    }

    private void deleteBefore(long index) throws IOException {
        String oldestSnapshot = name(index) + SNAPSHOT_SUFFIX;
        String oldestLog = name(index + 1) + LOG_SUFFIX;
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            if ((name.endsWith(SNAPSHOT_SUFFIX) && name.compareTo(oldestSnapshot) < 0)
                    || (name.endsWith(LOG_SUFFIX) && name.compareTo(oldestLog) < 0)) {
                disk.delete(path);
            }
        }
    }

    @Override
    public void close() {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                LOG.debug("closing the metadata log", e);
            }
        }
    }
}
