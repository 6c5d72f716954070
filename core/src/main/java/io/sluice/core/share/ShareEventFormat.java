package io.sluice.core.share;

import io.sluice.core.coordinator.EventReader;
import io.sluice.core.coordinator.EventWriter;
import io.sluice.core.record.RecordFormatException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events as keys and values of a compacted log, as {@link EventWriter} writes them.
 *
 * <pre>
 *  key:     kind int8 (1 whole, 2 part), group, topic id, partition int32, [slot int32 of a part]
 *  whole:   version int8 (0), generation int32, stateEpoch int32, leaderEpoch int32, number int64,
 *           start int64, doneRecords int64, batches
 *  part:    version int8 (0), generation int32, leaderEpoch int32, number int64, start int64,
 *           doneRecords int64, batches
 *  batches: int32 of: first int64, last int64, state int8 (KIP-932, KIP-1191), and of
 *           0 pending: deliveries int32, from int64; 3 dead: reason int8, deliveries int32;
 *           2 settled: nothing; 16 and 19: as 0 and 3, and first and last delivery int64
 * </pre>
 */
public final class ShareEventFormat {
    private static final byte WHOLE = 1;
    private static final byte PART = 2;
    private static final byte VERSION = 0;

    private static final byte PENDING = 0;
    private static final byte SETTLED = 2;
    private static final byte DEAD = 3;

    /** Added to a state where it is known when records were delivered. */
    private static final byte WITH_TIMES = 16;

    private ShareEventFormat() {}

    public static byte[] key(ShareEvent event) {
        return switch (event) {
            case ShareEvent.Whole whole -> key(WHOLE, whole.key()).bytes();
            case ShareEvent.Removed removed -> key(WHOLE, removed.key()).bytes();
            case ShareEvent.Part part -> key(PART, part.key()).int32(part.slot()).bytes();
            case ShareEvent.PartRemoved removed ->
                    key(PART, removed.key()).int32(removed.slot()).bytes();
        };
    }

    private static EventWriter key(byte kind, ShareKey key) {
        return new EventWriter()
                .int8(kind)
                .text(key.group())
                .uuid(key.topicId())
                .int32(key.partition());
    }

    /** Null for what is gone. */
    public static byte @Nullable [] value(ShareEvent event) {
        return switch (event) {
            case ShareEvent.Whole whole -> value(whole);
            case ShareEvent.Part part -> value(part);
            case ShareEvent.Removed removed -> null;
            case ShareEvent.PartRemoved removed -> null;
        };
    }

    private static byte[] value(ShareEvent.Whole event) {
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .int32(event.generation())
                        .int32(event.stateEpoch())
                        .int32(event.leaderEpoch())
                        .int64(event.number())
                        .int64(event.start())
                        .int64(event.doneRecords());
        return batches(to, event.batches()).bytes();
    }

    private static byte[] value(ShareEvent.Part event) {
        EventWriter to =
                new EventWriter()
                        .int8(VERSION)
                        .int32(event.generation())
                        .int32(event.leaderEpoch())
                        .int64(event.number())
                        .int64(event.start())
                        .int64(event.doneRecords());
        return batches(to, event.batches()).bytes();
    }

    /** Batches as they stand in events and in requests between brokers. */
    public static EventWriter batches(EventWriter to, List<StateBatch> batches) {
        to.int32(batches.size());
        for (StateBatch batch : batches) {
            to.int64(batch.first()).int64(batch.last());
            switch (batch.fate()) {
                case StateBatch.Pending(int deliveries, long fromMs, Times times) ->
                        times(state(to, PENDING, times).int32(deliveries).int64(fromMs), times);
                case StateBatch.Dead(DeadReason reason, int deliveries, Times times) ->
                        times(
                                state(to, DEAD, times)
                                        .int8((byte) reason.ordinal())
                                        .int32(deliveries),
                                times);
                case StateBatch.Settled settled -> to.int8(SETTLED);
            }
        }
        return to;
    }

    private static EventWriter state(EventWriter to, byte state, Times times) {
        return to.int8(times.equals(Times.UNKNOWN) ? state : (byte) (state + WITH_TIMES));
    }

    private static void times(EventWriter to, Times times) {
        if (!times.equals(Times.UNKNOWN)) {
            to.int64(times.firstMs()).int64(times.lastMs());
        }
    }

    /** What {@link #batches} wrote. */
    public static List<StateBatch> batches(EventReader from) throws RecordFormatException {
        int count = from.count();
        List<StateBatch> batches = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long first = from.int64();
            long last = from.int64();
            if (first < 0 || last < first) {
                throw new RecordFormatException("records %d to %d".formatted(first, last));
            }
            batches.add(new StateBatch(first, last, fate(from)));
        }
        return batches;
    }

    private static StateBatch.Fate fate(EventReader from) throws RecordFormatException {
        byte state = from.int8();
        return switch (state) {
            case PENDING -> new StateBatch.Pending(from.int32(), from.int64());
            case PENDING + WITH_TIMES ->
                    new StateBatch.Pending(from.int32(), from.int64(), times(from));
            case SETTLED -> StateBatch.Settled.SETTLED;
            case DEAD -> new StateBatch.Dead(reason(from.int8()), from.int32());
            case DEAD + WITH_TIMES ->
                    new StateBatch.Dead(reason(from.int8()), from.int32(), times(from));
            default -> throw new RecordFormatException("records in state " + state);
        };
    }

    private static Times times(EventReader from) {
        return new Times(from.int64(), from.int64());
    }

    private static DeadReason reason(byte number) throws RecordFormatException {
        DeadReason[] known = DeadReason.values();
        if (number < 0 || number >= known.length) {
            throw new RecordFormatException("records dead for reason " + number);
        }
        return known[number];
    }

    /** The event, or null if a later version wrote it. */
    public static @Nullable ShareEvent read(ByteBuffer key, @Nullable ByteBuffer value)
            throws RecordFormatException {
        try {
            EventReader keys = new EventReader(key);
            byte kind = keys.int8();
            if (kind != WHOLE && kind != PART) {
                return null;
            }
            ShareKey queue = new ShareKey(keys.text(), keys.uuid(), keys.int32());
            if (kind == WHOLE) {
                return value == null
                        ? new ShareEvent.Removed(queue)
                        : whole(queue, new EventReader(value));
            }
            int slot = keys.int32();
            return value == null
                    ? new ShareEvent.PartRemoved(queue, slot)
                    : part(queue, slot, new EventReader(value));
        } catch (BufferUnderflowException e) {
            throw new RecordFormatException("an event of a queue is cut");
        }
    }

    private static @Nullable ShareEvent whole(ShareKey key, EventReader from)
            throws RecordFormatException {
        if (from.int8() != VERSION) {
            return null;
        }
        return new ShareEvent.Whole(
                key,
                from.int32(),
                from.int32(),
                from.int32(),
                from.int64(),
                from.int64(),
                from.int64(),
                batches(from));
    }

    private static @Nullable ShareEvent part(ShareKey key, int slot, EventReader from)
            throws RecordFormatException {
        if (from.int8() != VERSION) {
            return null;
        }
        return new ShareEvent.Part(
                key,
                slot,
                from.int32(),
                from.int32(),
                from.int64(),
                from.int64(),
                from.int64(),
                batches(from));
    }
}
