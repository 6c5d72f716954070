package io.sluice.storage;

import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Moves a log into another directory while it serves (KIP-113): copies what is there on an I/O
 * thread, again and again until little is missing, then copies the rest on the loop and swaps. The
 * old folder goes only once the new one has its name durably.
 */
final class LogMove {

    /** The rest that may be copied on the loop: a few milliseconds. */
    private static final long LAST_BYTES = 4 << 20;

    private static final int BUFFER_BYTES = 1 << 20;

    private final LogDirectories store;
    private final PartitionLog log;
    private final LogDirectory target;
    private final Completion<Uuid> done;
    private final Path future;
    private final Map<Path, Long> copied = new HashMap<>();

    /** A file and how much of it is to be copied. */
    private record Part(Path from, long size) {}

    LogMove(LogDirectories store, PartitionLog log, LogDirectory target, Completion<Uuid> done) {
        this.store = store;
        this.log = log;
        this.target = target;
        this.done = done;
        this.future =
                LogFolder.sibling(
                        target.path().resolve(log.partition().toString()),
                        log.topicId(),
                        LogFolder.FUTURE);
    }

    /** On the log's loop. */
    void start() {
        if (log.directory() == target) {
            done.succeeded(target.id());
            return;
        }
        copyRound();
    }

    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        for (Segment segment : log.segmentMap().values()) {
            parts.add(new Part(segment.path(), segment.size()));
        }
        return parts;
    }

    private void copyRound() {
        List<Part> parts = parts();
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        () -> {
                            store.disk().createDirectories(future);
                            return copy(parts);
                        },
                        log.loop(),
                        new Completion<Long>() {
                            @Override
                            public void succeeded(Long bytes) {
                                if (log.isClosed()) {
                                    failed(new IOException(log.partition() + " is gone"));
                                } else if (missing() > LAST_BYTES) {
                                    copyRound();
                                } else {
                                    swap();
                                }
                            }

                            @Override
                            public void failed(IOException fault) {
                                done.failed(fault);
                            }
                        });
    }

    private long missing() {
        long missing = 0;
        for (Part part : parts()) {
            missing += part.size - copied.getOrDefault(part.from.getFileName(), 0L);
        }
        return missing;
    }

    private long copy(List<Part> parts) throws IOException {
        long total = 0;
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (Part part : parts) {
            long at = copied.getOrDefault(part.from.getFileName(), 0L);
            if (at == part.size && at > 0) {
                continue;
            }
            try (DiskFile in = store.disk().open(part.from, Disk.Mode.READ);
                    DiskFile out =
                            store.disk()
                                    .open(
                                            future.resolve(part.from.getFileName().toString()),
                                            Disk.Mode.WRITE)) {
                while (at < part.size) {
                    buffer.clear().limit((int) Math.min(BUFFER_BYTES, part.size - at));
                    int read = in.read(buffer, at);
                    if (read == 0) {
                        throw new IOException(part.from + " is shorter than it was");
                    }
                    out.write(buffer.flip(), at);
                    at += read;
                    total += read;
                }
                out.force();
            }
            copied.put(part.from.getFileName(), at);
        }
        return total;
    }

    /** On the loop: nothing is appended between the last copy and the swap. */
    private void swap() {
        LogDirectory from = log.directory();
        Path old = log.path();
        Path folder = target.path().resolve(log.partition().toString());
        Disk disk = store.disk();
        try {
            for (Segment segment : log.segmentMap().values()) {
                segment.writeIndexes();
            }
            copy(parts());
            for (Path file : disk.list(old)) {
                String name = file.getFileName().toString();
                if (!name.endsWith(Segment.LOG) && !name.endsWith(".deleted")) {
                    copy(List.of(new Part(file, disk.size(file))));
                }
            }
            disk.rename(future, folder);
            disk.syncDirectory(folder);
            disk.syncDirectory(target.path());
            log.segmentMap().values().forEach(Segment::forgetFiles);
            log.movedTo(target, folder);
            store.moved(log, from, target);
            Path aside = LogFolder.setAside(disk, old, log.topicId());
            store.background(() -> LogFolder.delete(disk, aside), from);
            done.succeeded(target.id());
        } catch (IOException e) {
            target.fail(e);
            done.failed(e);
        }
    }
}
