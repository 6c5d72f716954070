package io.sluice.core.share;

import io.sluice.core.share.RunState.Available;
import io.sluice.core.share.RunState.Burying;
import io.sluice.core.share.RunState.Done;
import io.sluice.core.share.SharePartition.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of records that were not looked at since this leader began: laid over them as
 * they are found.
 */
final class Remembered {
    private final TreeMap<Long, StateBatch> batches = new TreeMap<>();

    Remembered(List<StateBatch> batches) {
        for (StateBatch batch : batches) {
            Map.Entry<Long, StateBatch> before = this.batches.floorEntry(batch.last());
            if (before != null && before.getValue().last() >= batch.first()) {
                throw new IllegalArgumentException(
                        "%s and %s overlap".formatted(before.getValue(), batch));
            }
            this.batches.put(batch.first(), batch);
        }
    }

    /** The span as runs, with what is remembered of each; that is forgotten here. */
    List<Run> take(Span span) {
        List<Run> runs = look(span);
        forgetBelow(span.last() + 1);
        return runs;
    }

    /** The same, and nothing is forgotten. */
    List<Run> look(Span span) {
        List<Run> runs = new ArrayList<>();
        long offset = span.first();
        while (offset <= span.last()) {
            StateBatch batch = reaching(offset);
            if (batch == null || batch.first() > span.last()) {
                runs.add(new Run(offset, span.last(), span.facts(), Available.NEW));
                break;
            }
            if (batch.first() > offset) {
                runs.add(new Run(offset, batch.first() - 1, span.facts(), Available.NEW));
            }
            long first = Math.max(offset, batch.first());
            long last = Math.min(span.last(), batch.last());
            runs.add(new Run(first, last, span.facts(), state(batch)));
            offset = last + 1;
        }
        return runs;
    }

    /** The first batch that ends at the offset or behind it. */
    private @Nullable StateBatch reaching(long offset) {
        Map.Entry<Long, StateBatch> at = batches.floorEntry(offset);
        if (at != null && at.getValue().last() >= offset) {
            return at.getValue();
        }
        Map.Entry<Long, StateBatch> after = batches.higherEntry(offset);
        return after == null ? null : after.getValue();
    }

    private static RunState state(StateBatch batch) {
        return switch (batch.fate()) {
            case StateBatch.Pending(int deliveries, long fromMs, Times times) ->
                    new Available(deliveries, fromMs, times);
            case StateBatch.Dead(DeadReason reason, int deliveries, Times times) ->
                    new Burying(reason, "", deliveries, times);
            case StateBatch.Settled settled -> Done.DONE;
        };
    }

    /** Of records that are known to be done it is known from now on that they are not. */
    void revive(long first, long last, Ranges.Visitor revived) {
        for (StateBatch batch : within(first, last)) {
            if (batch.fate() != StateBatch.Settled.SETTLED) {
                continue;
            }
            cutAt(batch.first());
            cutAt(batch.last() + 1);
            batches.put(
                    batch.first(),
                    new StateBatch(batch.first(), batch.last(), new StateBatch.Pending(0, 0L)));
            revived.range(batch.first(), batch.last());
        }
    }

    /** What is known of these records, and of no others. */
    List<StateBatch> within(long first, long last) {
        List<StateBatch> found = new ArrayList<>();
        StateBatch batch = first > last ? null : reaching(first);
        while (batch != null && batch.first() <= last) {
            found.add(
                    new StateBatch(
                            Math.max(first, batch.first()),
                            Math.min(last, batch.last()),
                            batch.fate()));
            batch = batch.last() == Long.MAX_VALUE ? null : reaching(batch.last() + 1);
        }
        return found;
    }

    private void cutAt(long offset) {
        Map.Entry<Long, StateBatch> at = batches.lowerEntry(offset);
        if (at != null && at.getValue().last() >= offset) {
            StateBatch whole = at.getValue();
            batches.put(whole.first(), new StateBatch(whole.first(), offset - 1, whole.fate()));
            batches.put(offset, whole.from(offset));
        }
    }

    void forgetBelow(long offset) {
        while (!batches.isEmpty() && batches.firstKey() < offset) {
            StateBatch batch = batches.pollFirstEntry().getValue();
            if (batch.last() >= offset) {
                batches.put(offset, batch.from(offset));
            }
        }
    }

    /** The offset, or what follows records from there on that are known to be done. */
    long behindDone(long offset) {
        long behind = offset;
        StateBatch batch = reaching(behind);
        while (batch != null
                && batch.first() <= behind
                && batch.fate() == StateBatch.Settled.SETTLED) {
            behind = batch.last() + 1;
            batch = reaching(behind);
        }
        return behind;
    }
}
