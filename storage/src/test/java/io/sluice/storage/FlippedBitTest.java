package io.sluice.storage;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.fake.SimDisk;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.LogRead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * One bit of what was flushed turns over on the device. It is found and named by file and position,
 * never served by a read of a cold disk, never cut away (I-4).
 */
final class FlippedBitTest {

    private static final int SEEDS = Integer.getInteger("sluice.crash.seeds", 1500);
    private static final Path DATA = Path.of("/disks/a");

    /** The bit among the attributes that tells a batch of a transaction. */
    private static final int TRANSACTIONAL = (BatchHeader.ATTRIBUTES_AT + 1) * 8 + 4;

    private static final int BASE_OFFSET_BITS = 64;

    /** What a log is filled with. */
    private interface Filling {
        ByteBuffer batch(Random random, int number);
    }

    private static final Filling PLAIN =
            (random, number) -> Batches.plain(1 + random.nextInt(3), 1000 + number);

    /** Two producers, each of whose batches follows the one before. */
    private static final Filling IDEMPOTENT =
            (random, number) -> Batches.idempotent(2, 1000, 1 + number % 2, number / 2 * 2);

    /** Two producers whose transactions meet, each of a batch and its marker. */
    private static final Filling TRANSACTIONS =
            (random, number) -> {
                long producer = 1 + number % 2;
                short epoch = (short) (number / 4);
                return number / 2 % 2 == 0
                        ? Batches.transactional(producer, epoch, 0, "k" + number, "v", 1000)
                        : Batches.marker(producer, epoch, random.nextBoolean(), 1000);
            };

    /** What a schedule must read, or not. */
    private static final Filling SCHEDULED =
            (random, number) ->
                    random.nextInt(3) == 0
                            ? Batches.plain(1 + random.nextInt(3), 1000 + number)
                            : Batches.hidden(0L, 1000);

    /** A log of several segments, all of it flushed, and where each batch lies. */
    private static final class Damaged {
        private final Random random;
        private final SimDisk disk;
        private final Fixture fixture;
        private final TopicConfig config;
        private final TreeMap<Long, byte[]> written = new TreeMap<>();
        private Path file = DATA;
        private long position;
        private String what = "";
        private int bit;

        /** The offset of the first open transaction, or of none. */
        private final long firstOpen;

        private final List<AbortedTransaction> aborted;

        Damaged(long seed, Filling filling) throws IOException {
            random = new Random(seed);
            disk = new SimDisk(random);
            fixture = new Fixture(disk, DATA);
            config = Configs.segments(500 + random.nextInt(1000)).build();
            PartitionLog log = fixture.open(config);
            int batches = 5 + random.nextInt(20);
            for (int i = 0; i < batches; i++) {
                ByteBuffer batch = filling.batch(random, i);
                long at = log.endOffset();
                fixture.append(log, batch);
                written.put(at, batch.array());
            }
            fixture.flush(log);
            fixture.run();
            firstOpen = log.producerStates().firstOpen();
            aborted = log.aborted(0L, log.endOffset());
        }

        /** Turns a bit of a batch, of its length and offset too. */
        void flip() throws IOException {
            flip(Integer.MAX_VALUE);
        }

        /** Turns one of the first bits of a batch. */
        void flip(int most) throws IOException {
            long[] bases = written.keySet().stream().mapToLong(base -> base).toArray();
            long victim = bases[random.nextInt(bases.length)];
            Path folder = DATA.resolve(Fixture.T0.toString());
            for (Path one : disk.list(folder)) {
                if (!one.toString().endsWith(Segment.LOG)) {
                    continue;
                }
                long base = SegmentFile.baseOffset(one.getFileName().toString());
                if (base > victim) {
                    continue;
                }
                file = one;
                position = 0;
                for (byte[] before : written.subMap(base, victim).values()) {
                    position += before.length;
                }
            }
            int bits = requireNonNull(written.get(victim)).length * 8;
            bit = random.nextInt(Math.min(most, bits));
            disk.flip(file, position * 8 + bit);
            what = "bit %d of the batch at offset %d".formatted(bit, victim);
        }
    }

    @Test
    void isNamedAndNeitherServedNorCutAway() throws IOException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Damaged log = new Damaged(seed, PLAIN);
            log.fixture.kill();
            log.flip();
            long size = log.disk.size(log.file);
            try {
                PartitionLog again = log.fixture.open(log.config);
                // What was flushed is not read at the start: then the reads must find it.
                assertThat(isServed(log, again))
                        .as("seed %d: %s is served", seed, log.what)
                        .isFalse();
            } catch (CorruptLogException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains(log.file.toString());
            }
            assertThat(log.disk.size(log.file)).as("seed %d: %s", seed, log.what).isEqualTo(size);
        }
    }

    /** Simulator, seeds 803011 and 803200: one that another producer seemed to have begun. */
    @Test
    void noTransactionIsOpenThatWasNotAndNoneEndsOtherwise() throws IOException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Damaged log = new Damaged(seed, TRANSACTIONS);
            log.fixture.kill();
            log.flip();
            if (log.bit == TRANSACTIONAL) {
                continue; // it begins its transaction too late, but nobody is given it
            }
            try {
                PartitionLog again = log.fixture.open(log.config);
                assertThat(again.producerStates().firstOpen())
                        .as("seed %d, %s: the first open transaction", seed, log.what)
                        .isEqualTo(log.firstOpen);
                assertThat(again.aborted(0L, again.endOffset()))
                        .as("seed %d, %s: aborted", seed, log.what)
                        .isEqualTo(log.aborted);
            } catch (CorruptLogException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains(log.file.toString());
            }
        }
    }

    /** Simulator, seed 9058687: a batch that came again did not fit, though it was stored. */
    @Test
    void noneIsForgottenWhoseBatchMayComeAgain() throws IOException {
        int found = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Damaged log = new Damaged(seed, IDEMPOTENT);
            List<Long> stored = stored(log.fixture.open(log.config));
            log.fixture.kill();
            log.flip(BatchHeader.SIZE * 8);
            Snapshots.dropUpTo(log.disk, DATA.resolve(Fixture.T0.toString()), Long.MAX_VALUE);
            try {
                assertThat(stored(log.fixture.open(log.config)))
                        .as("seed %d, %s", seed, log.what)
                        .isEqualTo(stored);
            } catch (CorruptLogException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains(log.file.toString());
                found++;
            }
        }
        assertThat(found).isGreaterThan(SEEDS / 4);
    }

    /** Producers, and sequences and offsets of their batches. */
    private static List<Long> stored(PartitionLog log) {
        List<Long> all = new ArrayList<>();
        for (ProducerStates.Entry producer : log.producerStates().entries()) {
            all.addAll(List.of(producer.producerId(), (long) producer.epoch()));
            for (ProducerStates.Batch batch : producer.batches()) {
                all.addAll(
                        List.of(
                                (long) batch.firstSequence(),
                                (long) batch.lastSequence(),
                                batch.baseOffset()));
            }
        }
        return all;
    }

    /** Simulator, seed 3002215: a cancellation was passed over, as its batch seemed to be later. */
    @Test
    void nothingIsPassedOverThatAScheduleMustRead() throws IOException {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Damaged log = new Damaged(seed, SCHEDULED);
            List<Long> scheduled = scheduled(log.fixture, log.fixture.open(log.config));
            log.fixture.kill();
            log.flip(BASE_OFFSET_BITS);
            Snapshots.dropUpTo(log.disk, DATA.resolve(Fixture.T0.toString()), Long.MAX_VALUE);
            try {
                PartitionLog again = log.fixture.open(log.config);
                assertThat(scheduled(log.fixture, again))
                        .as("seed %d, %s", seed, log.what)
                        .containsAll(scheduled);
            } catch (CorruptLogException e) {
                assertThat(e.getMessage()).as("seed %d", seed).contains(log.file.toString());
            }
        }
    }

    /** Where a schedule reads that goes on behind each batch that it read. */
    private static List<Long> scheduled(Fixture fixture, PartitionLog log) throws IOException {
        List<Long> all = new ArrayList<>();
        long[] next = {log.nextScheduled(0L)};
        while (next[0] < log.endOffset()) {
            all.add(next[0]);
            fixture.on(() -> next[0] = log.nextScheduled(next[0] + 1));
        }
        return all;
    }

    /** As a replica does that others have all of: its slot among the durable ends goes, too. */
    @Test
    void aLogThatIsDiscardedBeginsEmptyAndIsWholeAfterTheNextStart() throws IOException {
        Damaged log = new Damaged(1, PLAIN);
        log.fixture.kill();
        Path folder = DATA.resolve(Fixture.T0.toString());
        log.disk.flip(folder.resolve(SegmentFile.name(lastBase(log, folder)) + Segment.LOG), 0);
        assertThatThrownBy(() -> log.fixture.open(log.config))
                .isInstanceOf(CorruptLogException.class);
        Fixture.Outcome<Uuid> gone = new Fixture.Outcome<>();
        log.fixture.store().discard(Fixture.T0, Fixture.TOPIC, log.fixture.loop, gone);
        assertThat(log.fixture.await(gone)).isEqualTo(Fixture.TOPIC);
        PartitionLog anew = log.fixture.open(log.config);
        assertThat(anew.endOffset()).isZero();
        log.fixture.append(anew, Batches.plain(1, 1_000L));
        log.fixture.flush(anew);
        log.fixture.kill();
        assertThat(log.fixture.open(log.config).endOffset()).isEqualTo(1);
    }

    private static long lastBase(Damaged log, Path folder) throws IOException {
        long last = 0;
        for (Path one : log.disk.list(folder)) {
            if (one.toString().endsWith(Segment.LOG)) {
                last = Math.max(last, SegmentFile.baseOffset(one.getFileName().toString()));
            }
        }
        return last;
    }

    /** Seed 13423: it seemed to end where the log does, and what was flushed behind it was cut. */
    @Test
    void anOffsetThatReachesTheEndTooEarlyIsNamed() throws IOException {
        SimDisk disk = new SimDisk(new Random(1));
        Fixture fixture = new Fixture(disk, DATA);
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        fixture.append(log, Batches.plain(1, 1_000L));
        fixture.append(log, Batches.plain(1, 2_000L));
        fixture.flush(log);
        fixture.kill();
        Path file = log.path().resolve(SegmentFile.name(0) + Segment.LOG);
        long size = disk.size(file);
        disk.flip(file, 56); // offset 0 becomes 1
        assertThatThrownBy(() -> fixture.open(Configs.segments(10_000).build()))
                .isInstanceOf(CorruptLogException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("offset 1, where 0 belongs");
        assertThat(disk.size(file)).isEqualTo(size);
    }

    /** Simulator, seed 2053915: the last segment had been written since the start, it seemed. */
    @Test
    void whatIsLastOnlySinceATruncationIsTakenFromTheDeviceAsBefore() throws IOException {
        SimDisk disk = new SimDisk(new Random(1));
        Fixture fixture = new Fixture(disk, DATA);
        TopicConfig config = Configs.segments(500).build();
        PartitionLog log = fixture.open(config);
        while (log.segmentList().count() < 2) {
            fixture.append(log, Batches.plain(1, 1_000L));
        }
        fixture.flush(log);
        fixture.kill();
        PartitionLog again = fixture.open(config);
        fixture.on(() -> again.truncateTo(again.endOffset() - 1, new Fixture.Outcome<>()));
        fixture.run();
        assertThat(again.segmentList().count()).isEqualTo(1);
        Path file = again.path().resolve(SegmentFile.name(0) + Segment.LOG);
        disk.flip(file, disk.size(file) * 8 - 1);
        LogRead[] read = new LogRead[1];
        long last = again.endOffset() - 1;
        fixture.on(() -> read[0] = again.read(last, last + 1, 1_000, true));
        requireNonNull(read[0].slice()).release();
        assertThat(read[0].cold()).isTrue();
    }

    /** Reads everything as a consumer of a cold disk does; whether wrong bytes came out. */
    private static boolean isServed(Damaged damaged, PartitionLog log) throws IOException {
        long offset = 0;
        while (offset < log.endOffset()) {
            byte[] bytes = coldRead(damaged, log, offset);
            if (bytes == null) {
                return false;
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            BatchHeader batch = BatchHeader.read(buffer, 0);
            if (!Arrays.equals(bytes, damaged.written.get(offset))) {
                return true;
            }
            offset = batch.nextOffset();
        }
        return true; // all of it came out, and one bit of it is wrong
    }

    private static byte @Nullable [] coldRead(Damaged damaged, PartitionLog log, long offset)
            throws IOException {
        LogRead[] read = new LogRead[1];
        try {
            damaged.fixture.on(() -> read[0] = log.read(offset, log.endOffset(), 1, true));
            FileSlice slice = read[0].slice();
            if (slice == null) {
                return null;
            }
            Fixture.Outcome<FileSlice> warmed = new Fixture.Outcome<>();
            damaged.fixture.on(() -> log.warm(slice, warmed));
            damaged.fixture.await(warmed);
            ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
            while (bytes.hasRemaining() && slice.read(bytes, bytes.position()) > 0) {
                // on
            }
            slice.release();
            return bytes.array();
        } catch (CorruptLogException e) {
            assertThat(e.getMessage()).contains(damaged.file.toString());
            return null;
        }
    }
}
