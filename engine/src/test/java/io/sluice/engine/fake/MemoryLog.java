package io.sluice.engine.fake;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.engine.log.DamagedLogException;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * A log in memory. Finds times by whole batches: the answer is a batch's first record where its
 * base timestamp is late enough, and its last record otherwise.
 */
public final class MemoryLog implements ReplicaLog {

    private final MemoryLogStore store;
    private final TopicPartition partition;
    private final Uuid topicId;
    private final NavigableMap<Long, Stored> batches = new TreeMap<>();
    private final NavigableMap<Integer, Long> epochs = new TreeMap<>();
    private final ProducerStates producers = new ProducerStates();
    private final List<AbortedTransaction> aborted = new ArrayList<>();
    private long lastStable;
    private Uuid directory;
    private EventLoop loop;
    private TopicConfig config;
    private Runnable onStartMoved = () -> {};
    private LongConsumer onHeldBack = wanted -> {};
    private long start;
    private long end;
    private long durableEnd;
    private long highWatermark;
    private long size;
    private int flushes;
    private int flushing;
    private int cuts;
    private boolean deleted;

    private record Stored(BatchHeader header, byte[] bytes) {}

    MemoryLog(
            MemoryLogStore store,
            TopicPartition partition,
            Uuid topicId,
            Uuid directory,
            EventLoop loop,
            TopicConfig config) {
        this.store = store;
        this.partition = partition;
        this.topicId = topicId;
        this.directory = directory;
        this.loop = loop;
        this.config = config;
    }

    void reopen(EventLoop owner, TopicConfig with) {
        loop = owner;
        config = with;
        onStartMoved = () -> {};
        onHeldBack = wanted -> {};
        flushing = 0;
    }

    EventLoop loop() {
        return loop;
    }

    void moveTo(Uuid target) {
        directory = target;
    }

    void delete() {
        deleted = true;
    }

    /** The power goes: what was not flushed is gone. */
    public void crash() {
        cut(durableEnd);
    }

    /** Retention has moved the start. */
    public void retainFrom(long offset) {
        start = Math.max(start, offset);
        onStartMoved.run();
    }

    /** The settings it was given last. */
    public TopicConfig config() {
        return config;
    }

    /** Flushes asked for so far. */
    public int flushes() {
        return flushes;
    }

    /** Flushes asked for and not ended. */
    public int flushesUnderWay() {
        return flushing;
    }

    public boolean isDeleted() {
        return deleted;
    }

    /** The high watermark told last. */
    public long toldHighWatermark() {
        return highWatermark;
    }

    /** Headers of everything stored. */
    public List<BatchHeader> headers() {
        List<BatchHeader> all = new ArrayList<>();
        batches.values().forEach(stored -> all.add(stored.header));
        return all;
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
        return directory;
    }

    @Override
    public long startOffset() {
        return start;
    }

    @Override
    public long endOffset() {
        return end;
    }

    @Override
    public long durableEndOffset() {
        return durableEnd;
    }

    @Override
    public long sizeInBytes() {
        return size;
    }

    @Override
    public int latestEpoch() {
        return batches.isEmpty()
                ? BatchHeader.NO_LEADER_EPOCH
                : batches.lastEntry().getValue().header.leaderEpoch();
    }

    @Override
    public long recoveredHighWatermark() {
        return highWatermark;
    }

    @Override
    public ProducerStates producerStates() {
        return producers;
    }

    @Override
    public void append(ByteBuffer records, List<BatchHeader> headers, long wallMs)
            throws IOException {
        store.checkServing(directory);
        if (deleted) {
            throw new IllegalStateException("append to a deleted log");
        }
        if (store.faults().failAppend(partition)) {
            store.fail(directory, new IOException("append failed"));
            throw new IOException("append failed");
        }
        int at = records.position();
        for (BatchHeader header : headers) {
            byte[] bytes = new byte[header.sizeInBytes()];
            records.get(at, bytes);
            at += bytes.length;
            BatchHeader written = BatchHeader.read(ByteBuffer.wrap(bytes), 0);
            if (!written.equals(header) || header.baseOffset() < end) {
                throw new IllegalStateException(header + " is not " + written + " at " + end);
            }
            batches.put(header.baseOffset(), new Stored(header, bytes));
            epochs.putIfAbsent(header.leaderEpoch(), header.baseOffset());
            account(header, bytes);
            size += bytes.length;
            end = header.nextOffset();
        }
    }

    private void account(BatchHeader header, byte[] bytes) {
        if (!header.isMarker()) {
            producers.append(header);
            return;
        }
        try {
            AbortedTransaction ended =
                    producers.end(header, ControlBatch.read(header, ByteBuffer.wrap(bytes)));
            if (ended != null) {
                aborted.add(ended);
            }
        } catch (RecordFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<AbortedTransaction> abortedIn(FileSlice slice, long fromOffset, long upTo) {
        if (store.faults().hidesAborted(partition)) {
            return List.of();
        }
        return aborted.stream()
                .filter(one -> one.lastOffset() >= fromOffset && one.firstOffset() < upTo)
                .toList();
    }

    @Override
    public void lastStableOffset(long offset) {
        if (offset < lastStable || offset > highWatermark) {
            throw new IllegalStateException(
                    "last stable offset "
                            + offset
                            + " after "
                            + lastStable
                            + ", high watermark "
                            + highWatermark);
        }
        lastStable = offset;
    }

    @Override
    public void flush(boolean moreToCome, Completion<Long> done) {
        flushes++;
        flushing++;
        long upTo = end;
        int before = cuts;
        store.io()
                .call(
                        IoThreads.Lane.FLUSH,
                        () -> {
                            store.checkServing(directory);
                            if (store.faults().failFlush(partition)) {
                                throw new IOException("flush failed");
                            }
                            return upTo;
                        },
                        loop,
                        Completion.of(
                                value -> {
                                    flushing--;
                                    if (before == cuts) { // else what it flushed may be gone
                                        durableEnd = Math.max(durableEnd, Math.min(value, end));
                                    }
                                    done.succeeded(durableEnd);
                                },
                                fault -> {
                                    flushing--;
                                    store.fail(directory, fault);
                                    done.failed(fault);
                                }));
    }

    @Override
    public LogRead read(long fromOffset, long upTo, int maxBytes, boolean atLeastOne)
            throws IOException {
        store.checkServing(directory);
        Long first = batches.floorKey(fromOffset);
        if (first == null) {
            return LogRead.NOTHING;
        }
        long end = Math.min(upTo, store.faults().readEnd(partition, fromOffset));
        ByteBuffer found = ByteBuffer.allocate(total(first, end, maxBytes, atLeastOne));
        for (Stored stored : batches.subMap(first, Math.max(first, end)).values()) {
            found.put(stored.bytes, 0, Math.min(found.remaining(), stored.bytes.length));
        }
        return found.position() == 0
                ? LogRead.NOTHING
                : new LogRead(store.slice(found.array()), store.faults().rots(partition));
    }

    /** As the real one: the last of several batches is cut where no more is asked for. */
    private int total(long first, long upTo, int maxBytes, boolean atLeastOne) {
        int total = 0;
        for (Stored stored : batches.subMap(first, Math.max(first, upTo)).values()) {
            boolean fits = total + stored.bytes.length <= maxBytes;
            if (!fits && total > 0) {
                return maxBytes;
            }
            if (!fits) {
                return atLeastOne ? stored.bytes.length : 0;
            }
            total += stored.bytes.length;
        }
        return total;
    }

    @Override
    public long bytesBetween(long fromOffset, long upTo, int limit) {
        Long first = batches.floorKey(fromOffset);
        long total = 0;
        if (first != null) {
            for (Stored stored : batches.subMap(first, Math.max(first, upTo)).values()) {
                total += stored.bytes.length;
                if (total >= limit) {
                    return limit;
                }
            }
        }
        return total;
    }

    @Override
    public void onStartMoved(Runnable listener) {
        onStartMoved = listener;
    }

    @Override
    public long nextScheduled(long from) {
        for (Stored stored : batches.values()) {
            boolean hidden = stored.header.isFired() && store.faults().hidesDeliveries(partition);
            if (stored.header.isScheduled() && !hidden && stored.header.lastOffset() >= from) {
                return Math.max(from, stored.header.baseOffset());
            }
        }
        return NOTHING_SCHEDULED;
    }

    @Override
    public long scheduleFloor() {
        long floor = 0;
        for (Stored stored : batches.headMap(highWatermark).values()) {
            try {
                if (stored.header.isHidden() && stored.header.lastOffset() < highWatermark) {
                    ByteBuffer bytes = ByteBuffer.wrap(stored.bytes);
                    floor = Math.max(floor, ScheduleFormat.floor(stored.header, bytes));
                }
            } catch (RecordFormatException e) {
                throw new IllegalStateException(e);
            }
        }
        return floor == 0 ? 0 : floor + store.faults().floorAhead(partition);
    }

    @Override
    public void onHeldBack(LongConsumer wantedStart) {
        onHeldBack = wantedStart;
    }

    /** Retention would move the start, if messages that wait were not there. */
    public void holdBack(long wantedStart) {
        onHeldBack.accept(wantedStart);
    }

    @Override
    public void warm(FileSlice slice, Completion<FileSlice> done) {
        store.io()
                .call(
                        IoThreads.Lane.READ,
                        () -> {
                            if (store.faults().rots(partition)) {
                                throw new DamagedLogException(partition + " is damaged");
                            }
                            return slice;
                        },
                        loop,
                        done);
    }

    @Override
    public void findTimestamp(long timestamp, long upTo, Completion<TimestampAndOffset> done) {
        TimestampAndOffset found = TimestampAndOffset.NONE;
        for (Stored stored : batches.tailMap(batchStart(), true).values()) {
            BatchHeader header = stored.header;
            if (header.baseOffset() >= upTo) {
                break;
            }
            if (header.maxTimestamp() >= timestamp) {
                found =
                        header.baseTimestamp() >= timestamp
                                ? found(header, header.baseTimestamp(), header.baseOffset())
                                : found(header, header.maxTimestamp(), header.lastOffset());
                break;
            }
        }
        answer(found, done);
    }

    @Override
    public void findMaxTimestamp(long upTo, Completion<TimestampAndOffset> done) {
        TimestampAndOffset found = TimestampAndOffset.NONE;
        for (Stored stored : batches.tailMap(batchStart(), true).values()) {
            BatchHeader header = stored.header;
            if (header.baseOffset() < upTo && header.maxTimestamp() > found.timestamp()) {
                found = found(header, header.maxTimestamp(), header.lastOffset());
            }
        }
        answer(found, done);
    }

    private static TimestampAndOffset found(BatchHeader header, long timestamp, long offset) {
        return new TimestampAndOffset(timestamp, offset, header.leaderEpoch());
    }

    private void answer(TimestampAndOffset found, Completion<TimestampAndOffset> done) {
        store.io().call(IoThreads.Lane.READ, () -> found, loop, done);
    }

    private long batchEnd() {
        return batches.lastEntry().getValue().header.nextOffset();
    }

    private long batchStart() {
        Long first = batches.floorKey(start);
        return first == null ? start : first;
    }

    @Override
    public void startEpoch(int epoch) throws IOException {
        store.checkServing(directory);
        epochs.putIfAbsent(epoch, end);
    }

    @Override
    public EpochEnd endOfEpoch(int epoch) {
        if (epochs.isEmpty() || epoch < 0 || epoch > epochs.lastKey()) {
            return new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);
        }
        Integer found = epochs.floorKey(epoch);
        Map.Entry<Integer, Long> above = epochs.higherEntry(epoch);
        return new EpochEnd(found == null ? epoch : found, above == null ? end : above.getValue());
    }

    @Override
    public int epochAt(long offset) {
        Map.Entry<Long, Stored> entry = batches.floorEntry(offset);
        return entry == null ? BatchHeader.NO_LEADER_EPOCH : entry.getValue().header.leaderEpoch();
    }

    @Override
    public void truncateTo(long offset, Completion<Long> done) {
        cut(Math.min(offset, end));
        flush(false, done);
    }

    @Override
    public void restartAt(
            long offset, List<ProducerStates.Remembered> told, Completion<Long> done) {
        cut(0);
        told.forEach(producers::restore);
        start = offset;
        end = offset;
        durableEnd = offset;
        flush(false, done);
    }

    /** Whole batches go, so the end may be lower. */
    private void cut(long offset) {
        cuts++;
        batches.values().removeIf(stored -> stored.header.nextOffset() > offset);
        end = batches.isEmpty() ? Math.min(start, offset) : batchEnd();
        epochs.values().removeIf(from -> from >= end);
        durableEnd = Math.min(durableEnd, end);
        highWatermark = Math.min(highWatermark, end);
        lastStable = 0;
        size = 0;
        producers.clear();
        aborted.clear();
        for (Stored stored : batches.values()) {
            account(stored.header, stored.bytes);
            size += stored.bytes.length;
        }
    }

    @Override
    public void advanceStartOffset(long offset) throws IOException {
        store.checkServing(directory);
        long limit = waitsFrom(scheduleFloor());
        start = Math.max(start, Math.min(offset, limit));
        if (offset > limit) {
            onHeldBack.accept(offset);
        }
    }

    private long waitsFrom(long floor) {
        for (Stored stored : batches.values()) {
            if (stored.header.isHidden() && stored.header.lastOffset() >= floor) {
                return Math.max(floor, stored.header.baseOffset());
            }
        }
        return Long.MAX_VALUE;
    }

    /** It was not checkpointed since the log began, and a crash is about to take it. */
    public void forgetHighWatermark() {
        highWatermark = 0;
        lastStable = 0;
    }

    @Override
    public void highWatermark(long offset) {
        if (offset < highWatermark || offset > end) {
            throw new IllegalStateException(
                    "high watermark " + offset + " after " + highWatermark + ", end " + end);
        }
        highWatermark = offset;
    }

    @Override
    public void reconfigure(TopicConfig changed) {
        config = changed;
    }

    @Override
    public List<SegmentInfo> segments() {
        return List.of(new SegmentInfo(start, size, BatchHeader.NO_TIMESTAMP));
    }
}
