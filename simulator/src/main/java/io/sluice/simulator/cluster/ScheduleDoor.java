package io.sluice.simulator.cluster;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.record.ProduceValidator;
import io.sluice.core.record.ProduceValidator.Checked;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.schedule.DelayedBatch;
import io.sluice.simulator.check.ScheduleBook;
import io.sluice.simulator.check.Wanted;
import io.sluice.simulator.cluster.Door.Produced;
import io.sluice.storage.compress.LibraryCodecs;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What producers ask a broker whose records ask for something themselves. */
public final class ScheduleDoor {

    private static final Produced NOT_HERE =
            new Produced(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1L, "", -1);

    private final ProduceValidator validator = new ProduceValidator(new LibraryCodecs());
    private final BrokerProcess broker;
    private final Schedulers schedulers;

    ScheduleDoor(BrokerProcess broker, Schedulers schedulers) {
        this.broker = broker;
        this.schedulers = schedulers;
    }

    private ScheduleBook book() {
        return broker.machine().site().scheduleBook();
    }

    /**
     * Stores a batch.
     *
     * @param records what its records are
     */
    public void produce(
            TopicPartition name,
            Uuid topicId,
            ByteBuffer batch,
            List<Wanted> records,
            int timeoutMs,
            Consumer<Produced> answer) {
        Partition partition = find(name, topicId);
        if (partition == null) {
            answer.accept(NOT_HERE);
            return;
        }
        if (broker.spoilt().forgets(records)) {
            long end = partition.status().logEndOffset();
            answer.accept(new Produced(ErrorCode.NONE, end, broker.process().name(), -1));
            return;
        }
        long nowMs = broker.home().clock().wallMs();
        book().tried(records, nowMs);
        Sending sending = new Sending(partition, timeoutMs, answer);
        switch (validator.check(batch, partition.config(), nowMs)) {
            case Checked.Invalid why -> sending.refused(why);
            case Checked.Valid valid when BatchHeader.read(batch, 0).isTransactional() ->
                    partition.loop().execute(() -> open(partition, valid, nowMs, sending));
            case Checked.Valid valid -> go(partition, valid, nowMs, sending);
        }
    }

    private @Nullable Partition find(TopicPartition name, Uuid topicId) {
        return broker.isServing() ? broker.partitions().find(topicId, name.partition()) : null;
    }

    /** Its sender is the coordinator of its transactions, and says that they may begin here. */
    private void open(Partition partition, Checked.Valid valid, long nowMs, Sending sending) {
        switch (partition.beginTransaction(valid.batches().getFirst(), true)) {
            case Admission.Open open -> go(partition, valid, nowMs, sending);
            case Admission.Guarded(long guard) -> {
                sending.guard = guard;
                go(partition, valid, nowMs, sending);
            }
            case Admission.Refused(ErrorCode error, String detail) -> sending.refused(error);
        }
    }

    private void go(Partition partition, Checked.Valid valid, long nowMs, Sending sending) {
        if (valid.asks()) {
            ask(partition, valid, broker.spoilt().arrivedMs(nowMs), sending);
        } else {
            sending.appendOnLoop(valid);
        }
    }

    /** A transaction ends here. */
    public void end(
            TopicPartition name,
            Uuid topicId,
            TransactionMarker marker,
            int timeoutMs,
            Consumer<ErrorCode> answer) {
        Partition partition = find(name, topicId);
        if (partition == null) {
            answer.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        } else {
            partition.loop().execute(() -> partition.writeMarker(marker, timeoutMs, answer));
        }
    }

    private void ask(Partition partition, Checked.Valid valid, long nowMs, Sending sending) {
        switch (DelayedBatch.prepare(
                valid, partition.config(), validator, schedulers.schedules(), nowMs)) {
            case DelayedBatch.Prepared.Ready(Checked.Valid cut) -> sending.appendOnLoop(cut);
            case DelayedBatch.Prepared.Asking(DelayedBatch delayed) ->
                    partition
                            .loop()
                            .execute(() ->
                                    delayed.append(partition, schedulers.schedules(), sending));
            case DelayedBatch.Prepared.Refused(Checked.Invalid why) -> sending.refused(why);
        }
    }

    /** One batch on its way. */
    private final class Sending implements DelayedBatch.Appending {
        private final Partition partition;
        private final int timeoutMs;
        private final Consumer<Produced> answer;
        private long guard = PartitionLeader.NO_GUARD;

        Sending(Partition partition, int timeoutMs, Consumer<Produced> answer) {
            this.partition = partition;
            this.timeoutMs = timeoutMs;
            this.answer = answer;
        }

        void appendOnLoop(Checked.Valid cut) {
            partition.loop().execute(() -> append(cut));
        }

        @Override
        public int timeoutMs() {
            return timeoutMs;
        }

        @Override
        public void append(Checked.Valid cut) {
            partition.append(
                    cut.records(),
                    cut.batches(),
                    (short) -1,
                    timeoutMs,
                    guard,
                    result ->
                            answer.accept(
                                    new Produced(
                                            result.error(),
                                            result.baseOffset(),
                                            broker.process().name(),
                                            partition.status().leaderEpoch())));
        }

        @Override
        public void refused(Checked.Invalid why) {
            refused(why.error());
        }

        void refused(ErrorCode error) {
            answer.accept(new Produced(error, -1L, "", -1));
        }
    }

    /** Gives up all records below an offset, as far as nothing waits there. */
    public void deleteRecords(TopicPartition name, long below) {
        Partition partition = broker.partitions().find(name);
        if (partition != null) {
            partition.loop().execute(() -> partition.deleteRecords(below, answer -> {}));
        }
    }
}
