package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TimestampAndOffset;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ReplicaSet;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.LogFaults;
import io.sluice.engine.fake.MemoryLog;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import io.sluice.engine.partition.Partition.AppendResult;
import io.sluice.engine.partition.Partition.FetchResult;
import io.sluice.engine.partition.Partition.FetchSpec;
import io.sluice.engine.partition.Partition.OffsetAnswer;
import io.sluice.engine.partition.Partition.OffsetQuery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PartitionHostTest {

    private final Bench bench = new Bench();
    private Partition partition;
    private MemoryLog log;

    @BeforeEach
    void hostOne() {
        bench.metadata.put(bench.topic("t", 1, 1));
        assertThat(bench.start()).isTrue();
        partition = bench.partition("t", 0);
        log = bench.log("t", 0);
    }

    private List<AppendResult> append(int records, int acks) {
        return Bench.append(partition, Batches.plain(records, 1_000L), acks);
    }

    private List<OffsetAnswer> list(OffsetQuery query) {
        List<OffsetAnswer> answers = new ArrayList<>();
        Bench.on(partition, () -> partition.listOffset(query, -1, answers::add));
        bench.settle();
        return answers;
    }

    private long listed(OffsetQuery query) {
        OffsetAnswer answer = list(query).getFirst();
        assertThat(answer.error()).isEqualTo(ErrorCode.NONE);
        return answer.found().offset();
    }

    private Partition.DeleteAnswer delete(long offset) {
        List<Partition.DeleteAnswer> answers = new ArrayList<>();
        Bench.on(partition, () -> partition.deleteRecords(offset, answers::add));
        return answers.getFirst();
    }

    private List<Integer> watch(long offset) {
        List<Integer> woken = new ArrayList<>();
        Bench.on(partition, () -> partition.watch(offset, false, () -> woken.add(1)));
        return woken;
    }

    @Test
    void anAppendIsAnsweredWhenDurableAndThenReadable() throws Exception {
        List<AppendResult> all = append(3, -1);
        List<AppendResult> one = append(2, 1);
        assertThat(all).isEmpty();
        assertThat(one).extracting(AppendResult::baseOffset).containsExactly(3L);
        assertThat(Bench.fetch(partition, 0).read().slice()).isNull();
        bench.settle();
        assertThat(all)
                .containsExactly(
                        new AppendResult(ErrorCode.NONE, "", 0L, BatchHeader.NO_TIMESTAMP, 0L));
        FetchResult found = Bench.fetch(partition, 3);
        assertThat(found.highWatermark()).isEqualTo(5L);
        FileSlice slice = Objects.requireNonNull(found.read().slice());
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
        slice.read(bytes, 0);
        slice.release();
        assertThat(BatchHeader.read(bytes, 0).baseOffset()).isEqualTo(3L);
        assertThat(BatchHeader.read(bytes, 0).leaderEpoch()).isZero();
        assertThat(log.toldHighWatermark()).isEqualTo(5L);
    }

    @Test
    void ofABatchThatWasTornTheRestIsWritten() throws Exception {
        ByteBuffer first = Batches.of(2, 1_000L, 9L, 0, 0, 1);
        ByteBuffer second = Batches.of(3, 1_000L, 9L, 0, 2, 2);
        second.putShort(BatchHeader.ATTRIBUTES_AT, (short) BatchHeader.CONTINUED);
        int crc = BatchHeader.computeCrc(second, 0, second.limit());
        second.putInt(BatchHeader.CRC_AT, crc);
        List<BatchHeader> headers =
                List.of(BatchHeader.read(first, 0), BatchHeader.read(second, 0));
        ByteBuffer both = ByteBuffer.allocate(first.limit() + second.limit());
        both.put(first.duplicate()).put(second.duplicate()).flip();
        Bench.append(partition, first, 1); // a crash took the rest
        List<AppendResult> results = new ArrayList<>();
        Bench.on(partition, () -> partition.append(both, headers, (short) 1, 1_000, results::add));
        assertThat(results).extracting(AppendResult::baseOffset).containsExactly(0L);
        assertThat(log.headers()).extracting(BatchHeader::baseOffset).containsExactly(0L, 2L);
        assertThat(log.headers().getLast().crc()).isEqualTo(crc);
    }

    @Test
    void oneFlushServesAllOfATurn() {
        for (int i = 0; i < 50; i++) {
            append(1, -1);
        }
        assertThat(log.flushesUnderWay()).isZero();
        bench.settle();
        assertThat(log.flushes()).isEqualTo(1);
        assertThat(log.durableEndOffset()).isEqualTo(50L);
    }

    @Test
    void aReplyMayAppendAgain() {
        List<AppendResult> results = new ArrayList<>();
        ByteBuffer first = Batches.plain(1, 1L);
        Bench.on(
                partition,
                () ->
                        partition.append(
                                first,
                                List.of(BatchHeader.read(first, 0)),
                                (short) 1,
                                0,
                                result -> {
                                    results.add(result);
                                    Bench.append(partition, Batches.plain(1, 1L), 1, 0, results);
                                }));
        assertThat(results).extracting(AppendResult::baseOffset).containsExactly(0L, 1L);
    }

    @Test
    void aWaitEndsWithOneTimer() {
        bench.scheduler.runReady();
        int before = bench.scheduler.pending();
        List<AppendResult> results = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Bench.append(partition, Batches.plain(1, 1L), -1, i == 0 ? 1 : 60_000, results);
        }
        // the flush and the deadline
        assertThat(bench.scheduler.pending()).isLessThanOrEqualTo(before + 2);
        bench.scheduler.advanceMs(1);
        assertThat(results)
                .extracting(AppendResult::error)
                .containsExactly(ErrorCode.REQUEST_TIMED_OUT);
        bench.settle();
        assertThat(results).hasSize(10);
        assertThat(results.getLast().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aFailedFlushFailsThePartition() {
        bench.store.faults(
                new LogFaults() {
                    @Override
                    public boolean failFlush(TopicPartition name) {
                        return true;
                    }
                });
        List<AppendResult> waiting = append(1, -1);
        List<Integer> woken = watch(0);
        bench.settle();
        assertThat(waiting)
                .extracting(AppendResult::error)
                .containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(woken).hasSize(1);
        assertThat(append(1, 0))
                .extracting(AppendResult::error)
                .containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        assertThat(Bench.fetch(partition, 0).error()).isEqualTo(ErrorCode.KAFKA_STORAGE_ERROR);
        Bench.on(partition, () -> assertThat(partition.bytesAvailable(0, false, 1)).isEqualTo(-1L));
    }

    @Test
    void aFailedAppendFailsThePartition() {
        bench.store.faults(
                new LogFaults() {
                    @Override
                    public boolean failAppend(TopicPartition name) {
                        return true;
                    }
                });
        assertThat(append(1, 1))
                .extracting(AppendResult::error)
                .containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
        bench.store.faults(LogFaults.NONE);
        assertThat(append(1, 1))
                .extracting(AppendResult::error)
                .containsExactly(ErrorCode.KAFKA_STORAGE_ERROR);
    }

    @Test
    void readersAreWokenOnceWhenThereIsMore() {
        List<Integer> atEnd = watch(0);
        List<Integer> later = watch(1);
        append(1, 1);
        assertThat(atEnd).isEmpty();
        bench.settle();
        assertThat(atEnd).hasSize(1);
        assertThat(later).isEmpty();
        assertThat(watch(0)).isEmpty();
        append(1, 1);
        bench.settle();
        assertThat(atEnd).hasSize(1);
        assertThat(later).hasSize(1);
    }

    @Test
    void aWatchThatIsBehindWakesByItselfUnlessCancelled() {
        append(1, 1);
        bench.settle();
        List<Integer> woken = watch(0);
        bench.settle();
        assertThat(woken).hasSize(1);
        List<Integer> none = new ArrayList<>();
        Bench.on(partition, () -> partition.watch(0, false, () -> none.add(1)).cancel());
        bench.settle();
        assertThat(none).isEmpty();
    }

    @Test
    void fetchChecksEpochsAndRange() {
        append(4, 1);
        bench.settle();
        bench.metadata.put(MemoryMetadata.topic("t", partition.topicId(), Bench.BROKER, 1, 5));
        bench.settle();
        append(2, 1);
        bench.settle();
        assertThat(fetchAs(0, 4, -1).error()).isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
        assertThat(fetchAs(0, 6, -1).error()).isEqualTo(ErrorCode.UNKNOWN_LEADER_EPOCH);
        assertThat(fetchAs(7, 5, -1).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(fetchAs(6, 5, 5).error()).isEqualTo(ErrorCode.NONE);
        assertThat(fetchAs(6, 5, 5).diverging()).isNull();
        assertThat(fetchAs(5, 5, 0).diverging()).isEqualTo(new EpochEnd(0, 4L));
        assertThat(fetchAs(4, 5, 3).diverging()).isEqualTo(new EpochEnd(0, 4L));
        assertThat(fetchAs(4, 5, 9).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(delete(2).logStartOffset()).isEqualTo(2L);
        assertThat(fetchAs(1, 5, -1).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(fetchAs(1, 5, 0).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        Bench.on(
                partition,
                () -> {
                    assertThat(partition.endOfEpoch(0, 5).end()).isEqualTo(new EpochEnd(0, 4L));
                    assertThat(partition.endOfEpoch(5, -1).end()).isEqualTo(new EpochEnd(5, 6L));
                    assertThat(partition.endOfEpoch(5, 4).error())
                            .isEqualTo(ErrorCode.FENCED_LEADER_EPOCH);
                });
    }

    @Test
    void aLookSeesWhateverAReaderWouldBeTold() {
        append(4, 1);
        bench.settle();
        FetchResult found = fetchAs(4, 0, -1);
        assertThat(stillFinds(found, 4, 0)).isTrue();
        assertThat(stillFinds(fetchAs(3, 0, -1), 3, 0)).isFalse(); // records

        append(1, 1);
        assertThat(stillFinds(found, 4, 0)).isFalse(); // a follower could read on
        FetchResult uncommitted = fetchAs(5, 0, -1);
        assertThat(stillFinds(uncommitted, 5, 0)).isTrue();
        bench.settle();
        assertThat(stillFinds(uncommitted, 5, 0)).isFalse(); // the high watermark

        FetchResult whole = fetchAs(5, 0, -1);
        delete(2);
        assertThat(stillFinds(whole, 5, 0)).isFalse(); // the log's start

        FetchResult before = fetchAs(5, 0, -1);
        bench.metadata.put(MemoryMetadata.topic("t", partition.topicId(), Bench.BROKER, 1, 5));
        bench.settle();
        assertThat(stillFinds(before, 5, 0)).isFalse(); // the leader epoch
        assertThat(stillFinds(fetchAs(5, 0, -1), 5, 0)).isFalse(); // an error is not kept
        assertThat(stillFinds(fetchAs(5, 5, 5), 5, 5)).isTrue();
        assertThat(stillFinds(fetchAs(5, 5, 0), 5, 5)).isTrue();
        FetchResult led = fetchAs(5, 5, -1);
        bench.store.fail(bench.store.directoryId(Bench.DIR_A), new IOException("a test"));
        bench.store.fail(bench.store.directoryId(Bench.DIR_B), new IOException("a test"));
        bench.settle();
        assertThat(stillFinds(led, 5, 5)).isFalse(); // it serves no more
    }

    private boolean stillFinds(FetchResult before, long offset, int epoch) {
        boolean[] still = new boolean[1];
        Bench.on(partition, () -> still[0] = partition.stillFinds(before, offset, epoch));
        return still[0];
    }

    private FetchResult fetchAs(long offset, int epoch, int lastFetchedEpoch) {
        FetchResult result =
                Bench.fetch(
                        partition,
                        new FetchSpec(offset, epoch, lastFetchedEpoch, 1_000, true, false));
        FileSlice slice = result.read().slice();
        if (slice != null) {
            slice.release();
        }
        assertThat(bench.store.openSlices()).isZero();
        return result;
    }

    @Test
    void offsetsAreListedBelowTheHighWatermark() {
        Bench.append(partition, Batches.plain(2, 10L), 1);
        Bench.append(partition, Batches.plain(3, 30L), 1);
        bench.settle();
        Bench.append(partition, Batches.plain(1, 20L), 1);
        bench.settle();
        assertThat(listed(new OffsetQuery.Earliest())).isZero();
        assertThat(listed(new OffsetQuery.Latest(true))).isEqualTo(6L);
        assertThat(listed(new OffsetQuery.AtTime(15L, false))).isEqualTo(2L);
        assertThat(list(new OffsetQuery.AtTime(31L, false)).getFirst().found())
                .isEqualTo(TimestampAndOffset.NONE);
        assertThat(listed(new OffsetQuery.MaxTimestamp(false))).isEqualTo(4L);
    }

    @Test
    void deleteRecordsKeepsKafkasRules() {
        append(5, 1);
        assertThat(delete(1).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE); // not durable yet
        bench.settle();
        assertThat(delete(6).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(delete(-2).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
        assertThat(delete(3)).isEqualTo(new Partition.DeleteAnswer(ErrorCode.NONE, 3L));
        assertThat(delete(1)).isEqualTo(new Partition.DeleteAnswer(ErrorCode.NONE, 3L));
        assertThat(delete(-1)).isEqualTo(new Partition.DeleteAnswer(ErrorCode.NONE, 5L));
    }

    @Test
    void retentionMovesTheStart() {
        append(5, 1);
        bench.settle();
        Bench.on(partition, () -> log.retainFrom(4));
        assertThat(listed(new OffsetQuery.Earliest())).isEqualTo(4L);
        assertThat(Bench.fetch(partition, 3).error()).isEqualTo(ErrorCode.OFFSET_OUT_OF_RANGE);
    }

    @Test
    void producersAreShownAndExpire() {
        Bench.append(partition, Batches.of(2, 5L, 77L, 3, 0, 1), 1);
        bench.settle();
        Bench.on(
                partition,
                () ->
                        assertThat(partition.producers().producers())
                                .containsExactly(
                                        new Partition.ProducerView(77L, 3, 1, 5L, 1L, -1, -1L)));
        bench.scheduler.advanceMs(600_000L);
        Bench.on(partition, () -> assertThat(partition.producers().producers()).isEmpty());
    }

    @Test
    void flushMessagesOfOneIsDurableBeforeTheAnswerUnderOsToo() {
        TopicConfig base = TopicConfig.DEFAULT;
        bench.config = Configs.flush(base, TopicConfig.FlushMode.OS, 1L);
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.settle();
        List<AppendResult> results = append(1, -1);
        assertThat(results).isEmpty();
        bench.settle();
        assertThat(results).hasSize(1);
        bench.config = Configs.flush(base, TopicConfig.FlushMode.OS, Long.MAX_VALUE);
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.settle();
        assertThat(append(1, -1)).hasSize(1);
    }

    /** As many replicas as there are: with one, acks=all is its own word (KIP-966). */
    @Test
    void aMinimumAboveTheReplicasCountsAsAllOfThem() {
        bench.config =
                new ConfigResolver(1, Map.of())
                        .topicConfig(
                                Map.of("min.insync.replicas", "3"), Collections.emptySortedMap());
        bench.metadata.put(bench.topic("t", 1, 1));
        bench.settle();
        List<AppendResult> results = append(1, -1);
        bench.settle();
        assertThat(results).extracting(AppendResult::error).containsExactly(ErrorCode.NONE);
    }

    /** The epoch that its status tells went back (simulator, seed 611033). */
    @Test
    void aFollowerThatCannotBeginToLeadKeepsTheEpochItKnows() {
        bench.metadata.put(
                MemoryMetadata.shared("u", new Uuid(7L, 2L), List.of(Bench.BROKER, 2), 2, 3));
        bench.settle();
        PartitionHost host = (PartitionHost) bench.partition("u", 0);
        assertThat(host.status().leaderEpoch()).isEqualTo(3);
        Bench.on(
                host,
                () -> {
                    bench.store.fail(bench.store.directoryId(Bench.DIR_A), new IOException("EIO"));
                    host.becomeLeader(4, ReplicaSet.ALONE);
                });
        assertThat(host.status().leaderEpoch()).isEqualTo(3);
    }
}
