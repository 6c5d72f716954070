package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.ControlBatch;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.engine.log.ReplicaLog;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ParkPoller;
import io.sluice.engine.loop.PooledIoThreads;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.storage.FileDisk;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.LogStoreSettings;
import io.sluice.storage.compress.LibraryCodecs;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka's own log-dump tool reads what our log keeps of transactions, and what is hidden in it. */
class TransactionFilesTest {

    private static final TopicPartition NAME = new TopicPartition("transfers", 0);

    @Test
    void kafkasToolReadsThem(@TempDir Path data) throws Exception {
        write(data);
        String records = dump(data, ".log");
        assertThat(records).contains("isTransactional: true isControl: true");
        assertThat(records).contains("endTxnMarker: ABORT").contains("endTxnMarker: COMMIT");
        assertThat(records).contains("coordinatorEpoch: 6");
        assertThat(dump(data, ".txnindex"))
                .contains("producerId: 11")
                .contains("firstOffset: 0")
                .contains("lastOffset: 2")
                .contains("lastStableOffset: 1");
        assertThat(records).contains("UNKNOWN(1001)").contains("waits no more");
        String producers = dump(data, ".snapshot");
        assertThat(producers).contains("producerId: 11").contains("coordinatorEpoch: 6");
        assertThat(producers).containsPattern("producerId: 13 .*currentTxnFirstOffset: .*4");
    }

    private static String dump(Path data, String suffix) throws IOException {
        List<Path> found;
        try (Stream<Path> all = Files.list(data.resolve(NAME.toString()))) {
            found = all.filter(path -> path.toString().endsWith(suffix)).sorted().toList();
        }
        assertThat(found).as("files %s", suffix).isNotEmpty();
        Tool.Result dump =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.DumpLogSegments",
                        "--deep-iteration",
                        "--print-data-log",
                        "--index-sanity-check",
                        "--files",
                        found.getLast().toString());
        assertThat(dump.exitCode()).as(dump.errors()).isZero();
        return dump.text();
    }

    private static void write(Path data) throws Exception {
        try (PooledIoThreads io = new PooledIoThreads(1, 1, 1)) {
            ThreadEventLoop loop =
                    new ThreadEventLoop(
                            "loop", new ParkPoller(), SystemClock.INSTANCE, defect -> {});
            loop.start();
            LogDirectories store =
                    LogDirectories.open(
                            new FileDisk(),
                            List.of(data),
                            io,
                            loop,
                            new LibraryCodecs(),
                            LogStoreSettings.DEFAULT,
                            TransactionFilesTest::identity);
            CompletableFuture<ReplicaLog> opened = new CompletableFuture<>();
            store.open(NAME, identity(), Uuid.ZERO, TopicConfig.DEFAULT, loop, into(opened));
            ReplicaLog log = opened.get(30, TimeUnit.SECONDS);
            CompletableFuture<Boolean> written = new CompletableFuture<>();
            loop.execute(() -> written.complete(writeAll(log)));
            assertThat(written.get(30, TimeUnit.SECONDS)).isTrue();
            store.close(1L);
            loop.close();
        }
    }

    private static boolean writeAll(ReplicaLog log) {
        try {
            append(log, batch(11));
            append(log, batch(12));
            append(log, marker(11, false));
            append(log, marker(12, true));
            append(log, batch(13));
            append(log, hidden());
            append(log, fired());
            return true;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static ByteBuffer batch(long producer) {
        return MemoryRecords.withTransactionalRecords(
                        Compression.NONE,
                        producer,
                        (short) 2,
                        0,
                        new SimpleRecord(1_700_000_000_000L, new byte[] {1}, new byte[] {2}))
                .buffer();
    }

    /** A message that waits. */
    private static ByteBuffer hidden() {
        Later later =
                new Later(
                        ScheduleRecord.NO_FLOOR,
                        1_800_000_000_000L,
                        Later.OWN_OFFSET,
                        Later.NONE,
                        1_700_000_000_000L,
                        null,
                        new byte[10],
                        List.of());
        BatchWriter writer = new BatchWriter();
        writer.add(later.key(), later.value(), 1_700_000_000_000L);
        return writer.take(BatchHeader.HIDDEN | BatchHeader.CONTROL);
    }

    private static ByteBuffer fired() {
        BatchWriter writer = new BatchWriter();
        byte[] value = "waits no more".getBytes(StandardCharsets.UTF_8);
        writer.add(null, value, List.of(), 1_700_000_000_000L);
        return writer.take(BatchHeader.FIRED);
    }

    private static ByteBuffer marker(long producer, boolean commit) {
        return ControlBatch.of(
                new TransactionMarker(producer, (short) 3, 6, commit, (short) 2),
                1_700_000_000_000L,
                false);
    }

    private static void append(ReplicaLog log, ByteBuffer batch) throws IOException {
        BatchHeader.assign(batch, 0, log.endOffset(), 0);
        log.append(batch, List.of(BatchHeader.read(batch, 0)), 1_700_000_000_000L);
    }

    private static Uuid identity() {
        UUID random = UUID.randomUUID();
        return new Uuid(random.getMostSignificantBits(), random.getLeastSignificantBits());
    }

    private static <T> Completion<T> into(CompletableFuture<T> future) {
        return Completion.of(
                value -> future.complete(value), fault -> future.completeExceptionally(fault));
    }
}
