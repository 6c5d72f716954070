package io.sluice.engine.schedule;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.Deletion;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.LaterView;
import io.sluice.core.schedule.OffsetSet;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.engine.log.SliceBatches.Batch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a piece of the log says of messages that wait, in its order. Made on I/O threads. */
final class Told {

    /** What is said. */
    enum Kind {
        /** offset, due, id, previous: it waits. */
        LATER,
        /** offset: it waits no more. */
        SETTLED,
        /** offset, due, time of delivery. */
        DELIVERED,
        /** offset: an open transaction says something of it. */
        UNDECIDED,
        /** offset: that transaction was aborted. */
        UNDONE,
        /** offset of the order, up to where: all below is to be deleted. */
        DELETION
    }

    /** How to come again. */
    record Cron(String expression, String zone) {}

    /**
     * What is looked at.
     *
     * @param from what lies below is known
     * @param upTo what begins at or above is left to the next
     * @param stableEnd of transactions below it the end is known
     * @param aborted of those, the ones that were aborted
     * @param transactionsAlone what is not of a transaction is known already
     * @param own deliveries that the asker made and knows: begin and end of each in turn
     */
    record Extent(
            long from,
            long upTo,
            long stableEnd,
            List<AbortedTransaction> aborted,
            boolean transactionsAlone,
            long[] own) {

        private boolean wants(BatchHeader batch) {
            if (!batch.isScheduled()
                    || batch.lastOffset() < from
                    || (transactionsAlone && !batch.isTransactional())) {
                return false;
            }
            for (int i = 0; i < own.length && batch.isFired(); i += 2) {
                if (own[i] <= batch.baseOffset() && batch.baseOffset() < own[i + 1]) {
                    return false;
                }
            }
            return true;
        }
    }

    private static final Kind[] KINDS = Kind.values();
    private static final int WIDTH = 4;

    private byte[] kinds = new byte[64];
    private long[] numbers = new long[64 * WIDTH];
    private final Map<Long, Cron> crons = new HashMap<>(0);
    private int size;
    private long next = -1L;
    private long firstUndecided = OffsetSet.NONE;

    int size() {
        return size;
    }

    Kind kind(int at) {
        return KINDS[kinds[at]];
    }

    long offset(int at) {
        return numbers[at * WIDTH];
    }

    long dueMs(int at) {
        return numbers[at * WIDTH + 1];
    }

    /** Of a deletion. */
    long upTo(int at) {
        return numbers[at * WIDTH + 1];
    }

    long id(int at) {
        return numbers[at * WIDTH + 2];
    }

    long deliveredMs(int at) {
        return numbers[at * WIDTH + 2];
    }

    long previous(int at) {
        return numbers[at * WIDTH + 3];
    }

    @Nullable Cron cron(long offset) {
        return crons.isEmpty() ? null : crons.get(offset);
    }

    /** Behind what was looked at; -1 if there was nothing. */
    long next() {
        return next;
    }

    /** Where the first batch of a transaction begins whose end is not known, or NONE. */
    long firstUndecided() {
        return firstUndecided;
    }

    static Told of(List<Batch> batches, Extent extent, Codecs codecs) throws RecordFormatException {
        Told told = new Told();
        for (Batch batch : batches) {
            BatchHeader header = batch.header();
            if (header.baseOffset() >= extent.upTo) {
                break;
            }
            told.next = header.nextOffset();
            if (extent.wants(header)) {
                told.take(batch, extent, codecs);
            }
        }
        return told;
    }

    private void take(Batch batch, Extent extent, Codecs codecs) throws RecordFormatException {
        BatchHeader header = batch.header();
        boolean undecided = header.isTransactional() && header.lastOffset() >= extent.stableEnd;
        boolean undone = AbortedTransaction.anyHolds(extent.aborted, header);
        if (undecided) {
            firstUndecided = Math.min(firstUndecided, header.baseOffset());
        }
        RecordReader records = RecordReader.of(header, batch.bytes(), codecs);
        while (records.next()) {
            if (records.offset() < extent.from) {
                continue;
            }
            if (header.isFired()) {
                delivered(records);
            } else if (undecided) {
                changes(records, Kind.UNDECIDED);
            } else if (undone) {
                changes(records, Kind.UNDONE);
            } else {
                hidden(records);
            }
        }
    }

    private void hidden(RecordReader record) throws RecordFormatException {
        if (ScheduleFormat.type(record.key()) == ScheduleRecord.LATER) {
            LaterView later = LaterView.of(record.value());
            if (later == null) {
                return; // a newer broker's
            }
            long offset = record.offset();
            add(Kind.LATER, offset, later.dueMs(), later.idAt(offset), later.previous());
            String expression = later.header(ScheduleHeaders.CRON);
            if (expression != null) {
                String zone = later.header(ScheduleHeaders.CRON_ZONE);
                crons.put(offset, new Cron(expression, zone == null ? "UTC" : zone));
            }
            return;
        }
        ScheduleRecord said = ScheduleRecord.read(record.key(), record.value());
        if (said instanceof Settled settled) {
            for (long offset : settled.offsets()) {
                add(Kind.SETTLED, offset, 0L, 0L, 0L);
            }
        } else if (said instanceof Deletion order) {
            add(Kind.DELETION, record.offset(), order.upTo(), 0L, 0L);
        }
    }

    /** What it would do to messages that wait already. */
    private void changes(RecordReader record, Kind kind) throws RecordFormatException {
        if (ScheduleFormat.type(record.key()) == ScheduleRecord.LATER) {
            LaterView later = LaterView.of(record.value());
            if (later != null && later.previous() != Later.NONE) {
                add(kind, later.previous(), 0L, 0L, 0L);
            }
        } else if (ScheduleRecord.read(record.key(), record.value()) instanceof Settled settled) {
            for (long offset : settled.offsets()) {
                add(kind, offset, 0L, 0L, 0L);
            }
        }
    }

    private void delivered(RecordReader record) throws RecordFormatException {
        long from = -1L;
        long dueMs = 0L;
        for (RecordHeader header : record.headers()) { // what we added comes last
            byte[] value = header.value();
            if (value == null) {
                continue;
            }
            if (header.name().equals(ScheduleHeaders.FROM) && value.length == Long.BYTES) {
                from = ByteBuffer.wrap(value).getLong();
            } else if (header.name().equals(ScheduleHeaders.DUE)) {
                dueMs = number(value);
            }
        }
        if (from < 0) {
            throw new RecordFormatException(
                    "the delivery at %d does not say of what".formatted(record.offset()));
        }
        add(Kind.DELIVERED, from, dueMs, record.timestamp(), 0L);
    }

    /** A client's own header of that name may be anything; ours comes behind it. */
    private static long number(byte[] text) {
        try {
            return Long.parseLong(new String(text, StandardCharsets.UTF_8));
        } catch (NumberFormatException e) {
            return 0L;
        }
    }

    private void add(Kind kind, long first, long second, long third, long fourth) {
        if (size == kinds.length) {
            kinds = Arrays.copyOf(kinds, 2 * size);
            numbers = Arrays.copyOf(numbers, 2 * size * WIDTH);
        }
        kinds[size] = (byte) kind.ordinal();
        numbers[size * WIDTH] = first;
        numbers[size * WIDTH + 1] = second;
        numbers[size * WIDTH + 2] = third;
        numbers[size * WIDTH + 3] = fourth;
        size++;
    }
}
