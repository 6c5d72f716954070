package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.fake.SimDisk;
import io.sluice.storage.compress.LibraryCodecs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One log through several lives, each ended by a fault at a random call, and the checks of what it
 * must hold afterwards. The same seed gives the same history.
 */
final class LogHistory {
    private static final Path A = Path.of("/disks/a");
    private static final Path B = Path.of("/disks/b");

    private final Random random;
    private final SimDisk disk;
    private final Fixture fixture;
    private final boolean compacted;
    private final TopicConfig config;

    /** Every batch written, by base offset. */
    private final TreeMap<Long, byte[]> written = new TreeMap<>();

    private long durable;
    private long start;
    private int sequence;
    private int hits;
    private int compactedAway;
    private int markersGone;
    private int aborts;
    private int waiting;

    /** Of all that was committed once, also if a cut took it: what is below it may be gone. */
    private long floor;

    /**
     * @param between what the log sees instead of the disk: the disk itself, or one that lies
     */
    LogHistory(long seed, UnaryOperator<Disk> between) {
        random = new Random(seed);
        disk = new SimDisk(random);
        fixture = new Fixture(between.apply(disk), A, B);
        fixture.ioDelay = () -> random.nextInt(3) * 100_000L;
        fixture.settings =
                new LogStoreSettings(
                        4 + random.nextInt(8),
                        300,
                        200,
                        400,
                        250,
                        true,
                        4096,
                        0L,
                        seed % 2 == 0 ? 0 : Integer.MAX_VALUE,
                        1L << 40);
        compacted = random.nextInt(4) == 0;
        Configs configs = Configs.segments(400 + random.nextInt(2000));
        config = (compacted ? configs.compacting() : configs).build();
    }

    int play() throws IOException {
        int lives = 2 + random.nextInt(4);
        for (int life = 0; life < lives; life++) {
            if (life > 0 || random.nextBoolean()) {
                disk.faultAt(disk.calls() + 1 + random.nextInt(400), pick());
            }
            boolean power = false;
            try {
                live();
            } catch (SimDisk.PowerLoss e) {
                power = true;
            } catch (IOException e) {
                if (!disk.wasHit()) {
                    throw e;
                }
            }
            hits += disk.wasHit() ? 1 : 0;
            fixture.kill();
            if (power || random.nextInt(3) > 0) {
                disk.crash();
            } else {
                disk.repair();
            }
            String before = disk.tree();
            try {
                check(open());
            } catch (IOException | AssertionError e) {
                throw new AssertionError("after the crash:\n" + before, e);
            }
            if (random.nextInt(3) == 0) {
                fixture.close();
                check(open());
            }
        }
        return hits;
    }

    private SimDisk.Fault pick() {
        int pick = random.nextInt(10);
        return pick < 6
                ? SimDisk.Fault.POWER
                : pick < 8 ? SimDisk.Fault.WRITE_FAILS : SimDisk.Fault.FORCE_FAILS;
    }

    private @Nullable PartitionLog log;

    private PartitionLog open() throws IOException {
        PartitionLog opened = fixture.open(config);
        log = opened;
        return opened;
    }

    /** With the log that the check after the last crash has opened. */
    private void live() throws IOException {
        PartitionLog now = log;
        if (now == null || now.isClosed()) {
            now = open();
        }
        int steps = 10 + random.nextInt(60);
        for (int i = 0; i < steps; i++) {
            step(now);
        }
    }

    private void step(PartitionLog now) throws IOException {
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3, 4 -> append(now);
            case 5, 6 -> flush(now);
            case 7 -> fixture.flushLater(now);
            case 8 -> fixture.scheduler.advanceMs(random.nextInt(compacted ? 800 : 200));
            case 9 -> fixture.run();
            case 10 -> raiseMark(now);
            case 11 -> deleteRecords(now);
            case 12 -> truncate(now);
            default -> move(now);
        }
        noticeDurable(now);
    }

    private void append(PartitionLog now) throws IOException {
        long at = now.endOffset();
        int records = 1 + random.nextInt(3);
        long time = fixture.clock.wallMs() + random.nextInt(50) - 25;
        boolean inTransaction = random.nextInt(3) == 0;
        ByteBuffer batch =
                inTransaction
                        ? transactional(now, at, time)
                        : random.nextInt(4) == 0
                                ? scheduled(at, time)
                                : compacted
                                        ? Batches.keyed(
                                                "k" + random.nextInt(6),
                                                random.nextInt(5) == 0 ? null : "v" + at,
                                                time)
                                        : random.nextBoolean()
                                                ? Batches.idempotent(records, time, 5, sequence)
                                                : Batches.plain(records, time);
        written.tailMap(at, true).clear();
        fixture.append(now, batch);
        written.put(at, batch.array());
        sequence += BatchHeader.read(batch, 0).producerId() == 5 ? records : 0;
    }

    private ByteBuffer scheduled(long at, long time) {
        return random.nextInt(3) == 0
                ? Batches.fired("k" + random.nextInt(6), "v" + at, time)
                : Batches.hidden(floor(at), time);
    }

    /** Rarely one, and not beyond what is committed: it was read first. */
    private long floor(long at) {
        return random.nextInt(6) == 0 ? Math.max(0L, at - random.nextInt(12)) : 0L;
    }

    /** The next batch of one of three transactions, or its end; each has an epoch of its own. */
    private ByteBuffer transactional(PartitionLog now, long at, long time) {
        long producer = 11 + random.nextInt(3);
        short epoch = 0;
        int next = 0;
        for (ProducerStates.Entry entry : now.producerStates().entries()) {
            if (entry.producerId() == producer) {
                ProducerStates.Batch last = entry.lastBatch();
                epoch = entry.epoch();
                next = last == null ? 0 : last.lastSequence() + 1;
            }
        }
        return random.nextInt(3) == 0
                ? Batches.marker(producer, (short) (epoch + 1), random.nextBoolean(), time)
                : random.nextInt(4) == 0
                        ? Batches.hidden(producer, epoch, next, floor(at), time)
                        : Batches.transactional(
                                producer, epoch, next, "k" + random.nextInt(6), "v" + at, time);
    }

    private void flush(PartitionLog now) throws IOException {
        long asked = now.endOffset();
        Fixture.Outcome<Long> flushed = fixture.flushLater(now);
        long end = fixture.await(flushed);
        assertThat(end).isGreaterThanOrEqualTo(asked);
    }

    private void noticeDurable(PartitionLog now) {
        durable = Math.max(durable, now.durableEndOffset());
        start = Math.max(start, now.startOffset());
    }

    private void raiseMark(PartitionLog now) throws IOException {
        long mark = Math.max(now.publishedHighWatermark(), now.durableEndOffset());
        long end = Math.min(mark, now.endOffset());
        long stable = TransactionModel.of(written).lastStableOffset(end);
        fixture.on(() -> {
            now.highWatermark(end);
            now.lastStableOffset(stable);
        });
        floor = Math.max(floor, ScheduleModel.of(written.headMap(end)).floor());
    }

    private void deleteRecords(PartitionLog now) throws IOException {
        long mark = now.publishedHighWatermark();
        if (!compacted && mark > now.startOffset()) {
            fixture.on(() -> now.advanceStartOffset(mark - random.nextInt(3)));
        }
    }

    private void truncate(PartitionLog now) throws IOException {
        if (compacted || random.nextInt(3) > 0 || now.isClosed()) {
            return;
        }
        long from = Math.max(now.startOffset(), now.publishedHighWatermark());
        long to = from + random.nextInt(6);
        if (to >= now.endOffset()) {
            return;
        }
        durable = Math.min(durable, batchStart(to));
        fixture.truncate(now, to);
        written.tailMap(now.endOffset(), true).clear();
    }

    private long batchStart(long offset) {
        Long base = written.floorKey(offset);
        if (base == null) {
            return offset;
        }
        BatchHeader batch = BatchHeader.read(ByteBuffer.wrap(written.get(base)), 0);
        return batch.lastOffset() >= offset ? base : offset;
    }

    private void move(PartitionLog now) throws IOException {
        if (random.nextInt(4) > 0 || now.isBusy()) {
            return;
        }
        Path target = now.directory().path().equals(A) ? B : A;
        Fixture.Outcome<Uuid> moved = new Fixture.Outcome<>();
        fixture.store().move(now, target, moved);
        if (random.nextBoolean()) {
            try {
                fixture.await(moved);
            } catch (IOException e) {
                if (disk.wasHit()) {
                    throw e;
                }
            }
        }
    }

    /** After a restart on a whole disk. */
    private void check(PartitionLog now) throws IOException {
        assertThat(now.endOffset()).as("everything flushed").isGreaterThanOrEqualTo(durable);
        assertThat(now.startOffset()).as("log start").isLessThanOrEqualTo(now.endOffset());
        long offset = now.segments().getFirst().baseOffset();
        Set<Long> found = new HashSet<>();
        List<BatchHeader> headers = fixture.headers(now, offset);
        for (BatchHeader header : headers) {
            assertThat(header.baseOffset()).isGreaterThanOrEqualTo(offset);
            if (!compacted) {
                assertThat(header.baseOffset()).as("dense").isEqualTo(offset);
            }
            if (compacted && header.recordCount() == 0) {
                offset = header.nextOffset();
                continue; // only its offsets are kept, for what they tell of the log's end
            }
            found.add(header.baseOffset());
            checkBytes(header, fixture.read(now, header.baseOffset(), 1));
            offset = header.nextOffset();
        }
        TransactionModel transactions = TransactionModel.of(written.headMap(now.endOffset()));
        transactions.check(now, headers);
        ScheduleModel schedule = ScheduleModel.of(written.headMap(now.endOffset()));
        schedule.check(now, headers, transactions, floor);
        waiting += schedule.size();
        aborts += transactions.aborted();
        if (compacted) {
            checkNewestOfEachKey(now, found, transactions);
        } else {
            assertThat(offset).as("the end").isEqualTo(now.endOffset());
        }
        written.tailMap(now.endOffset(), true).clear();
        durable = now.durableEndOffset();
        start = now.startOffset();
        sequence = nextSequence(now);
    }

    /** A cleaned tombstone carries the time of its end in the header (KIP-534). */
    private void checkBytes(BatchHeader header, byte[] found) {
        long offset = header.baseOffset();
        byte[] expected = written.get(offset);
        if (header.isMarker()) {
            assertThat(TransactionModel.kind(ByteBuffer.wrap(found)))
                    .isEqualTo(TransactionModel.kind(ByteBuffer.wrap(expected)));
            return;
        }
        if (header.hasDeleteHorizon()) {
            RecordReader then = record(ByteBuffer.wrap(expected));
            RecordReader now = record(ByteBuffer.wrap(found));
            assertThat(now.isTombstone()).as("I-5: tombstone at %d", offset).isTrue();
            assertThat(now.key()).as("I-5: key at %d", offset).isEqualTo(then.key());
            assertThat(now.timestamp()).isEqualTo(then.timestamp());
        } else {
            assertThat(found).as("I-2: bytes at %d", offset).isEqualTo(expected);
        }
    }

    /** Compaction keeps the last value of every key where it was written (I-5). */
    private void checkNewestOfEachKey(
            PartitionLog now, Set<Long> found, TransactionModel transactions) {
        Map<String, Long> newest = new TreeMap<>();
        for (Map.Entry<Long, byte[]> entry : written.headMap(now.endOffset()).entrySet()) {
            ByteBuffer bytes = ByteBuffer.wrap(entry.getValue());
            if (BatchHeader.read(bytes, 0).isHidden()) {
                continue; // it has no key
            }
            if (BatchHeader.read(bytes, 0).isMarker()) {
                markersGone += found.contains(entry.getKey()) ? 0 : 1;
                continue;
            }
            if (transactions.isAborted(entry.getKey())) {
                continue; // it never was there, and hides nothing
            }
            if (transactions.isOpen(entry.getKey())) {
                assertThat(found).as("open: not compacted").contains(entry.getKey());
                continue;
            }
            RecordReader record = record(bytes);
            String key = StandardCharsets.UTF_8.decode(record.key()).toString();
            if (record.isTombstone()) {
                newest.remove(key); // it may be gone, and then so is the key
            } else {
                newest.put(key, entry.getKey());
            }
        }
        assertThat(found).as("I-5: newest of each key").containsAll(newest.values());
        compactedAway += (int) written.headMap(now.endOffset()).size() - found.size();
    }

    private static RecordReader record(ByteBuffer batch) {
        try {
            RecordReader records =
                    RecordReader.of(BatchHeader.read(batch, 0), batch, new LibraryCodecs());
            assertThat(records.next()).isTrue();
            return records;
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }

    /** Batches that compaction has removed: were there none, nothing was tested. */
    int compactedAway() {
        return compactedAway;
    }

    /** Markers that compaction has removed. */
    int markersGone() {
        return markersGone;
    }

    /** Messages that waited, and were looked for. */
    int waiting() {
        return waiting;
    }

    /** Aborted transactions that were looked for. */
    int aborts() {
        return aborts;
    }

    private static int nextSequence(PartitionLog now) {
        return now.producerStates().entries().stream()
                .filter(entry -> entry.producerId() == 5)
                .map(entry -> entry.lastBatch())
                .mapToInt(last -> last == null ? 0 : last.lastSequence() + 1)
                .max()
                .orElse(0);
    }
}
