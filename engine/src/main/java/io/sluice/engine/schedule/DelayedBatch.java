package io.sluice.engine.schedule;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ProduceValidator;
import io.sluice.core.record.ProduceValidator.Checked;
import io.sluice.core.record.ProduceValidator.RecordError;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.BatchCutter;
import io.sluice.core.schedule.CutPlan;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.core.schedule.Wish;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A produced batch some records of which are to be delivered later, or say something about messages
 * that wait (docs/adr/delayed-messages.md). A door looks at it by {@link #prepare}, and appends it,
 * if it has to ask others first, by {@link #append}.
 */
public final class DelayedBatch {

    private final Checked.Valid checked;
    private final CutPlan plan;
    private final long[] dueMs;
    private final TopicConfig config;
    private final Codecs codecs;

    private DelayedBatch(
            Checked.Valid checked, CutPlan plan, long[] dueMs, TopicConfig config, Codecs codecs) {
        this.checked = checked;
        this.plan = plan;
        this.dueMs = dueMs;
        this.config = config;
        this.codecs = codecs;
    }

    /** What is to be done with a batch that asks for something. */
    public sealed interface Prepared {

        /** It is cut, or nothing of it waits. */
        record Ready(Checked.Valid checked) implements Prepared {}

        /** Others have to be asked about messages that wait, on the partition's loop. */
        record Asking(DelayedBatch batch) implements Prepared {}

        record Refused(Checked.Invalid why) implements Prepared {}
    }

    /** Looks what the batch wants, and cuts it if that is all that is needed. Any thread. */
    public static Prepared prepare(
            Checked.Valid checked,
            TopicConfig config,
            ProduceValidator validator,
            Schedules schedules,
            long nowMs) {
        BatchHeader batch = checked.batches().getFirst();
        try {
            CutPlan plan = CutPlan.of(batch, checked.records(), validator.codecs(), nowMs);
            if (plan.isPlain()) {
                return new Prepared.Ready(checked);
            }
            if (schedules.isFull() && plan.wishes().stream().anyMatch(DelayedBatch::adds)) {
                return new Prepared.Refused(
                        new Checked.Invalid(
                                ErrorCode.POLICY_VIOLATION,
                                "too many messages wait at this broker: sluice.schedule.max.waiting"
                                        + " is reached",
                                List.of()));
            }
            List<RecordError> errors = plan.errors();
            long[] dueMs = new long[batch.recordCount()];
            for (int i = 0; i < dueMs.length && errors.isEmpty(); i++) {
                errors.addAll(due(plan.wishes().get(i), i, schedules, nowMs, dueMs));
            }
            if (!errors.isEmpty()) {
                return new Prepared.Refused(invalid(errors));
            }
            DelayedBatch delayed =
                    new DelayedBatch(checked, plan, dueMs, config, validator.codecs());
            return plan.targets().length == 0
                    ? new Prepared.Ready(delayed.cut(List.of()))
                    : new Prepared.Asking(delayed.copied());
        } catch (RecordFormatException e) {
            return new Prepared.Refused(
                    new Checked.Invalid(
                            ErrorCode.INVALID_RECORD, "records: " + e.getMessage(), List.of()));
        }
    }

    /** Whether one more message waits then. */
    private static boolean adds(Wish wish) {
        return (wish instanceof Wish.At || wish instanceof Wish.Recurring)
                && wish.target() == Wish.NO_ID;
    }

    private static List<RecordError> due(
            Wish wish, int index, Schedules schedules, long nowMs, long[] dueMs) {
        switch (wish) {
            case Wish.At at -> dueMs[index] = at.dueMs();
            case Wish.Recurring(String cron, String zone, long replaces) -> {
                switch (schedules.next(cron, zone, nowMs)) {
                    case Schedules.Next.At at -> dueMs[index] = at.dueMs();
                    case Schedules.Next.Never(String why) -> {
                        String text = "sluice-cron \"%s\" in %s: %s".formatted(cron, zone, why);
                        return List.of(new RecordError(index, text));
                    }
                }
            }
            case Wish.Visible visible -> dueMs[index] = 0L;
            case Wish.Cancel cancel -> dueMs[index] = 0L;
            case Wish.Wrong wrong -> dueMs[index] = 0L;
        }
        return List.of();
    }

    private static Checked.Invalid invalid(List<RecordError> errors) {
        return new Checked.Invalid(
                ErrorCode.INVALID_RECORD, errors.getFirst().message(), List.copyOf(errors));
    }

    /** With bytes of its own: the answer may come when those of the request are gone. */
    private DelayedBatch copied() {
        ByteBuffer records = checked.records();
        ByteBuffer own = ByteBuffer.allocate(records.remaining()).put(records.duplicate()).flip();
        return new DelayedBatch(
                new Checked.Valid(own, checked.batches(), checked.appendTimeMs()),
                plan,
                dueMs,
                config,
                codecs);
    }

    /** As it was sent. */
    public Checked.Valid whole() {
        return checked;
    }

    /** How it gets into the log; on the partition's loop. */
    public interface Appending {

        /** How long its sender waits for an answer. */
        int timeoutMs();

        /** To be appended now. */
        void append(Checked.Valid cut);

        /** Nothing is. */
        void refused(Checked.Invalid why);
    }

    /** Appends it, perhaps later. On the partition's loop. */
    public void append(Partition partition, Schedules schedules, Appending to) {
        // One that is stored already is answered as any other: what it settled is settled.
        if (partition.leadingEpoch() == BatchHeader.NO_LEADER_EPOCH
                || partition.isStored(checked.batches().getFirst())) {
            to.append(checked);
        } else {
            schedules.find(
                    partition.name(), plan.targets(), answer -> append(partition, answer, to));
        }
    }

    /** In the turn in which the schedule answered, so that nothing is delivered in between. */
    private void append(Partition partition, Schedules.Answer answer, Appending to) {
        switch (answer) {
            case Schedules.Answer.Refused(ErrorCode error, String detail) ->
                    to.refused(new Checked.Invalid(error, detail, List.of()));
            case Schedules.Answer.Found(
                            List<Schedules.Standing> standings,
                            Schedules.Hold hold) -> {
                List<RecordError> errors = errors(standings);
                if (!errors.isEmpty()) {
                    hold.released();
                    refuse(partition, errors, to);
                } else {
                    append(partition, standings, hold, to);
                }
            }
        }
    }

    /** What does not wait here may do so where another leads by now. */
    private static void refuse(Partition partition, List<RecordError> errors, Appending to) {
        partition.confirm(
                to.timeoutMs(),
                error ->
                        to.refused(
                                error == ErrorCode.NONE
                                        ? invalid(errors)
                                        : new Checked.Invalid(
                                                error,
                                                "it is not certain which messages wait",
                                                List.of())));
    }

    private void append(
            Partition partition,
            List<Schedules.Standing> standings,
            Schedules.Hold hold,
            Appending to) {
        long before = partition.status().logEndOffset();
        try {
            to.append(cut(standings));
        } catch (RecordFormatException e) {
            to.refused(
                    new Checked.Invalid(
                            ErrorCode.INVALID_RECORD, "records: " + e.getMessage(), List.of()));
        } finally {
            long end = partition.status().logEndOffset();
            if (end > before) {
                hold.appended(end);
            } else {
                hold.released();
            }
        }
    }

    /**
     * What is wrong with records whose messages do not wait any more.
     *
     * @param standings in the order of the plan's targets
     */
    private List<RecordError> errors(List<Schedules.Standing> standings) {
        List<RecordError> errors = new ArrayList<>(0);
        int asked = 0;
        for (int i = 0; i < plan.wishes().size(); i++) {
            if (plan.wishes().get(i).target() != Wish.NO_ID
                    && standings.get(asked++) instanceof Schedules.Standing.Gone(String why)) {
                errors.add(new RecordError(i, why));
            }
        }
        return errors;
    }

    /**
     * Its pieces.
     *
     * @param standings in the order of the plan's targets; all wait
     */
    private Checked.Valid cut(List<Schedules.Standing> standings) throws RecordFormatException {
        Hiding hiding = new Hiding(standings);
        BatchCutter.Pieces pieces =
                BatchCutter.cut(
                        checked.batches().getFirst(), checked.records(), hiding, config, codecs);
        return new Checked.Valid(pieces.records(), pieces.batches(), checked.appendTimeMs());
    }

    /** What each record becomes. */
    private final class Hiding implements BatchCutter.Hiding {
        private final List<Schedules.Standing> standings;
        private int asked;

        Hiding(List<Schedules.Standing> standings) {
            this.standings = standings;
        }

        @Override
        public @Nullable ScheduleRecord of(int index, RecordReader record)
                throws RecordFormatException {
            return switch (plan.wishes().get(index)) {
                case Wish.Visible visible -> null;
                case Wish.At at -> later(index, record, at.replaces());
                case Wish.Recurring recurring -> later(index, record, recurring.replaces());
                case Wish.Cancel cancel -> new Settled(ScheduleRecord.NO_FLOOR, waiting());
                case Wish.Wrong(String why) -> throw new RecordFormatException(why);
            };
        }

        private Later later(int index, RecordReader record, long replaces)
                throws RecordFormatException {
            return replaces == Wish.NO_ID
                    ? BatchCutter.later(record, dueMs[index], Later.OWN_OFFSET, Later.NONE)
                    : BatchCutter.later(record, dueMs[index], replaces, waiting());
        }

        private long waiting() throws RecordFormatException {
            if (standings.get(asked++) instanceof Schedules.Standing.Waiting(long later)) {
                return later;
            }
            throw new RecordFormatException("a message that waits no more");
        }
    }
}
