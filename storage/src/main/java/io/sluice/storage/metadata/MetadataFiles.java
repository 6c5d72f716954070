package io.sluice.storage.metadata;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.storage.CorruptLogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of the metadata log: what lies in it, and how it changes so that a crash at any step
 * leaves it readable. Every method blocks.
 *
 * <pre>
 * metadata-INDEX.log       entries from INDEX on
 * metadata-INDEX.snapshot  the state as of INDEX, that entry included
 * </pre>
 *
 * A file gets its name when it is whole: written aside, forced, renamed, the folder synced. A log
 * is left for a new one only after that; what a snapshot covers is deleted last.
 */
final class MetadataFiles {

    private static final Pattern NAME = Pattern.compile("metadata-(\\d{20})\\.(log|snapshot)");
    private static final String LOG_SUFFIX = ".log";
    private static final String SNAPSHOT_SUFFIX = ".snapshot";
    private static final String ASIDE_SUFFIX = ".tmp";

    private static final Logger LOG = LoggerFactory.getLogger(MetadataFiles.class);

    private final Disk disk;
    private final Path directory;

    MetadataFiles(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** A log that takes entries. {@code endBytes} is where the next block goes. */
    record OpenLog(DiskFile file, long firstIndex, long endBytes) {}

    /** The state as of an index. */
    record Snapshot(long index, ByteBuffer state) {}

    /**
     * What a start found.
     *
     * @param entries those behind the snapshot, in order
     * @param nextIndex of the entry to come
     */
    record Found(
            @Nullable Snapshot snapshot, List<ByteBuffer> entries, OpenLog log, long nextIndex) {}

    /** The names that are there, by index. */
    private record Names(SortedMap<Long, Path> snapshots, SortedMap<Long, Path> logs) {}

    private Names names() throws IOException {
        Names names = new Names(new TreeMap<>(), new TreeMap<>());
        for (Path path : disk.list(directory)) {
            String name = path.getFileName().toString();
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches()) {
                boolean isLog = name.endsWith(LOG_SUFFIX);
                (isLog ? names.logs : names.snapshots).put(Long.parseLong(matcher.group(1)), path);
            }
        }
        return names;
    }

    /** The files of the log that are there. */
    List<Path> paths() throws IOException {
        Names names = names();
        List<Path> all = new ArrayList<>(names.snapshots.values());
        all.addAll(names.logs.values());
        return all;
    }

    private Path named(long index, String suffix) {
        return directory.resolve(String.format(Locale.ROOT, "metadata-%020d%s", index, suffix));
    }

    /**
     * Reads what is there, cuts what a crash left of an entry that was not committed, and leaves
     * the folder on stable storage.
     *
     * @throws CorruptLogException if anything committed is damaged or missing; nothing was changed
     */
    Found load() throws IOException {
        makeDirectory();
        Names names = names();
        Snapshot snapshot =
                names.snapshots.isEmpty() ? null : readSnapshot(names.snapshots.lastKey());
        long next = snapshot == null ? 0 : snapshot.index + 1;
        if (names.logs.isEmpty() && snapshot == null) {
            return new Found(null, List.of(), newLog(0), 0);
        }
        List<ByteBuffer> entries = new ArrayList<>();
        OpenLog open = readLogs(names, next, entries);
        deleteLeftovers();
        return new Found(snapshot, entries, open, next + entries.size());
    }

    /** Reads the logs that hold entries from that index on; the last of them stays open. */
    private OpenLog readLogs(Names names, long from, List<ByteBuffer> entries) throws IOException {
        SortedMap<Long, Path> upTo = names.logs.headMap(from + 1);
        if (upTo.isEmpty()) {
            throw new CorruptLogException(
                    directory, 0, "the log with the metadata entry %d is missing".formatted(from));
        }
        long first = upTo.lastKey();
        SortedMap<Long, Path> chain = names.logs.tailMap(first);
        long expected = first;
        for (SortedMap.Entry<Long, Path> one : chain.entrySet()) {
            if (one.getKey() != expected) {
                throw new CorruptLogException(
                        one.getValue(),
                        0,
                        "it begins at metadata entry %d, the log before it ends at %d"
                                .formatted(one.getKey(), expected));
            }
            boolean last = one.getKey().equals(chain.lastKey());
            DiskFile file = disk.open(one.getValue(), last ? Disk.Mode.WRITE : Disk.Mode.READ);
            boolean keep = false;
            try {
                LogRead log = readLog(one.getValue(), file, expected, from, entries);
                expected = log.nextIndex;
                if (last) {
                    mend(one.getValue(), file, log);
                    keep = true;
                    return new OpenLog(file, one.getKey(), log.endBytes);
                }
            } finally {
                if (!keep) {
                    file.close();
                }
            }
        }
        throw new IllegalStateException("a chain of no logs");
    }

    /**
     * One log as it was read.
     *
     * @param endBytes behind its last sound block with entries
     * @param marked whether a mark follows there
     */
    private record LogRead(long nextIndex, long endBytes, boolean marked, long fileBytes) {}

    private static LogRead readLog(
            Path path, DiskFile file, long firstIndex, long from, List<ByteBuffer> entries)
            throws IOException {
        long size = file.size();
        String fault =
                MetadataFormat.fileHeaderFault(
                        read(file, 0, (int) Math.min(size, MetadataFormat.FILE_HEADER_BYTES)),
                        firstIndex);
        if (fault != null) {
            throw new CorruptLogException(path, 0, fault);
        }
        long at = MetadataFormat.FILE_HEADER_BYTES;
        long index = firstIndex;
        while (true) {
            MetadataFormat.Block block = readBlock(file, at, size);
            if (block == null) {
                refuseDamage(path, file, at, size);
                return new LogRead(index, at, false, size);
            }
            if (block.firstIndex() != index) {
                throw new CorruptLogException(
                        path,
                        at,
                        "it holds metadata entry %d where %d is due"
                                .formatted(block.firstIndex(), index));
            }
            if (block.isMark()) {
                return new LogRead(index, at, true, size);
            }
            for (ByteBuffer entry : block.entries()) {
                if (index++ >= from) {
                    entries.add(entry);
                }
            }
            at += block.sizeInBytes();
        }
    }

    private static MetadataFormat.@Nullable Block readBlock(DiskFile file, long at, long size)
            throws IOException {
        if (size - at < MetadataFormat.BLOCK_HEADER_BYTES) {
            return null;
        }
        int body =
                MetadataFormat.blockBodyBytes(read(file, at, MetadataFormat.BLOCK_HEADER_BYTES), 0);
        if (body < 0 || body > size - at - MetadataFormat.BLOCK_HEADER_BYTES) {
            return null;
        }
        return MetadataFormat.readBlock(
                read(file, at, MetadataFormat.BLOCK_HEADER_BYTES + body), 0);
    }

    /**
     * Only the last write can be torn, for each is forced before the next, and a mark is written
     * behind it once it is forced. So a sound block behind a broken one tells of damage.
     */
    private static void refuseDamage(Path path, DiskFile file, long from, long size)
            throws IOException {
        ByteBuffer rest = read(file, from, (int) Math.min(size - from, MetadataFormat.MAX_BYTES));
        for (int at = 1; at <= rest.limit() - MetadataFormat.BLOCK_HEADER_BYTES; at++) {
            if (MetadataFormat.readBlock(rest, at) != null) {
                throw new CorruptLogException(
                        path,
                        from,
                        "a committed entry cannot be read, and sound ones follow at byte %d;"
                                        .formatted(from + at)
                                + " restore the file from a backup");
            }
        }
    }

    private static ByteBuffer read(DiskFile file, long at, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        file.read(bytes, at);
        return bytes.flip();
    }

    /** Cuts what is behind the last sound block and marks that all before it is stored. */
    private void mend(Path path, DiskFile file, LogRead log) throws IOException {
        ByteBuffer mark = MetadataFormat.mark(log.nextIndex);
        long left = log.fileBytes - log.endBytes;
        if (left > 0 && !(log.marked && left == mark.remaining())) {
            LOG.warn(
                    "{}: cut {} bytes at byte {}, the remains of an entry that was not committed",
                    path,
                    left,
                    log.endBytes);
            file.truncate(log.endBytes);
        }
        file.write(mark, log.endBytes);
        file.force();
        disk.syncDirectory(directory);
    }

    private Snapshot readSnapshot(long index) throws IOException {
        Path path = named(index, SNAPSHOT_SUFFIX);
        try (DiskFile file = disk.open(path, Disk.Mode.READ)) {
            long size = file.size();
            if (size > MetadataFormat.MAX_BYTES) {
                throw new CorruptLogException(path, 0, size + " bytes are no metadata snapshot");
            }
            ByteBuffer bytes = read(file, 0, (int) size);
            String fault = MetadataFormat.snapshotFault(bytes, index);
            if (fault != null) {
                throw new CorruptLogException(path, 0, fault + "; restore the file from a backup");
            }
            return new Snapshot(index, MetadataFormat.snapshotState(bytes));
        }
    }

    /** Begins a log; when this returns it is there for good. */
    OpenLog newLog(long firstIndex) throws IOException {
        ByteBuffer header = MetadataFormat.fileHeader(firstIndex);
        long end = header.remaining();
        ByteBuffer mark = MetadataFormat.mark(firstIndex);
        Path path = named(firstIndex, LOG_SUFFIX);
        write(
                path,
                ByteBuffer.allocate(header.remaining() + mark.remaining())
                        .put(header)
                        .put(mark)
                        .flip());
        return new OpenLog(disk.open(path, Disk.Mode.WRITE), firstIndex, end);
    }

    /** Stores a state; when this returns it is there for good. */
    void writeSnapshot(long index, ByteBuffer state) throws IOException {
        write(named(index, SNAPSHOT_SUFFIX), MetadataFormat.snapshot(index, state));
    }

    private void write(Path path, ByteBuffer bytes) throws IOException {
        Path aside = path.resolveSibling(path.getFileName() + ASIDE_SUFFIX);
        try (DiskFile out = disk.open(aside, Disk.Mode.TRUNCATE)) {
            out.write(bytes, 0);
            out.force();
        }
        disk.rename(aside, path);
        disk.syncDirectory(directory);
    }

    /** Deletes what the newest snapshot covers. */
    void deleteCovered() throws IOException {
        Names names = names();
        if (names.snapshots.isEmpty()) {
            return;
        }
        long newest = names.snapshots.lastKey();
        for (Path path : names.snapshots.headMap(newest).values()) {
            disk.delete(path);
        }
        SortedMap<Long, Path> begun = names.logs.headMap(newest + 2);
        if (!begun.isEmpty()) {
            for (Path path : begun.headMap(begun.lastKey()).values()) {
                disk.delete(path);
            }
        }
    }

    private void deleteLeftovers() throws IOException {
        deleteCovered();
        for (Path path : disk.list(directory)) {
            if (path.getFileName().toString().endsWith(ASIDE_SUFFIX)) {
                disk.delete(path);
            }
        }
    }

    /** Makes the folder, and every new name above it durable. */
    private void makeDirectory() throws IOException {
        Deque<Path> made = new ArrayDeque<>();
        for (Path path = directory.toAbsolutePath();
                path != null && !disk.exists(path);
                path = path.getParent()) {
            made.push(path);
        }
        disk.createDirectories(directory);
        for (Path path : made) {
            Path above = path.getParent();
            if (above != null) {
                disk.syncDirectory(above);
            }
        }
    }
}
