package io.sluice.storage;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
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
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The log of one replica on disk. Appending is one write to the page cache and some array entries;
 * everything that may wait for the device runs on I/O threads over what does not change any more.
 */
final class PartitionLog implements ReplicaLog {

    /** Reads within so many bytes of the end are in the page cache, or the machine has none. */
    private static final int TAIL_BYTES = 32 << 20;

    private final LogDirectories store;
    private final EventLoop loop;
    private final TopicPartition partition;
    private final Uuid topicId;
    private final NavigableMap<Long, Segment> segments = new TreeMap<>();
    private final LeaderEpochs epochs;
    private final ProducerStates producers;
    private final RecentBatches recent = new RecentBatches();
    private final long recoveredHighWatermark;
    private volatile LogDirectory directory;
    private Path path;
    private TopicConfig config;
    private Segment active;
    private long startOffset;
    private volatile long endOffset;
    private volatile long durableEnd;
    private volatile long highWatermark;
    private volatile long publishedStart;
    private volatile long publishedSize;
    private int leaderEpoch = BatchHeader.NO_LEADER_EPOCH;
    private int writtenHereFrom;
    private long unflushedRecords;
    private final GroupFlush flush;
    private boolean flushTimerSet;
    private boolean namesDirty = true;
    private boolean closed;
    private Runnable onStartMoved = () -> {};

    PartitionLog(
            LogDirectories store,
            LogDirectory directory,
            EventLoop loop,
            Path path,
            LogSettings settings,
            LogRecovery.Recovered recovered) {
        this.store = store;
        this.flush = new GroupFlush(store, this);
        this.directory = directory;
        this.loop = loop;
        this.path = path;
        this.partition = settings.partition();
        this.topicId = settings.topicId();
        this.config = settings.config();
        this.epochs = recovered.epochs();
        this.producers = recovered.producers();
        recovered.segments().forEach(segment -> segments.put(segment.baseOffset(), segment));
        this.active = recovered.segments().getLast();
        this.startOffset = recovered.logStart();
        this.publishedStart = startOffset;
        this.publishedSize = sizeInBytes();
        this.endOffset = active.endOffset();
        this.durableEnd = endOffset;
        this.writtenHereFrom = active.size();
        this.recoveredHighWatermark = Math.min(settings.highWatermark(), endOffset);
        this.highWatermark = recoveredHighWatermark;
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
        return durableEnd;
    }

    @Override
    public long sizeInBytes() {
        long total = 0;
        for (Segment segment : segments.values()) {
            total += segment.size();
        }
        return total;
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
        directory.checkServing();
        try {
            int bytes = records.remaining();
            rollIfNeeded(bytes, batches, wallMs);
            int position = active.size();
            active.append(records, batches, config.indexIntervalBytes());
            for (BatchHeader batch : batches) {
                recent.add(batch, position);
                position += batch.sizeInBytes();
                epochs.append(batch);
                producers.append(batch);
                unflushedRecords += batch.recordCount();
            }
            publishedSize += bytes;
            endOffset = active.endOffset();
        } catch (IOException e) {
            throw failed(e);
        }
        flushByPolicy();
    }

    private void rollIfNeeded(int bytes, List<BatchHeader> batches, long wallMs)
            throws IOException {
        if (active.isEmpty()) {
            return;
        }
        BatchHeader last = batches.getLast();
        long now = last.maxTimestamp() == BatchHeader.NO_TIMESTAMP ? wallMs : last.maxTimestamp();
        boolean full = (long) active.size() + bytes > config.segmentBytes();
        boolean old = now - active.ageFromMs() > config.segmentMs() - jitterMs();
        boolean far = last.lastOffset() - active.baseOffset() > Integer.MAX_VALUE;
        boolean indexFull =
                (active.offsets().file().entries() + 1L) * OffsetIndex.ENTRY_BYTES
                        > config.segmentIndexBytes();
        if (full || old || far || indexFull) {
            roll(wallMs);
        }
    }

    /** Spreads the rolling of many partitions; steady for one partition. */
    private long jitterMs() {
        return config.segmentJitterMs() == 0
                ? 0
                : Math.floorMod(partition.hashCode() * 31L, config.segmentJitterMs());
    }

    /** Seals the active segment and begins the next one. */
    void roll(long wallMs) throws IOException {
        active.seal();
        ByteBuffer snapshot = ProducerSnapshot.encode(producers);
        Path file = path.resolve(Segment.name(endOffset) + ProducerSnapshot.SUFFIX);
        store.background(() -> ProducerSnapshot.write(store.disk(), file, snapshot), directory);
        active = new Segment(store.files(), path, endOffset, 0, 0, wallMs);
        segments.put(endOffset, active);
        recent.clear();
        writtenHereFrom = 0;
        namesDirty = true;
        flush(Ignored.INSTANCE);
    }

    /** flush.messages and flush.ms: in the background where nobody waits for them. */
    private void flushByPolicy() {
        if (unflushedRecords >= config.flushMessages()) {
            flush(Ignored.INSTANCE);
        } else if (config.flushMs() != Long.MAX_VALUE && !flushTimerSet) {
            flushTimerSet = true;
            loop.schedule(
                    config.flushMs(),
                    () -> {
                        flushTimerSet = false;
                        if (!closed && durableEnd < endOffset) {
                            flush(Ignored.INSTANCE);
                        }
                    });
        }
    }

    @Override
    public void flush(Completion<Long> done) {
        flush.request(done);
    }

    /** What a flush that begins now must make durable; asking takes note of it. */
    GroupFlush.Work flushWork() {
        List<GroupFlush.Dirty> dirty = new ArrayList<>(2);
        for (Segment segment : segments.descendingMap().values()) {
            if (segment.durableSize() < segment.size()) {
                dirty.add(new GroupFlush.Dirty(segment, segment.path(), segment.size()));
            } else if (segment != active) {
                break;
            }
        }
        boolean names = namesDirty;
        namesDirty = false;
        unflushedRecords = 0;
        return new GroupFlush.Work(
                endOffset,
                directory,
                path,
                dirty,
                names,
                epochs.takeDirty() ? epochs.text() : null);
    }

    /** Everything below the offset is on stable storage now. */
    long durableUpTo(long offset) {
        durableEnd = Math.max(durableEnd, Math.min(offset, endOffset));
        return durableEnd;
    }

    @Override
    public LogRead read(long fromOffset, long upTo, int maxBytes, boolean atLeastOne)
            throws IOException {
        Map.Entry<Long, Segment> entry = segments.floorEntry(fromOffset);
        Segment segment = entry == null ? segments.firstEntry().getValue() : entry.getValue();
        while (segment.endOffset() <= fromOffset || segment.isEmpty()) {
            Map.Entry<Long, Segment> next = segments.higherEntry(segment.baseOffset());
            if (next == null || next.getKey() >= upTo) {
                return LogRead.NOTHING;
            }
            segment = next.getValue();
        }
        int from = positionOf(segment, fromOffset);
        int end = upTo >= segment.endOffset() ? segment.size() : positionOf(segment, upTo);
        int length = Math.min(end - from, maxBytes);
        if (length < end - from) {
            length = atLeastWhole(segment, fromOffset, from, length, end, atLeastOne);
        }
        if (length <= 0) {
            return LogRead.NOTHING;
        }
        SegmentSlice slice = segment.slice(from, length);
        return new LogRead(slice, isCold(segment, from, slice));
    }

    /** A cut slice must hold its first batch whole, or nothing. */
    private int atLeastWhole(
            Segment segment, long offset, int from, int length, int end, boolean atLeastOne)
            throws IOException {
        int index = segment == active ? recent.indexOf(offset, active.endOffset()) : -1;
        int first;
        if (index >= 0) {
            first = recent.size(index);
        } else {
            BatchHeader batch = segment.headerAt(from);
            first = batch == null ? 0 : batch.sizeInBytes();
        }
        if (first <= length) {
            return length;
        }
        return atLeastOne ? Math.min(first, end - from) : 0;
    }

    private int positionOf(Segment segment, long offset) throws IOException {
        if (segment == active) {
            int index = recent.indexOf(offset, active.endOffset());
            if (index >= 0) {
                return recent.position(index);
            }
        }
        return segment.positionOf(offset);
    }

    private boolean isCold(Segment segment, int position, SegmentSlice slice) {
        boolean writtenNow =
                segment == active
                        && position >= writtenHereFrom
                        && position >= active.size() - TAIL_BYTES;
        return !writtenNow && !slice.isCached();
    }

    @Override
    public long bytesBetween(long fromOffset, long upTo, int limit) {
        Map.Entry<Long, Segment> entry = segments.floorEntry(fromOffset);
        if (entry == null || entry.getValue() != active) {
            return limit; // a reader in an old segment has a segment's worth before it
        }
        try {
            int from = positionOf(active, fromOffset);
            int end = upTo >= active.endOffset() ? active.size() : positionOf(active, upTo);
            return Math.min(limit, end - from);
        } catch (IOException e) {
            return limit; // the read itself will meet the fault and name it
        }
    }

    @Override
    public void warm(FileSlice slice, Completion<FileSlice> done) {
        store.io()
                .call(
                        IoThreads.Lane.READ,
                        () -> {
                            ((SegmentSlice) slice).warmAndVerify();
                            return slice;
                        },
                        loop,
                        done);
    }

    @Override
    public void findTimestamp(long timestamp, long upTo, Completion<TimestampAndOffset> done) {
        new TimestampSearch(store, this).firstAtOrAfter(timestamp, upTo, done);
    }

    @Override
    public void findMaxTimestamp(long upTo, Completion<TimestampAndOffset> done) {
        new TimestampSearch(store, this).greatest(upTo, done);
    }

    @Override
    public void startEpoch(int epoch) {
        leaderEpoch =
                epoch; // written with the epoch's first batch: an epoch without one has no place
    }

    @Override
    public EpochEnd endOfEpoch(int epoch) {
        return epochs.endOf(epoch, Math.max(leaderEpoch, epochs.latest()), endOffset);
    }

    @Override
    public int epochAt(long offset) {
        return epochs.epochAt(offset);
    }

    @Override
    public void truncateTo(long offset, Completion<Long> done) {
        if (offset >= endOffset) {
            done.succeeded(endOffset);
            return;
        }
        try {
            directory.checkServing();
            while (segments.size() > 1 && active.baseOffset() >= offset) {
                Segment dropped = active;
                segments.remove(dropped.baseOffset());
                active = segments.lastEntry().getValue();
                dropped.forgetFiles();
                Segment.delete(store.disk(), path, dropped.baseOffset(), "");
            }
            int position = active.positionOf(offset);
            active.truncate(offset, position, new Segment.Latest(BatchHeader.NO_TIMESTAMP, -1L));
            endOffset = offset;
            durableEnd = Math.min(durableEnd, offset);
            writtenHereFrom = Math.min(writtenHereFrom, position);
            recent.clear();
            epochs.truncate(offset);
            rebuildProducers();
        } catch (IOException e) {
            done.failed(failed(e));
            return;
        }
        flush(done);
    }

    /** The states hold batches that are gone; those that are left tell them anew. */
    private void rebuildProducers() throws IOException {
        producers.clear();
        for (Segment segment : segments.values()) {
            int position = 0;
            for (BatchHeader batch = segment.headerAt(0);
                    batch != null;
                    batch = segment.headerAt(position)) {
                producers.append(batch);
                position += batch.sizeInBytes();
            }
        }
    }

    @Override
    public void advanceStartOffset(long offset) throws IOException {
        directory.checkServing();
        if (offset <= startOffset) {
            return;
        }
        startOffset = Math.min(offset, endOffset);
        publishedStart = startOffset;
        epochs.startAt(startOffset);
        // A deletion that was answered must hold over a crash.
        directory.checkpointStart(partition, startOffset);
        dropSegmentsBelow(startOffset);
    }

    /** Removes whole segments below the start; never the active one (I-5). */
    private void dropSegmentsBelow(long offset) throws IOException {
        while (segments.size() > 1) {
            Segment oldest = segments.firstEntry().getValue();
            if (oldest == active || oldest.endOffset() > offset) {
                return;
            }
            segments.remove(oldest.baseOffset());
            publishedSize -= oldest.size();
            retire(oldest);
        }
    }

    /**
     * Takes a segment out of the log: renamed now, deleted later, for readers that still have it.
     */
    private void retire(Segment segment) throws IOException {
        oldSnapshotsGo();
        Path folder = path;
        for (String kind : new String[] {Segment.LOG, Segment.INDEX, Segment.TIME_INDEX}) {
            Path file = folder.resolve(Segment.name(segment.baseOffset()) + kind);
            if (store.disk().exists(file)) {
                store.disk().rename(file, file.resolveSibling(file.getFileName() + ".deleted"));
            }
        }
        segment.forgetFiles();
        long base = segment.baseOffset();
        loop.schedule(
                config.fileDeleteDelayMs(),
                () ->
                        store.background(
                                () -> Segment.delete(store.disk(), folder, base, ".deleted"),
                                directory));
    }

    /** Snapshots at the base of the newest segments are enough for recovery. */
    private void oldSnapshotsGo() throws IOException {
        Long oldest = segments.isEmpty() ? endOffset : segments.firstKey();
        for (Path file : store.disk().list(path)) {
            String name = file.getFileName().toString();
            if (name.endsWith(ProducerSnapshot.SUFFIX) && LogRecovery.baseOffset(name) < oldest) {
                store.disk().delete(file);
            }
        }
    }

    /**
     * Puts a cleaned segment in the place of others, if they are still there.
     *
     * @return false if the log has moved on (retention, a move, a deletion): the work is void
     */
    boolean replace(Path folder, CleaningRun.Replacement replacement) throws IOException {
        List<Long> bases = LogCleaner.bases(replacement);
        if (closed || !folder.equals(path) || !segments.keySet().containsAll(bases)) {
            return false;
        }
        directory.checkServing();
        Long next = segments.higherKey(bases.getLast());
        long created = active.createdMs();
        for (Long base : bases) {
            Segment old = segments.get(base);
            if (old != null) {
                publishedSize -= old.size();
                old.forgetFiles();
            }
        }
        SegmentSwap swap = new SegmentSwap(store.disk(), path);
        swap.begin(replacement.cleaned().baseOffset(), bases);
        swap.finish();
        segments.keySet().removeAll(bases);
        Segment cleaned =
                replacement.cleaned().toSegment(store.files(), created, next == null ? 0 : next);
        segments.put(cleaned.baseOffset(), cleaned);
        publishedSize += cleaned.size();
        return true;
    }

    /** Retention, as of now: whole segments, oldest first, never above the high watermark. */
    void retain(long wallMs) throws IOException {
        if (!closed
                && config.compact()
                && !active.isEmpty()
                && wallMs - active.ageFromMs() > config.maxCompactionLagMs()) {
            roll(wallMs); // only sealed segments are compacted
        }
        if (closed || !config.delete() || !directory.isServing()) {
            dropBelowStartOnly();
            return;
        }
        if (expired(active, wallMs) && !active.isEmpty() && active.endOffset() <= highWatermark) {
            roll(wallMs);
        }
        long excess = config.retentionBytes() < 0 ? 0 : sizeInBytes() - config.retentionBytes();
        long newStart = startOffset;
        for (Segment segment : segments.values()) {
            if (segment == active || segment.endOffset() > highWatermark) {
                break;
            }
            boolean tooMuch = config.retentionBytes() >= 0 && excess - segment.size() >= 0;
            if (!tooMuch && !expired(segment, wallMs)) {
                break;
            }
            excess -= segment.size();
            newStart = segment.endOffset();
        }
        if (newStart > startOffset) {
            advanceStartOffset(newStart);
            onStartMoved.run();
        }
    }

    private void dropBelowStartOnly() throws IOException {
        if (!closed && directory.isServing()) {
            dropSegmentsBelow(startOffset);
        }
    }

    private boolean expired(Segment segment, long wallMs) {
        long newest = segment.latest().timestamp();
        long from = newest < 0 ? segment.createdMs() : newest;
        return config.retentionMs() >= 0 && wallMs - from > config.retentionMs();
    }

    @Override
    public void highWatermark(long offset) {
        highWatermark = offset;
    }

    @Override
    public void onStartMoved(Runnable listener) {
        onStartMoved = listener;
    }

    @Override
    public void reconfigure(TopicConfig changed) {
        config = changed;
    }

    @Override
    public List<SegmentInfo> segments() {
        return segments.values().stream()
                .map(segment ->
                        new SegmentInfo(
                                segment.baseOffset(), segment.size(), segment.latest().timestamp()))
                .toList();
    }

    /** Writes everything out and takes no more. Completes when it is durable. */
    void close(Completion<Long> done) {
        try {
            directory.checkServing();
            active.seal();
            Path file = path.resolve(Segment.name(endOffset) + ProducerSnapshot.SUFFIX);
            ByteBuffer snapshot = ProducerSnapshot.encode(producers);
            closed = true;
            store.io()
                    .call(
                            IoThreads.Lane.MAINTENANCE,
                            () -> {
                                ProducerSnapshot.write(store.disk(), file, snapshot);
                                return endOffset;
                            },
                            loop,
                            Ignored.then(() -> flush(done)));
        } catch (IOException e) {
            closed = true;
            done.failed(e);
        }
    }

    IOException failed(IOException e) {
        directory.fail(e);
        return e;
    }

    // What the store's own threads read: published by the loop, never torn.

    long publishedStart() {
        return publishedStart;
    }

    long publishedSize() {
        return publishedSize;
    }

    long publishedHighWatermark() {
        return highWatermark;
    }

    LogDirectory directory() {
        return directory;
    }

    EventLoop loop() {
        return loop;
    }

    Path path() {
        return path;
    }

    TopicConfig config() {
        return config;
    }

    boolean isClosed() {
        return closed;
    }

    void markClosed() {
        closed = true;
    }

    NavigableMap<Long, Segment> segmentMap() {
        return segments;
    }

    Segment activeSegment() {
        return active;
    }

    /** The log lies elsewhere now; its files were moved with it. */
    void movedTo(LogDirectory newDirectory, Path newPath) {
        directory = newDirectory;
        path = newPath;
        segments.values().forEach(segment -> segment.movedTo(newPath));
    }
}
