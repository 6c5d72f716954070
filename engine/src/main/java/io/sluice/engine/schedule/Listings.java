package io.sluice.engine.schedule;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.OffsetSet;
import io.sluice.core.schedule.ScheduleHeaders;
import io.sluice.core.schedule.WaitingMessages;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.PieceWriter;
import io.sluice.engine.view.View;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells what waits in a partition, in the order of its log. Owned by the partition's loop. */
final class Listings {

    /** Messages of one piece. */
    private static final int MAX_SHOWN = 500;

    private final WaitingMessages waiting;
    private final Originals originals;

    /**
     * Some of what waits.
     *
     * @param recursAtMs when each is due that recurs, -1 for others
     * @param next where to go on, or {@link OffsetSet#NONE}
     */
    private record Some(long[] offsets, long[] recursAtMs, long next) {

        long dueMs(int at, Later later) {
            return recursAtMs[at] < 0 ? later.dueMs() : recursAtMs[at];
        }

        /** Behind what was found, where it is less than was asked for. */
        long next(int found) {
            return found < offsets.length ? offsets[found] : next;
        }
    }

    Listings(WaitingMessages waiting, Originals originals) {
        this.waiting = waiting;
        this.originals = originals;
    }

    private Some some(long from, long upTo, int limit) {
        long[] offsets = new long[limit];
        int count = 0;
        long next = waiting.next(from);
        for (; next < upTo && count < limit; next = waiting.next(next + 1)) {
            offsets[count++] = next;
        }
        long[] found = Arrays.copyOf(offsets, count);
        return new Some(found, Arrays.stream(found).map(waiting::recursAtMs).toArray(), next);
    }

    /** As {@link Schedules#list}. */
    void list(long from, int limit, Consumer<Schedules.Listing> done) {
        Some some = some(from, OffsetSet.NONE, limit);
        if (some.offsets.length == 0) {
            done.accept(new Schedules.Listing(ErrorCode.NONE, List.of(), OffsetSet.NONE));
            return;
        }
        originals.read(
                some.offsets,
                found -> listing(some, found),
                Completion.of(
                        done,
                        fault ->
                                done.accept(
                                        new Schedules.Listing(
                                                ErrorCode.KAFKA_STORAGE_ERROR, List.of(), from))));
    }

    private static Schedules.Listing listing(Some some, @Nullable Later[] found) {
        List<Schedules.Pending> pending = new ArrayList<>(found.length);
        for (int i = 0; i < found.length; i++) {
            Later later = found[i];
            if (later != null) {
                long offset = some.offsets[i];
                pending.add(
                        new Schedules.Pending(offset, later.idAt(offset), some.dueMs(i, later)));
            }
        }
        return new Schedules.Listing(ErrorCode.NONE, pending, some.next(found.length));
    }

    /** Where a message waits, by the answer to a question for it alone; -1 if it does not. */
    static long place(Schedules.Answer answer) {
        if (!(answer instanceof Schedules.Answer.Found(var standings, var hold))) {
            return -1L;
        }
        hold.released();
        return standings.getFirst() instanceof Schedules.Standing.Waiting(long later) ? later : -1L;
    }

    /** What waits where the question is about, or nothing of it. */
    void show(long from, View.Ask ask, Consumer<Piece> done) {
        show(ask, some(from, ask.end(), MAX_SHOWN), done);
    }

    /** One message, at its place; nothing if that is not where the question is about. */
    void showOne(long at, View.Ask ask, Consumer<Piece> done) {
        boolean within = at >= ask.from() && at < ask.end() && waiting.waits(at);
        Some one = within ? some(at, ask.end(), 1) : new Some(new long[0], new long[0], at);
        show(ask, new Some(one.offsets, one.recursAtMs, OffsetSet.NONE), done);
    }

    private void show(View.Ask ask, Some some, Consumer<Piece> done) {
        if (some.offsets.length == 0) {
            done.accept(new PieceWriter(ask.from()).upTo(ask.end()));
            return;
        }
        originals.read(
                some.offsets,
                found -> piece(ask, some, found),
                Completion.of(
                        done, fault -> done.accept(Piece.refused(ErrorCode.KAFKA_STORAGE_ERROR))));
    }

    private static Piece piece(View.Ask ask, Some some, @Nullable Later[] found) {
        PieceWriter writer = new PieceWriter(ask.from());
        for (int i = 0; i < found.length; i++) {
            Later later = found[i];
            if (!writer.hasRoom(ask.maxBytes())) {
                return writer.upTo(some.offsets[i]);
            }
            if (later != null) {
                List<RecordHeader> headers = new ArrayList<>(later.headers());
                headers.add(text(ScheduleHeaders.ID, later.idAt(some.offsets[i])));
                headers.add(text(ScheduleHeaders.DUE, some.dueMs(i, later)));
                writer.add(
                        some.offsets[i],
                        later.createdMs(),
                        later.messageKey(),
                        later.messageValue(),
                        headers);
            }
        }
        return writer.upTo(Math.min(ask.end(), some.next(found.length)));
    }

    private static RecordHeader text(String name, long number) {
        return new RecordHeader(name, Long.toString(number).getBytes(StandardCharsets.UTF_8));
    }
}
