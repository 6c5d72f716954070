package io.sluice.core.schedule;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.ProduceValidator.RecordError;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the records of a produced batch want of the schedule, one by one. What it says depends on
 * the records alone, but for the times themselves: a batch that is sent again is cut alike.
 */
public final class CutPlan {

    private static final int MAX_ERRORS = 100;

    private static final byte[] PREFIX = ScheduleHeaders.prefix();

    private final List<Wish> wishes;

    private CutPlan(List<Wish> wishes) {
        this.wishes = wishes;
    }

    /**
     * Reads a batch.
     *
     * @param nowMs milliseconds since 1970
     */
    public static CutPlan of(BatchHeader batch, ByteBuffer bytes, Codecs codecs, long nowMs)
            throws RecordFormatException {
        List<Wish> wishes = new ArrayList<>(batch.recordCount());
        RecordReader records = RecordReader.of(batch, bytes, codecs);
        while (records.next()) {
            wishes.add(
                    records.hasHeader(PREFIX)
                            ? WishReader.read(records.headers(), nowMs)
                            : WishReader.VISIBLE);
        }
        return new CutPlan(wishes);
    }

    /** What each record wants, in their order. */
    public List<Wish> wishes() {
        return wishes;
    }

    /** Whether all are visible at once: nothing is to be cut. */
    public boolean isPlain() {
        for (Wish wish : wishes) {
            if (!(wish instanceof Wish.Visible)) {
                return false;
            }
        }
        return true;
    }

    /** What is wrong with single records; empty if nothing is. */
    public List<RecordError> errors() {
        List<RecordError> errors = new ArrayList<>(0);
        Set<Long> targets = new HashSet<>();
        for (int i = 0; i < wishes.size() && errors.size() < MAX_ERRORS; i++) {
            Wish wish = wishes.get(i);
            if (wish instanceof Wish.Wrong(String why)) {
                errors.add(new RecordError(i, why));
            } else if (wish.target() != Wish.NO_ID && !targets.add(wish.target())) {
                errors.add(
                        new RecordError(
                                i,
                                "message %d is meant twice in a batch".formatted(wish.target())));
            }
        }
        return errors;
    }

    /** The ids of messages that are to be cancelled or replaced, in the order of the records. */
    public long[] targets() {
        return wishes.stream().mapToLong(Wish::target).filter(id -> id != Wish.NO_ID).toArray();
    }
}
