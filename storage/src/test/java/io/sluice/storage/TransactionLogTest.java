package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.Test;

/** Transactions in one log, by example: what lies on disk, and what recovery makes of it. */
class TransactionLogTest {

    private static final Path A = Path.of("/disks/a");
    private static final Path B = Path.of("/disks/b");

    private final SimDisk disk = new SimDisk(new Random(3));
    private final Fixture fixture = new Fixture(disk, A, B);

    private void data(PartitionLog log, long producer, int epoch, String key) throws IOException {
        fixture.append(log, Batches.transactional(producer, (short) epoch, 0, key, "v", 1_000L));
    }

    private void end(PartitionLog log, long producer, int epoch, boolean commit)
            throws IOException {
        fixture.append(log, Batches.marker(producer, (short) epoch, commit, 1_000L));
    }

    private Path index(PartitionLog log, long base) {
        return log.path().resolve(SegmentFile.name(base) + ".txnindex");
    }

    @Test
    void aMarkerIsWhatKafkaWrites() {
        ByteBuffer ours = Batches.marker(7, (short) 3, false, 1_234L);
        MemoryRecords kafkas =
                MemoryRecords.withEndTransactionMarker(
                        0L,
                        1_234L,
                        BatchHeader.NO_LEADER_EPOCH,
                        7L,
                        (short) 3,
                        new EndTransactionMarker(ControlRecordType.ABORT, 3));
        assertThat(ours).isEqualTo(kafkas.buffer());
    }

    @Test
    void whatWasAbortedIsFoundAgainAfterAKill() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(400).build());
        data(log, 1, 0, "a");
        data(log, 2, 0, "b");
        end(log, 1, 1, false);
        data(log, 3, 0, "c");
        end(log, 3, 1, true);
        data(log, 1, 1, "d");
        end(log, 1, 2, false);
        end(log, 2, 1, false);
        data(log, 3, 1, "e");
        fixture.flush(log);
        List<AbortedTransaction> before = log.aborted(0L, log.endOffset());
        assertThat(before)
                .containsExactly(
                        new AbortedTransaction(1, 0L, 2L, 1L),
                        new AbortedTransaction(1, 5L, 6L, 1L),
                        new AbortedTransaction(2, 1L, 7L, 8L));
        fixture.kill();
        disk.crash();
        log = fixture.open(Configs.segments(400).build());
        assertThat(log.aborted(0L, log.endOffset())).isEqualTo(before);
        assertThat(log.producerStates().transactionStart(3)).isEqualTo(8L);
        assertThat(log.producerStates().openTransactions()).isOne();
        assertThat(log.aborted(3L, 5L)).extracting(AbortedTransaction::producerId).containsOnly(2L);
        assertThat(log.aborted(8L, 9L)).isEmpty();
    }

    @Test
    void aMarkerThatCameAmongOtherBytesIsRead() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        data(log, 1, 0, "a");
        ByteBuffer marker = Batches.marker(1, (short) 1, false, 1_000L);
        ByteBuffer answer = ByteBuffer.allocate(500 + marker.remaining() + 7).position(500);
        answer.put(marker).position(500).limit(500 + marker.capacity());
        fixture.append(log, answer);
        assertThat(log.aborted(0L, log.endOffset()))
                .containsExactly(new AbortedTransaction(1, 0L, 1L, 2L));
    }

    @Test
    void aDamagedIndexIsMadeAnew() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        data(log, 1, 0, "a");
        end(log, 1, 1, false);
        List<AbortedTransaction> before = log.aborted(0L, log.endOffset());
        Path index = index(log, 0L);
        fixture.close();
        assertThat(disk.size(index)).isEqualTo(TransactionIndex.ENTRY_BYTES);
        try (DiskFile file = disk.open(index, Disk.Mode.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 0L);
        }
        log = fixture.open(Configs.segments(10_000).build());
        assertThat(log.aborted(0L, log.endOffset())).isEqualTo(before);
    }

    @Test
    void anOpenTransactionIsInTheSnapshot() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        end(log, 9, 4, true);
        data(log, 9, 4, "a");
        fixture.close();
        log = fixture.open(Configs.segments(10_000).build());
        ProducerStates.Entry entry = log.producerStates().entries().iterator().next();
        assertThat(entry.transactionStart()).isEqualTo(1L);
        assertThat(entry.coordinatorEpoch()).isEqualTo(3);
        assertThat(entry.epoch()).isEqualTo((short) 4);
    }

    @Test
    void aCutTakesTheEndBack() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(10_000).build());
        data(log, 1, 0, "a");
        end(log, 1, 1, false);
        fixture.flush(log);
        fixture.truncate(log, 1L);
        assertThat(log.aborted(0L, 10L)).isEmpty();
        assertThat(log.producerStates().transactionStart(1)).isZero();
        end(log, 1, 1, true);
        fixture.flush(log);
        fixture.kill();
        log = fixture.open(Configs.segments(10_000).build());
        assertThat(log.aborted(0L, 10L)).isEmpty();
        assertThat(log.producerStates().openTransactions()).isZero();
    }

    @Test
    void aSegmentsIndexGoesWithIt() throws IOException {
        PartitionLog log = fixture.open(Configs.segments(300).build());
        data(log, 1, 0, "a");
        end(log, 1, 1, false);
        for (int i = 0; i < 10; i++) {
            fixture.append(log, Batches.plain(2, 1_000L));
        }
        fixture.flush(log);
        Path index = index(log, 0L);
        assertThat(disk.exists(index)).isTrue();
        PartitionLog now = log;
        fixture.on(() -> {
            now.highWatermark(now.endOffset());
            now.advanceStartOffset(now.endOffset() - 1);
        });
        fixture.scheduler.advanceMs(200_000L);
        assertThat(disk.exists(index)).isFalse();
        assertThat(disk.tree()).doesNotContain("txnindex");
    }
}
