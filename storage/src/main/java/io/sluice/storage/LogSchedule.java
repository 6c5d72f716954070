package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.schedule.ScheduleFormat;
import io.sluice.core.schedule.ScheduleRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * What a log knows of messages that wait in it: where they are, and how far its start may move
 * without them. Owned by the log's loop.
 */
final class LogSchedule {

    private final PartitionLog log;
    private LongConsumer onHeldBack = wanted -> {};

    LogSchedule(PartitionLog log) {
        this.log = log;
    }

    /**
     * Takes an appended batch into account.
     *
     * @param at where it begins in the records
     * @param position where it begins in the segment
     */
    void appended(BatchHeader batch, ByteBuffer records, int at, Segment active, int position)
            throws IOException {
        active.schedule(
                batch,
                batch.isHidden()
                        ? floor(batch, records.slice(at, batch.sizeInBytes()))
                        : ScheduleRecord.NO_FLOOR,
                position,
                log.config().indexIntervalBytes());
    }

    private static long floor(BatchHeader batch, ByteBuffer bytes) {
        try {
            return ScheduleFormat.floor(batch, bytes);
        } catch (RecordFormatException e) {
            throw new IllegalStateException("a hidden batch that was made here", e);
        }
    }

    long next(long from) throws IOException {
        Segments segments = log.segmentList();
        for (int i = segments.floor(from); i < segments.count(); i++) {
            ScheduleIndex index = segments.get(i).scheduled();
            long next = index == null ? ScheduleIndex.NOTHING : index.next(from);
            if (next != ScheduleIndex.NOTHING) {
                return next;
            }
        }
        return ScheduleIndex.NOTHING;
    }

    /** Only what is committed counts: another leader may never have heard of the rest. */
    long floor() throws IOException {
        long floor = ScheduleRecord.NO_FLOOR;
        Segments segments = log.segmentList();
        for (int i = 0; i < segments.count(); i++) {
            ScheduleIndex index = segments.get(i).scheduled();
            if (index != null) {
                floor = Math.max(floor, index.floorBelow(log.publishedHighWatermark()));
            }
        }
        return floor;
    }

    /** The log's start may move up to there, as far as messages that wait are concerned. */
    long startLimit() throws IOException {
        long floor = -1L;
        Segments segments = log.segmentList();
        for (int i = 0; i < segments.count(); i++) {
            Segment segment = segments.get(i);
            ScheduleIndex index = segment.scheduled();
            if (index == null) {
                continue;
            }
            floor = floor < 0 ? floor() : floor;
            if (index.waitsFrom(floor)) {
                return Math.max(segment.baseOffset(), index.next(floor));
            }
        }
        return Long.MAX_VALUE;
    }

    /** Bytes of messages that wait, or may. */
    long waitingBytes() throws IOException {
        long bytes = 0;
        long floor = -1L;
        Segments segments = log.segmentList();
        for (int i = 0; i < segments.count(); i++) {
            ScheduleIndex index = segments.get(i).scheduled();
            if (index != null) {
                floor = floor < 0 ? floor() : floor;
                bytes += index.waitsFrom(floor) ? index.hiddenBytes() : 0L;
            }
        }
        return bytes;
    }

    void onHeldBack(LongConsumer listener) {
        onHeldBack = listener;
    }

    /** The start would move there. */
    void heldBack(long wantedStart) {
        onHeldBack.accept(wantedStart);
    }
}
