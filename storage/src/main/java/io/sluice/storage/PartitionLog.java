package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ControlRecord;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The log of one replica on disk. Appending is one write to the page cache and some array entries;
 * everything that may wait for the device runs on I/O threads over what does not change any more:
 * flushes in {@link LogFlusher}, retention in {@link Retention}, cutting back in {@link
 * Truncation}, moving in {@link LogMove}.
 *
 * <p>Owned by its loop; the fields that others read are volatile and written by the loop alone.
 */
final class PartitionLog implements ReplicaLog {

    private final LogDirectories store;
    private final EventLoop loop;
    private final TopicPartition partition;
    private final Uuid topicId;
    private final SegmentFile.Home home;
    private final Segments segments = new Segments();
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final ReadPath reads;
    private final TimestampQueries queries;
    private final LogFlusher flusher;
    private final Retention retention;
    private final LogSchedule schedule;
    private final long recoveredHighWatermark;
    private TopicConfig config;
    private long snapshotOffset;
    private long bytesSinceSnapshot;
    private boolean cut;
    private FileWork work = FileWork.NONE;
    private @Nullable Runnable leave;
    private Runnable onStartMoved = () -> {};
    private volatile LogDirectory directory;
    private volatile long startOffset;
    private volatile long endOffset;
    private volatile long highWatermark;
    private volatile long lastStableOffset;
    private volatile long size;
    private volatile boolean closed;

    PartitionLog(
            LogDirectories store,
            LogDirectory directory,
            EventLoop loop,
            LogSettings settings,
            LogRecovery.Recovered recovered,
            DurableEnds.Slot slot) {
        this.store = store;
        this.directory = directory;
        this.loop = loop;
        this.partition = settings.partition();
        this.topicId = settings.topicId();
        this.config = settings.config();
        this.home = recovered.home();
        this.epochs = recovered.epochs();
        this.producers = recovered.producers();
        this.snapshotOffset = recovered.snapshotOffset();
        recovered.segments().forEach(segments::add);
        this.size = segments.sizeInBytes();
        this.startOffset = recovered.logStart();
        this.endOffset = segments.last().endOffset();
        this.recoveredHighWatermark = Math.clamp(settings.highWatermark(), 0L, endOffset);
        this.highWatermark = recoveredHighWatermark;
        this.lastStableOffset = recoveredHighWatermark;
        this.queries = new TimestampQueries(this);
        this.reads = new ReadPath(segments);
        // A segment that is empty may have no file yet.
        boolean namesDurable = settings.durableEnd() > 0 && !segments.last().isEmpty();
        this.flusher = new LogFlusher(this, slot, endOffset, namesDurable);
        this.retention = new Retention(this);
        this.schedule = new LogSchedule(this);
    }

    @Override
    public TopicPartition partition() {
        return partition;
    }

    @Override
    public Uuid topicId() {
        return topicId;
    }

    @Override
    public Uuid directoryId() {
        return directory.id();
    }

    @Override
    public long startOffset() {
        return startOffset;
    }

    @Override
    public long endOffset() {
        return endOffset;
    }

    @Override
    public long durableEndOffset() {
        return flusher.durableEnd();
    }

    @Override
    public long sizeInBytes() {
        return size;
    }

    @Override
    public int latestEpoch() {
        return epochs.latest();
    }

    @Override
    public long recoveredHighWatermark() {
        return recoveredHighWatermark;
    }

    @Override
    public ProducerStates producerStates() {
        return producers;
    }

    @Override
    public void append(ByteBuffer records, List<BatchHeader> batches, long wallMs)
            throws IOException {
        if (closed || cut) {
            throw new IllegalStateException(
                    partition + (closed ? " is closed" : " is being truncated"));
        }
        directory.checkServing();
        int bytes = records.remaining();
        long count = 0;
        try {
            rollIfNeeded(bytes, batches, wallMs);
            Segment active = segments.last();
            int start = active.size();
            int position = start;
            int first = records.position();
            active.write(records, flusher.isOften());
            for (int i = 0; i < batches.size(); i++) {
                BatchHeader batch = batches.get(i);
                epochs.append(batch);
                flusher.epochsChanged(epochs); // before a flush can cover the batch
                active.account(batch, config.indexIntervalBytes());
                reads.appended(batch, position);
                account(batch, records, first + position - start, active);
                if (batch.isScheduled()) {
                    schedule.appended(batch, records, first + position - start, active, position);
                }
                position += batch.sizeInBytes();
                count += batch.recordCount();
            }
            size += bytes;
            bytesSinceSnapshot += bytes;
            endOffset = active.endOffset();
        } catch (IOException e) {
            throw failed(e);
        }
        flusher.appended(count, config);
    }

    /** What a batch tells of its producer. */
    private void account(BatchHeader batch, ByteBuffer records, int at, Segment active)
            throws IOException {
        if (!batch.isMarker()) {
            producers.append(batch);
            return;
        }
        AbortedTransaction aborted =
                producers.end(batch, control(batch, records.slice(at, batch.sizeInBytes())));
        if (aborted != null) {
            active.aborted().append(aborted);
        }
    }

    private static ControlRecord control(BatchHeader batch, ByteBuffer bytes) {
        try {
            return ControlBatch.read(batch, bytes);
        } catch (RecordFormatException e) {
            throw new IllegalStateException("a control batch that was made here", e);
        }
    }

    private void rollIfNeeded(int bytes, List<BatchHeader> batches, long wallMs)
            throws IOException {
        Segment active = segments.last();
        if (active.isEmpty()) {
            return;
        }
        boolean full =
                (long) active.size() + bytes > config.segmentBytes()
                        || active.cannotTake(
                                batches.getLast().lastOffset(), config.segmentIndexBytes());
        if (full || isOld(active, batches, wallMs)) {
            roll(wallMs);
        }
    }

    /** By the records' own time where they have one, so that a replayed log rolls as it did. */
    private boolean isOld(Segment active, List<BatchHeader> batches, long wallMs)
            throws IOException {
        if (config.segmentMs() == Long.MAX_VALUE) {
            return false;
        }
        long now = BatchHeader.NO_TIMESTAMP;
        for (int i = 0; i < batches.size(); i++) {
            now = Math.max(now, batches.get(i).maxTimestamp());
        }
        long age = (now < 0 ? wallMs : now) - active.beganMs();
        return age > config.segmentMs() - jitterMs();
    }

    /** Spreads the rolling of many partitions; steady for one partition. */
    private long jitterMs() {
        return config.segmentJitterMs() <= 0
                ? 0
                : Math.floorMod(partition.hashCode() * 31L, config.segmentJitterMs());
    }

    /** Seals the active segment, remembers the producers, and begins the next segment. */
    void roll(long wallMs) throws IOException {
        segments.last().seal();
        snapshot();
        begin(endOffset, wallMs);
        flusher.namesChanged();
        flusher.flush(Ignored.INSTANCE);
    }

    /** The next flush takes a snapshot of the producers with it. */
    void snapshot() throws IOException {
        snapshotOffset = endOffset;
        bytesSinceSnapshot = 0;
        List<KeptIndex> unforced = new ArrayList<>(0);
        for (int i = 0; i < segments.count(); i++) {
            segments.get(i).writeUnforced(unforced);
        }
        flusher.snapshot(
                endOffset,
                ProducerSnapshot.encode(producers),
                segments.first().baseOffset(),
                unforced);
    }

    /** A new active segment begins at the offset. */
    void begin(long baseOffset, long wallMs) throws IOException {
        Segment next =
                new Segment(
                        store.files(),
                        home,
                        baseOffset,
                        Segment.Found.NEW,
                        Segment.Latest.NONE,
                        wallMs);
        next.create();
        segments.add(next);
        reads.rolled();
    }

    @Override
    public void flush(boolean moreToCome, Completion<Long> done) {
        if (moreToCome) {
            flusher.expectMore();
        }
        flusher.flush(done);
    }

    @Override
    public LogRead read(long fromOffset, long upTo, int maxBytes, boolean atLeastOne)
            throws IOException {
        try {
            return reads.read(fromOffset, upTo, maxBytes, atLeastOne);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public long bytesBetween(long fromOffset, long upTo, int limit) {
        return reads.bytesBetween(fromOffset, upTo, limit);
    }

    @Override
    public void warm(FileSlice slice, Completion<FileSlice> done) {
        SegmentSlice region = (SegmentSlice) slice;
        ColdRead read = region.coldRead(epochs.copy());
        store.io()
                .call(
                        IoThreads.Lane.READ,
                        () -> {
                            try {
                                region.warmAndVerify(read);
                                return slice;
                            } catch (IOException e) {
                                throw failed(e);
                            }
                        },
                        loop,
                        done);
    }

    @Override
    public void findTimestamp(long timestamp, long upTo, Completion<TimestampAndOffset> done) {
        queries.first(timestamp, upTo, done);
    }

    @Override
    public void findMaxTimestamp(long upTo, Completion<TimestampAndOffset> done) {
        queries.greatest(upTo, done);
    }

    @Override
    public List<AbortedTransaction> abortedIn(FileSlice slice, long fromOffset, long upTo)
            throws IOException {
        SegmentSlice region = (SegmentSlice) slice;
        if (noneAborted(fromOffset)) {
            return List.of();
        }
        try {
            return aborted(fromOffset, Math.min(upTo, region.offsetAbove()));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private boolean noneAborted(long fromOffset) {
        for (int i = segments.floor(fromOffset); i < segments.count(); i++) {
            if (!segments.get(i).aborted().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** Those whose records may lie between two offsets. */
    List<AbortedTransaction> aborted(long fromOffset, long upTo) throws IOException {
        List<AbortedTransaction> found = new ArrayList<>(0);
        for (int i = segments.floor(fromOffset); i < segments.count(); i++) {
            if (segments.get(i).aborted().collect(fromOffset, upTo, found)) {
                break;
            }
        }
        return found;
    }

    @Override
    public long nextScheduled(long from) throws IOException {
        try {
            return schedule.next(from);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public long scheduleFloor() throws IOException {
        try {
            return schedule.floor();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void onHeldBack(LongConsumer wantedStart) {
        schedule.onHeldBack(wantedStart);
    }

    LogSchedule schedule() {
        return schedule;
    }

    @Override
    public void startEpoch(int epoch) throws IOException {
        directory.checkServing();
        // Stored with the first batch behind it: until then nothing depends on it.
        epochs.start(epoch, endOffset);
        flusher.epochsChanged(epochs);
    }

    @Override
    public EpochEnd endOfEpoch(int epoch) {
        return epochs.endOf(epoch, endOffset);
    }

    @Override
    public int epochAt(long offset) {
        return epochs.epochAt(offset);
    }

    @Override
    public void truncateTo(long offset, Completion<Long> done) {
        if (offset >= endOffset) {
            epochs.truncate(endOffset); // those in which nothing was written
            flusher.epochsChanged(epochs);
            long end = endOffset;
            loop.post(() -> done.succeeded(end));
        } else {
            cut(Math.max(0L, offset), null, done);
        }
    }

    @Override
    public void restartAt(
            long offset, List<ProducerStates.Remembered> producers, Completion<Long> done) {
        cut(offset, producers, done);
    }

    /** With those who wrote below the offset it begins anew there; with null it ends there. */
    private void cut(
            long offset, @Nullable List<ProducerStates.Remembered> anew, Completion<Long> done) {
        if (cut) {
            loop.post(() -> done.failed(new IOException(partition + " is being truncated")));
            return;
        }
        cut = true;
        work.makeWay(
                () -> flusher.whenIdle(() -> new Truncation(this, offset, anew, done).start()));
    }

    /** All that was there is dropped, in memory; the log is empty and begins at the offset. */
    void beginsAt(long offset) {
        epochs.truncate(0L);
        endsAt(offset);
        startOffset = offset;
        snapshotOffset = 0L;
    }

    /** The log ends earlier, in memory; its files follow. */
    void endsAt(long end) {
        endOffset = end;
        highWatermark = Math.min(highWatermark, end);
        lastStableOffset = Math.min(lastStableOffset, end);
        startOffset = Math.min(startOffset, end);
        snapshotOffset = Math.min(snapshotOffset, end);
        size = segments.sizeInBytes();
        epochs.truncate(end);
        flusher.endsAt(end, epochs);
        reads.truncated();
    }

    /** The truncation is over. */
    void cutDone() {
        cut = false;
        flusher.goOn();
        work.cutDone();
        workEnded();
    }

    @Override
    public void advanceStartOffset(long offset) throws IOException {
        directory.checkServing();
        retention.ask(offset);
        moveStart(offset);
    }

    /** Moves the start as far as messages allow that wait; for the rest they have to be carried. */
    void moveStart(long wanted) throws IOException {
        if (wanted <= startOffset) {
            return;
        }
        long limit = schedule.startLimit();
        long to = Math.min(Math.min(wanted, limit), endOffset);
        if (to > startOffset) {
            retention.startMoves(to);
            startOffset = to;
            epochs.startAt(startOffset);
            flusher.epochsChanged(epochs);
            retention.dropBelowStart();
        }
        if (wanted > limit) {
            schedule.heldBack(wanted);
        }
    }

    /** What recovery may be told of the start. Any thread. */
    long rememberedStart() {
        return retention.rememberedStart();
    }

    /** Retention, as of now. On the loop. */
    void retain(long wallMs) throws IOException {
        if (isBusy() || !directory.isServing()) {
            return;
        }
        Segment active = segments.last();
        if (config.compact()
                && config.maxCompactionLagMs() != Long.MAX_VALUE
                && !active.isEmpty()
                && wallMs - active.beganMs() > config.maxCompactionLagMs()) {
            roll(wallMs); // only sealed segments are compacted
        }
        if (retention.retain(wallMs)) {
            onStartMoved.run();
        }
    }

    /** A cleaned segment takes the place of a run. */
    void replace(int from, int to, Segment cleaned) {
        segments.replace(from, to, List.of(cleaned));
        size = segments.sizeInBytes();
    }

    /** Bytes that left with old segments. */
    void shrunkBy(long bytes) {
        size -= bytes;
    }

    @Override
    public void highWatermark(long offset) {
        highWatermark = offset;
    }

    @Override
    public void lastStableOffset(long offset) {
        lastStableOffset = offset;
    }

    @Override
    public void onStartMoved(Runnable listener) {
        onStartMoved = listener;
    }

    @Override
    public void reconfigure(TopicConfig changed) {
        config = changed;
        flusher.appended(0, changed);
    }

    @Override
    public List<SegmentInfo> segments() {
        List<SegmentInfo> infos = new ArrayList<>();
        for (Segment segment : segments.all()) {
            infos.add(
                    new SegmentInfo(
                            segment.baseOffset(), segment.size(), segment.latestTimestamp()));
        }
        return infos;
    }

    /**
     * What a crash would make recovery read again is written: index entries, and the producers
     * where much came behind the last snapshot. On the loop.
     */
    void checkpoint(long snapshotBytes) throws IOException {
        if (closed || cut || !directory.isServing()) {
            return;
        }
        segments.last().writeIndexes();
        if (bytesSinceSnapshot > snapshotBytes) {
            snapshot();
            flusher.flush(Ignored.INSTANCE);
        }
    }

    /** Writes everything out and takes no more. Completes when it is durable. */
    void close(Completion<Long> done) {
        closed = true;
        try {
            directory.checkServing();
            boolean isEmpty = segments.count() == 1 && segments.last().isEmpty();
            if (!cut && endOffset != snapshotOffset && !isEmpty) { // amid a cut they know too much
                segments.last().writeIndexes();
                snapshot();
            }
            segments.last().trim();
            flusher.flush(done);
        } catch (IOException e) {
            done.failed(failed(e));
        }
    }

    /**
     * The log goes: its files are opened no more.
     *
     * @param whenAlone run on the loop once nothing works in the folder any more, so that its name
     *     can be given to another log that no late write will meet
     */
    void retire(Runnable whenAlone) {
        closed = true;
        segments.all().forEach(Segment::retire);
        leave = whenAlone;
        workEnded();
    }

    /** A flush, a truncation or a change of files is over. */
    void workEnded() {
        Runnable task = leave;
        if (task != null && !cut && work == FileWork.NONE && flusher.isIdle()) {
            leave = null;
            task.run();
        }
    }

    /** An I/O error fails the directory; damage and a deleted log do not. */
    IOException failed(IOException e) {
        if (!(e instanceof CorruptLogException) && !(e instanceof OpenFiles.RetiredException)) {
            directory.fail(e);
        }
        return e;
    }

    // For its parts, on the loop.

    LogDirectories store() {
        return store;
    }

    EventLoop loop() {
        return loop;
    }

    SegmentFile.Home home() {
        return home;
    }

    Path path() {
        return home.path();
    }

    TopicConfig config() {
        return config;
    }

    Segments segmentList() {
        return segments;
    }

    LogFlusher flusher() {
        return flusher;
    }

    /** Something else than appends begins to work with its files, or has ended. */
    void workedOn(FileWork by) {
        work = by;
        workEnded();
    }

    boolean isBusy() {
        return cut || work != FileWork.NONE || closed;
    }

    /** The log lies elsewhere now; its files were moved with it. */
    void movedTo(LogDirectory newDirectory) {
        directory = newDirectory;
    }

    /** Below it no transaction is open, as far as the log was told. */
    long lastStableOffset() {
        return lastStableOffset;
    }

    // For any thread.

    LogDirectory directory() {
        return directory;
    }

    long publishedHighWatermark() {
        return highWatermark;
    }

    /**
     * What the next start may begin with. A transaction whose end lies above the high watermark is
     * open, and the log does not tell where it began once it has that end: so no more is remembered
     * than what is stable.
     */
    long rememberedHighWatermark() {
        return Math.min(highWatermark, lastStableOffset);
    }

    boolean isClosed() {
        return closed;
    }
}
