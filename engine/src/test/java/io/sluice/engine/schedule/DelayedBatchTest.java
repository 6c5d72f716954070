package io.sluice.engine.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ProduceValidator;
import io.sluice.core.record.ProduceValidator.Checked;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.engine.fake.MemoryMetadata;
import io.sluice.engine.partition.Partition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who says something of a message that does not wait, where two brokers hold the partition. */
final class DelayedBatchTest {

    private static final int OTHER = 2;

    private final ScheduleBench bench = new ScheduleBench();
    private final List<ErrorCode> refusals = new ArrayList<>();

    @BeforeEach
    void leads() {
        bench.other = OTHER;
        bench.host();
        bench.fetched(0L);
        bench.scheduler.advanceMs(10);
    }

    private void cancelWhatDoesNotWait() {
        BatchWriter writer = new BatchWriter();
        writer.add(
                null,
                new byte[1],
                List.of(new RecordHeader(ScheduleHeaders.CANCEL, "7".getBytes(UTF_8))),
                bench.nowMs());
        ProduceValidator validator = new ProduceValidator(Codecs.NONE);
        Checked checked = validator.check(writer.take(0), bench.config, bench.nowMs());
        DelayedBatch.Prepared prepared =
                DelayedBatch.prepare(
                        (Checked.Valid) checked,
                        bench.config,
                        validator,
                        bench.schedules,
                        bench.nowMs());
        DelayedBatch batch = ((DelayedBatch.Prepared.Asking) prepared).batch();
        Partition partition = bench.partition();
        bench.on(() -> batch.append(partition, bench.schedules, new Refusals()));
        bench.scheduler.advanceMs(10);
    }

    private final class Refusals implements DelayedBatch.Appending {

        @Override
        public int timeoutMs() {
            return 1_000;
        }

        @Override
        public void append(Checked.Valid cut) {
            throw new AssertionError("nothing of it waits");
        }

        @Override
        public void refused(Checked.Invalid why) {
            refusals.add(why.error());
        }
    }

    /** Seed 7007227: it waited where another led by then, and was cancelled there. */
    @Test
    void heIsToldOfItWhenNobodyElseCanLead() {
        cancelWhatDoesNotWait();
        assertThat(refusals).isEmpty();
        for (int i = 0; i < 2; i++) {
            bench.fetched(0L);
            bench.scheduler.advanceMs(10);
        }
        assertThat(refusals).containsExactly(ErrorCode.INVALID_RECORD);
    }

    @Test
    void whereItIsNotCertainHeIsToldToTryAgain() {
        cancelWhatDoesNotWait();
        bench.scheduler.advanceMs(1_000);
        assertThat(refusals).containsExactly(ErrorCode.REQUEST_TIMED_OUT);
        cancelWhatDoesNotWait();
        List<Integer> both = List.of(ScheduleBench.BROKER, OTHER);
        bench.metadata.put(
                MemoryMetadata.shared(
                        "t", ScheduleBench.TOPIC, both, both, OTHER, bench.epoch + 1));
        bench.scheduler.advanceMs(10);
        assertThat(refusals).last().isEqualTo(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
}
