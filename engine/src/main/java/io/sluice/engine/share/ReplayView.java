package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Facts;
import io.sluice.core.share.Seen;
import io.sluice.core.share.Seen.Standing;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.PieceWriter;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName;
import io.sluice.engine.view.ViewName.BadNameException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An order that travels as a view (docs/adr/replay.md): {@code
 * sluice:replay;group=G;id=I;from=N;to=N}. Has records delivered again that the group has done, and
 * gives those once that is remembered, so that whoever reads it sees what it did. Further values
 * are those of a {@link RecordFilter}.
 *
 * <p>A client asks again for what it did not hear an answer to. By {@code id} that is known, and
 * what the order did before is not done again.
 */
final class ReplayView implements View {

    /** The name of the kind. */
    static final String NAME = "replay";

    /** Records of one piece: so many runs at most come at once. */
    private static final int MAX_RECORDS = 2_000;

    private static final Set<String> VALUES =
            Set.of("group", "id", "from", "to", RecordFilter.KEY, RecordFilter.HEADER);

    private final HostedQueues queues;
    private final LogWalk walk;
    private final String group;
    private final String id;
    private final long first;
    private final long end;
    private final RecordFilter filter;

    /** As a reader names it. */
    ReplayView(HostedQueues queues, LogWalk walk, ViewName name) throws BadNameException {
        name.allow(VALUES);
        this.queues = queues;
        this.walk = walk;
        this.group = name.required("group");
        this.id = name.required("id");
        this.first = name.number("from", 0);
        name.required("to"); // a client reads ahead, and must not go on by itself
        this.end = name.number("to", 0);
        this.filter = RecordFilter.of(name);
    }

    @Override
    public void read(Partition partition, Ask ask, Consumer<Piece> done) {
        ShareKey key = new ShareKey(group, partition.topicId(), partition.name().partition());
        LoopQueues here = queues.of(partition.loop());
        HostedQueue queue = here.find(key);
        SharePartition<?> machine = queue != null && queue.isOf(partition) ? queue.machine() : null;
        if (queue != null && machine != null && queue.stillServes()) {
            here.at(key, partition); // somebody uses it
            read(partition, queue, machine, ask, done);
        } else {
            begin(here, key, partition, ask, done);
        }
    }

    /** Has the queue at work, if there is one. */
    private static void begin(
            LoopQueues here, ShareKey key, Partition partition, Ask ask, Consumer<Piece> done) {
        here.look(
                key,
                partition,
                (error, machine) -> {
                    if (partition.leadingEpoch() < 0) {
                        done.accept(Piece.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER));
                    } else if (machine != null) {
                        here.at(key, partition);
                        done.accept(Piece.LATER);
                    } else if (error == ErrorCode.NONE) {
                        done.accept(new PieceWriter(ask.from()).upTo(ask.end()));
                    } else {
                        done.accept(Piece.LATER);
                    }
                });
    }

    private void read(
            Partition partition,
            HostedQueue queue,
            SharePartition<?> machine,
            Ask ask,
            Consumer<Piece> done) {
        long from = Math.max(Math.max(ask.from(), first), queue.replayedUpTo(id));
        long upTo = Math.min(Math.min(ask.end(), end), readableEnd(partition, queue));
        Piece nothing = new PieceWriter(ask.from()).upTo(ask.end());
        if (ask.from() >= end) {
            done.accept(nothing);
        } else if (from >= upTo) { // what it did before may not be stored yet
            queue.replay(id, List.of(), from, error -> answer(error, nothing, done));
        } else if (machine.isFull()) {
            done.accept(Piece.LATER); // more is done first
        } else {
            walk.read(
                    partition,
                    new Ask(from, upTo, ask.maxBytes(), queue.readCommitted()),
                    stretch -> replay(partition, queue, machine, ask, stretch, done),
                    done);
        }
    }

    /** What is behind it the queue has not seen, so it has done nothing of it. */
    private static long readableEnd(Partition partition, HostedQueue queue) {
        Partition.PartitionStatus status = partition.status();
        return queue.readCommitted() ? status.lastStableOffset() : status.highWatermark();
    }

    private void replay(
            Partition partition,
            HostedQueue queue,
            SharePartition<?> machine,
            Ask ask,
            LogWalk.Stretch stretch,
            Consumer<Piece> done) {
        long nowMs = partition.loop().clock().wallMs();
        List<Seen> seen = machine.look(stretch.from(), stretch.next() - 1, nowMs);
        PieceWriter writer = new PieceWriter(ask.from());
        Chooser chooser = new Chooser(seen, writer, ask.maxBytes(), queues.facts(queue.sight()));
        walk.visit(
                partition,
                stretch,
                writer,
                chooser,
                piece -> {
                    if (piece.error() != ErrorCode.NONE) {
                        done.accept(piece);
                    } else if (queue.replayedUpTo(id) > stretch.from()) {
                        done.accept(Piece.LATER); // asked at the same time, and it did not do that
                    } else {
                        queue.replay(
                                id,
                                chooser.spans,
                                chooser.next(stretch.next()),
                                error -> answer(error, piece, done));
                    }
                });
    }

    private static void answer(ErrorCode error, Piece piece, Consumer<Piece> done) {
        done.accept(error == ErrorCode.NONE ? piece : Piece.LATER);
    }

    /** Finds the records of a stretch that are meant, and writes them. */
    private final class Chooser implements LogWalk.Visitor {
        private final List<Span> spans = new ArrayList<>();
        private final List<Seen> seen;
        private final PieceWriter writer;
        private final int maxBytes;
        private final RecordSpans facts;
        private int at;
        private long stoppedAt = -1;

        Chooser(List<Seen> seen, PieceWriter writer, int maxBytes, RecordSpans facts) {
            this.facts = facts;
            this.seen = seen;
            this.writer = writer;
            this.maxBytes = maxBytes;
        }

        /** Behind what was looked at. */
        long next(long wanted) {
            return stoppedAt < 0 ? wanted : stoppedAt;
        }

        @Override
        public boolean visit(RecordReader record) throws RecordFormatException {
            while (seen.get(at).last() < record.offset()) {
                at++;
            }
            if (seen.get(at).standing() != Standing.DONE || !filter.takes(record)) {
                return true;
            }
            if (!writer.hasRoom(maxBytes) || spans.size() >= MAX_RECORDS) {
                stoppedAt = record.offset();
                return false;
            }
            writer.add(
                    record.offset(),
                    record.timestamp(),
                    record.keyCopy(),
                    record.valueCopy(),
                    record.headers());
            add(record.offset(), facts.factsOf(record));
            return true;
        }

        private void add(long offset, Facts its) {
            Span last = spans.isEmpty() ? null : spans.getLast();
            boolean joins = last != null && last.last() + 1 == offset && !its.keyed();
            if (last != null && joins && last.facts().equals(its)) {
                spans.set(spans.size() - 1, new Span(last.first(), offset, its));
            } else {
                spans.add(new Span(offset, offset, its));
            }
        }
    }
}
