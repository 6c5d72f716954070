package io.sluice.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.engine.fake.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What compaction does to transactions: KIP-98, KIP-534. */
class CompactedTransactionsTest {

    private final SimDisk disk = new SimDisk(new Random(5));
    private final Fixture fixture = new Fixture(disk, Path.of("/disks/a"));
    private final TopicConfig config = Configs.segments(300).compacting().build();
    private PartitionLog log;

    @BeforeEach
    void open() throws IOException {
        log = fixture.open(config);
    }

    private void keyed(String key, String value) throws IOException {
        fixture.append(log, Batches.keyed(key, value, 1_000L));
    }

    private void transactional(long producer, int epoch, String key) throws IOException {
        fixture.append(
                log,
                Batches.transactional(
                        producer, (short) epoch, 0, key, "t", fixture.clock.wallMs()));
    }

    private void end(long producer, int epoch, boolean commit) throws IOException {
        fixture.append(
                log, Batches.marker(producer, (short) epoch, commit, fixture.clock.wallMs()));
    }

    /** Makes what is there old enough, and lets the cleaner come by. */
    private void compact() throws IOException {
        for (int i = 0; i < 6; i++) {
            keyed("filler", "f" + log.endOffset());
        }
        fixture.flush(log);
        fixture.on(() -> {
            log.highWatermark(log.endOffset());
            log.lastStableOffset(Math.min(log.endOffset(), log.producerStates().firstOpen()));
        });
        fixture.scheduler.advanceMs(60_000L);
    }

    private List<Long> offsets() throws IOException {
        return fixture.headers(log, 0L).stream()
                .filter(batch -> batch.recordCount() > 0)
                .map(BatchHeader::baseOffset)
                .toList();
    }

    @Test
    void whatWasAbortedGoesAndHidesNothing() throws IOException {
        keyed("a", "kept");
        transactional(11, 0, "a");
        end(11, 1, false);
        compact();
        assertThat(offsets()).contains(0L, 2L).doesNotContain(1L);
        assertThat(log.aborted(0L, 3L)).as("told until its marker goes").hasSize(1);
    }

    @Test
    void whatWasCommittedTakesThePlaceOfTheOlder() throws IOException {
        keyed("a", "older");
        transactional(11, 0, "a");
        end(11, 1, true);
        compact();
        assertThat(offsets()).contains(1L, 2L).doesNotContain(0L);
    }

    @Test
    void nothingIsCompactedFromAnOpenTransactionOn() throws IOException {
        transactional(11, 0, "a");
        keyed("b", "older");
        keyed("b", "newer");
        compact();
        assertThat(offsets()).contains(0L, 1L, 2L);
        end(11, 1, true);
        compact();
        assertThat(offsets()).contains(0L, 2L).doesNotContain(1L);
    }

    @Test
    void aMarkerStaysAWhileBehindItsRecordsAndThenGoes() throws IOException {
        transactional(11, 0, "a");
        end(11, 1, false);
        transactional(11, 1, "b");
        end(11, 2, true);
        compact();
        assertThat(offsets()).contains(1L).doesNotContain(0L);
        for (int i = 0; i < 4; i++) {
            compact();
        }
        assertThat(offsets()).doesNotContain(0L, 1L).contains(2L, 3L);
        assertThat(log.aborted(0L, log.endOffset())).isEmpty();
    }

    @Test
    void theMarkerWithAProducersEpochStays() throws IOException {
        end(11, 5, false);
        for (int i = 0; i < 5; i++) {
            compact();
        }
        assertThat(offsets()).contains(0L);
        fixture.kill();
        disk.crash();
        log = fixture.open(config);
        assertThat(log.producerStates().entries())
                .anyMatch(entry -> entry.producerId() == 11 && entry.epoch() == 5);
    }

    @Test
    void afterACrashNoTransactionIsOpenWhoseMarkerIsGone() throws IOException {
        transactional(11, 0, "a");
        compact();
        end(11, 1, false);
        transactional(11, 1, "b");
        end(11, 2, true);
        for (int i = 0; i < 5; i++) {
            compact();
        }
        fixture.kill();
        disk.crash();
        log = fixture.open(config);
        assertThat(log.producerStates().openTransactions()).isZero();
    }
}
