package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.Seen;
import io.sluice.core.share.Seen.Standing;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.SharePartition;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.PieceWriter;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName;
import io.sluice.engine.view.ViewName.BadNameException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A partition as a group's queue sees it: {@code sluice:queue;group=G}. Gives its records with
 * headers that say where each stands, and changes nothing: a queue that is not at work is not begun
 * by that, but looked up where it is remembered.
 *
 * <p>Values: {@code state}, names of {@link Standing} in lower case with commas between them, all
 * but {@code done} if there is none; and those of a {@link RecordFilter}.
 */
final class QueueView implements View {

    /** The name of the kind. */
    static final String NAME = "queue";

    private static final Set<String> VALUES =
            Set.of("group", "state", RecordFilter.KEY, RecordFilter.HEADER);

    private final HostedQueues queues;
    private final LogWalk walk;
    private final String group;
    private final Set<Standing> standings;
    private final RecordFilter filter;

    private QueueView(
            HostedQueues queues,
            LogWalk walk,
            String group,
            Set<Standing> standings,
            RecordFilter filter) {
        this.queues = queues;
        this.walk = walk;
        this.group = group;
        this.standings = standings;
        this.filter = filter;
    }

    /** As a reader names it. */
    static QueueView of(HostedQueues queues, LogWalk walk, ViewName name) throws BadNameException {
        name.allow(VALUES);
        return new QueueView(
                queues,
                walk,
                name.required("group"),
                standings(name.text("state")),
                RecordFilter.of(name));
    }

    private static Set<Standing> standings(@Nullable String names) throws BadNameException {
        Set<Standing> all = EnumSet.complementOf(EnumSet.of(Standing.DONE));
        if (names == null) {
            return all;
        }
        Set<Standing> chosen = EnumSet.noneOf(Standing.class);
        for (String name : names.split(",", -1)) {
            Standing found = null;
            for (Standing one : Standing.values()) {
                found = name(one).equals(name) ? one : found;
            }
            if (found == null) {
                throw new BadNameException("there is no state '%s'".formatted(name));
            }
            chosen.add(found);
        }
        return chosen;
    }

    private static String name(Standing standing) {
        return standing.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void read(Partition partition, Ask ask, Consumer<Piece> done) {
        ShareKey key = new ShareKey(group, partition.topicId(), partition.name().partition());
        queues.of(partition.loop())
                .look(
                        key,
                        partition,
                        (error, machine) -> {
                            if (machine != null) {
                                read(partition, ask, machine, done);
                            } else if (error == ErrorCode.NONE) {
                                // Nobody has a queue there, so nothing is in it.
                                done.accept(new PieceWriter(ask.from()).upTo(ask.end()));
                            } else {
                                done.accept(answer(partition, error));
                            }
                        });
    }

    /** What passes is asked again; a fetching client does not know errors of coordinators. */
    private static Piece answer(Partition partition, ErrorCode error) {
        return partition.leadingEpoch() < 0
                ? Piece.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER)
                : Piece.LATER;
    }

    private void read(
            Partition partition, Ask ask, SharePartition<?> machine, Consumer<Piece> done) {
        long from = ask.from();
        if (!standings.contains(Standing.DONE)) {
            from = Math.min(ask.end(), machine.pendingFrom(from)); // nothing of that is read
        }
        if (from == ask.end()) {
            done.accept(new PieceWriter(ask.from()).upTo(from));
            return;
        }
        walk.read(
                partition,
                new Ask(from, ask.end(), ask.maxBytes(), ask.readCommitted()),
                stretch -> {
                    long nowMs = partition.loop().clock().wallMs();
                    List<Seen> seen = machine.look(stretch.from(), stretch.next() - 1, nowMs);
                    PieceWriter writer = new PieceWriter(ask.from());
                    walk.visit(
                            partition,
                            stretch,
                            writer,
                            new Teller(seen, writer, ask.maxBytes()),
                            done);
                },
                done);
    }

    /** Writes the records of a stretch that are wanted. */
    private final class Teller implements LogWalk.Visitor {
        private final List<Seen> seen;
        private final PieceWriter writer;
        private final int maxBytes;
        private int at;

        Teller(List<Seen> seen, PieceWriter writer, int maxBytes) {
            this.seen = seen;
            this.writer = writer;
            this.maxBytes = maxBytes;
        }

        @Override
        public boolean visit(RecordReader record) throws RecordFormatException {
            while (seen.get(at).last() < record.offset()) {
                at++;
            }
            Seen its = seen.get(at);
            if (!standings.contains(its.standing()) || !filter.takes(record)) {
                return true;
            }
            if (!writer.hasRoom(maxBytes)) {
                return false;
            }
            writer.add(
                    record.offset(),
                    record.timestamp(),
                    record.keyCopy(),
                    record.valueCopy(),
                    headers(record, its));
            return true;
        }
    }

    private static List<RecordHeader> headers(RecordReader record, Seen its)
            throws RecordFormatException {
        List<RecordHeader> all = new ArrayList<>(record.headers());
        add(all, "sluice-queue-state", name(its.standing()));
        if (its.standing() != Standing.DONE) { // how often that was delivered nobody remembers
            add(all, "sluice-queue-deliveries", Integer.toString(its.deliveries()));
        }
        if (!its.member().isEmpty()) {
            add(all, "sluice-queue-member", its.member());
        }
        if (its.standing() == Standing.HELD || its.standing() == Standing.ASKED) {
            add(all, "sluice-queue-until", Long.toString(its.timeMs()));
        } else if (its.standing() == Standing.LATER) {
            add(all, "sluice-queue-from", Long.toString(its.timeMs()));
        }
        return all;
    }

    private static void add(List<RecordHeader> to, String name, String value) {
        to.add(new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8)));
    }
}
