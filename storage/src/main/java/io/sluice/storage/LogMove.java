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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Moves a log into another directory while it serves (KIP-113): copies what is there on an I/O
 * thread, again and again until little is missing, then copies the rest and swaps on the loop,
 * which waits for the disks a few milliseconds for it. It copies in steps, and waits between them
 * as {@link MoveThrottle} says; what is copied on the loop is little, and only counted. Both
 * folders hold everything that was flushed when the new one takes its name, so a crash may leave
 * both, and either will do.
 *
 * <p>A replica whose log differs from its new leader's does not wait for the end of that: between
 * two steps it is cut. Then the copy goes on without what the cut took or changed, which is all of
 * the segment that it ends in, for bytes that were copied may have others in their place soon.
 */
final class LogMove implements FileWork {

    /** The rest that may be copied on the loop. */
    private static final long LAST_BYTES = 1 << 20;

    /** Rounds after which a log that grows faster than it is copied is left where it is. */
    private static final int MAX_ROUNDS = 1000;

    private static final int BUFFER_BYTES = 256 << 10;

    /** What is copied before the throttle is asked again. */
    private static final long STEP_BYTES = 1 << 20;

    private final LogDirectories store;
    private final PartitionLog log;
    private final LogDirectory target;
    private final Completion<Uuid> done;
    private final Disk disk;
    private final Path future;
    private final Map<String, Long> copied = new HashMap<>();
    private int rounds;

    /** A step is under way, or the swap awaits its turn. */
    private boolean busy;

    /** What is to be done once that is over. */
    private @Nullable Runnable waitingCut;

    /** Of the log since the move began: who waited meanwhile is not to go on. */
    private int cuts;

    private volatile boolean roundIsOver;
    private volatile long copiedEnd;

    /** A file and how much of it is to be copied. */
    private record Part(String name, long size) {}

    LogMove(LogDirectories store, PartitionLog log, LogDirectory target, Completion<Uuid> done) {
        this.store = store;
        this.log = log;
        this.target = target;
        this.done = done;
        this.disk = store.disk();
        this.future = LogFolder.future(target.path(), log.partition(), log.topicId());
    }

    LogDirectory target() {
        return target;
    }

    PartitionLog log() {
        return log;
    }

    /** Records the copy is behind. */
    long lag() {
        return Math.max(0L, log.endOffset() - Math.max(copiedEnd, log.startOffset()));
    }

    /** On the log's loop. */
    void start() {
        log.workedOn(this);
        background(
                () -> {
                    if (disk.isDirectory(future)) {
                        LogFolder.delete(disk, future);
                    }
                    LogFolder.createDurably(disk, future);
                    return 0L;
                },
                this::copyRound);
    }

    private void copyRound() {
        if (rounds++ == MAX_ROUNDS) {
            abandon(new IOException(log.partition() + " grows faster than it can be copied"));
            return;
        }
        copyStep(parts(), log.endOffset());
    }

    /** Copies some of it, when it may, and goes on until the round is over. */
    private void copyStep(List<Part> parts, long end) {
        long waitNanos = store.moveThrottle().waitNanos(nowNanos());
        if (waitNanos > 0) {
            int before = cuts;
            log.loop()
                    .schedule(
                            Math.ceilDiv(waitNanos, 1_000_000L),
                            () -> {
                                if (before == cuts) {
                                    goOn(() -> copyStep(parts, end));
                                }
                            });
            return;
        }
        background(
                () -> {
                    target.checkServing();
                    long bytes = copySome(parts);
                    store.moveThrottle().copied(bytes, nowNanos());
                    roundIsOver = bytes < STEP_BYTES;
                    return end;
                },
                () -> {
                    if (!roundIsOver) {
                        copyStep(parts, end);
                        return;
                    }
                    copiedEnd = end;
                    if (missing() > LAST_BYTES) {
                        copyRound();
                    } else {
                        busy = true;
                        log.flusher().whenIdle(this::swap);
                    }
                });
    }

    private long nowNanos() {
        return log.loop().clock().monotonicNanos();
    }

    /** A step; less only when nothing is missing any more. */
    private long copySome(List<Part> parts) throws IOException {
        long bytes = 0;
        for (Part part : parts) {
            bytes += copy(part, STEP_BYTES - bytes);
            if (bytes >= STEP_BYTES) {
                break;
            }
        }
        return bytes;
    }

    private void background(IoThreads.IoCall<Long> work, Runnable next) {
        busy = true;
        store.io()
                .call(
                        IoThreads.Lane.MAINTENANCE,
                        work,
                        log.loop(),
                        Completion.of(
                                value -> {
                                    busy = false;
                                    if (!givesWay()) {
                                        goOn(next);
                                    }
                                },
                                fault -> abandon(fault)));
    }

    /** Not while a step reads the files, nor between the last copy and the swap. */
    @Override
    public void makeWay(Runnable cut) {
        waitingCut = cut;
        if (!busy) {
            givesWay();
        }
    }

    private boolean givesWay() {
        Runnable waiting = waitingCut;
        waitingCut = null;
        if (waiting != null) {
            cuts++;
            waiting.run();
        }
        return waiting != null;
    }

    /** Copies on, without what was copied of segments that are gone or can grow again. */
    @Override
    public void cutDone() {
        if (!log.directory().isServing()) {
            abandon(new IOException(log.partition() + " could not be cut"));
            return;
        }
        long growsFrom = log.segmentList().last().baseOffset();
        String active = SegmentFile.name(growsFrom);
        Set<String> kept = new HashSet<>();
        for (Part part : parts()) {
            if (!part.name.startsWith(active)) {
                kept.add(part.name);
            }
        }
        List<String> stale = copied.keySet().stream().filter(name -> !kept.contains(name)).toList();
        stale.forEach(copied::remove);
        copiedEnd = Math.min(copiedEnd, growsFrom);
        background(
                () -> {
                    for (String name : stale) {
                        disk.delete(future.resolve(name));
                    }
                    return 0L;
                },
                this::copyRound);
    }

    private void goOn(Runnable next) {
        if (log.isClosed()) {
            abandon(new IOException(log.partition() + " is gone"));
        } else {
            next.run();
        }
    }

    private void abandon(IOException why) {
        log.workedOn(FileWork.NONE);
        store.moveEnded(this);
        if (!store.isClosing()) { // else the copy tells the next start where to go on
            store.background(() -> deleteFuture(), target);
        }
        done.failed(why);
        givesWay();
    }

    private void deleteFuture() throws IOException {
        if (disk.isDirectory(future)) {
            LogFolder.delete(disk, future);
        }
    }

    /** Sealed segments with their indexes, and what the active one holds now. */
    private List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        Segments segments = log.segmentList();
        for (int i = 0; i < segments.count(); i++) {
            Segment segment = segments.get(i);
            parts.add(new Part(segment.log().fileName(), segment.size()));
            if (i < segments.count() - 1) {
                parts.add(part(segment.offsets().file()));
                parts.add(part(segment.times().file()));
                parts.add(part(segment.aborted().file()));
                ScheduleIndex scheduled = segment.scheduled();
                if (scheduled != null) {
                    parts.add(part(scheduled.file()));
                }
            }
        }
        return parts;
    }

    /** Of an index that is empty there may be a file or none: it is as it was, there too. */
    private static Part part(IndexFile index) {
        return new Part(index.name().fileName(), index.writtenBytes());
    }

    private long missing() {
        long missing = 0;
        for (Part part : parts()) {
            missing += part.size - copied.getOrDefault(part.name, 0L);
        }
        return missing;
    }

    /** Copies what is not there yet, and makes it durable. */
    private void copy(Part part) throws IOException {
        store.moveThrottle().copied(copy(part, Long.MAX_VALUE), nowNanos());
    }

    /** Copies what is not there yet, but so much at most; durable once the whole part is there. */
    private long copy(Part part, long most) throws IOException {
        long began = copied.getOrDefault(part.name, -1L);
        Path from = log.path().resolve(part.name);
        if (began >= part.size || !disk.exists(from)) {
            return 0L; // what is empty may have no file
        }
        began = Math.max(0L, began);
        long at = began;
        long until = most < part.size - at ? at + most : part.size;
        try (DiskFile in = disk.open(from, Disk.Mode.READ);
                DiskFile out = disk.open(future.resolve(part.name), Disk.Mode.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, until - at));
            while (at < until) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), until - at));
                if (in.read(buffer, at) < buffer.limit()) {
                    throw new CorruptLogException(from, at, "the file is shorter than it was");
                }
                out.write(buffer.flip(), at);
                at += buffer.limit();
            }
            if (at == part.size) {
                out.force();
            }
        }
        copied.put(part.name, at);
        return at - began;
    }

    /** On the loop, and no flush runs: nothing changes between the last copy and the swap. */
    private void swap() {
        LogDirectory from = log.directory();
        try {
            target.checkServing();
            Segment active = log.segmentList().last();
            active.writeIndexes();
            for (Part part : parts()) {
                copy(part);
            }
            copyBeside(SegmentFile.name(active.baseOffset()));
            DurableEnds.Slot slot =
                    target.durableEnds().claim(log.topicId(), log.partition().partition());
            slot.lower(0L); // of an earlier stay
            slot.raise(log.endOffset());
            target.durableEnds().force(); // the copy may have holes that compaction made
            target.forgetDurably(log.partition());
            takeName(from, slot);
            log.workedOn(FileWork.NONE);
            log.flusher().goOn();
            store.moveEnded(this);
            done.succeeded(target.id());
            givesWay();
        } catch (IOException e) {
            log.flusher().goOn();
            abandon(e);
        }
    }

    /** The active segment's indexes, snapshots, epochs and the metadata. */
    private void copyBeside(String activeName) throws IOException {
        for (Path file : disk.list(log.path())) {
            String name = file.getFileName().toString();
            boolean beside =
                    name.startsWith(activeName) && !name.endsWith(Segment.LOG)
                            || name.endsWith(ProducerSnapshot.SUFFIX)
                            || name.equals(LeaderEpochs.FILE)
                            || name.equals(LogFolder.METADATA);
            if (beside && !name.endsWith(LogFolder.DELETED_FILE)) {
                copied.remove(name);
                copy(new Part(name, disk.size(file)));
            }
        }
        disk.syncDirectory(future);
    }

    private void takeName(LogDirectory from, DurableEnds.Slot slot) throws IOException {
        Path old = log.path();
        Path folder = target.path().resolve(log.partition().toString());
        disk.rename(future, folder);
        disk.syncDirectory(target.path());
        store.files().rename(() -> log.home().moveTo(folder));
        log.segmentList().all().forEach(Segment::reopen);
        log.movedTo(target);
        DurableEnds.Slot before = log.flusher().slot();
        log.flusher().movedTo(slot, log.endOffset());
        store.placement().moved(log, from, target);
        leave(from, old, before);
    }

    /** The log is elsewhere now, whatever becomes of what it leaves behind. */
    private void leave(LogDirectory from, Path old, DurableEnds.Slot before) {
        try {
            before.release(); // if the folder comes back by a crash, the other one counts
            Path aside = LogFolder.setAside(disk, old, log.topicId());
            store.background(() -> LogFolder.delete(disk, aside), from);
        } catch (IOException e) {
            from.fail(e);
        }
    }
}
