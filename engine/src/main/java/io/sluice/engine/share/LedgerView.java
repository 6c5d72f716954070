package io.sluice.engine.share;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.LedgerFormat;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.core.share.LedgerFormat.Subject;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.PieceWriter;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName;
import io.sluice.engine.view.ViewName.BadNameException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of queues as text: {@code sluice:ledger} of a partition of its topic. A record says
 * what happened to records of one queue for a while, a line of JSON for each thing. Values, all of
 * which must fit: {@code group}, {@code topic}, {@code partition}, {@code offset}, {@code member},
 * {@code client}, {@code since} and {@code until} in milliseconds since 1970.
 */
public final class LedgerView implements View {

    /** The name of the kind. */
    public static final String NAME = "ledger";

    private static final Set<String> VALUES =
            Set.of("group", "topic", "partition", "offset", "member", "client", "since", "until");
    private static final long ANY = -1;

    private final LogWalk walk;
    private final Metadata metadata;
    private final InternalTopic ledger;
    private final @Nullable String group;
    private final @Nullable String topic;
    private final @Nullable String member;
    private final @Nullable String client;
    private final long partition;
    private final long offset;
    private final long sinceMs;
    private final long untilMs;

    /** As a reader names it. */
    public LedgerView(LogWalk walk, Metadata metadata, InternalTopic ledger, ViewName name)
            throws BadNameException {
        name.allow(VALUES);
        this.walk = walk;
        this.metadata = metadata;
        this.ledger = ledger;
        this.group = name.text("group");
        this.topic = name.text("topic");
        this.member = name.text("member");
        this.client = name.text("client");
        this.partition = name.number("partition", ANY);
        this.offset = name.number("offset", ANY);
        this.sinceMs = name.number("since", Long.MIN_VALUE);
        this.untilMs = name.number("until", Long.MAX_VALUE);
    }

    @Override
    public void read(Partition of, Ask ask, Consumer<Piece> done) {
        if (!of.name().topic().equals(ledger.name())) {
            done.accept(Piece.refused(ErrorCode.INVALID_REQUEST));
            return;
        }
        if (isElsewhere(of.name().partition())) {
            done.accept(new PieceWriter(ask.from()).upTo(ask.end()));
            return;
        }
        walk.read(
                of,
                ask,
                stretch -> {
                    PieceWriter writer = new PieceWriter(ask.from());
                    walk.visit(
                            of,
                            stretch,
                            writer,
                            record -> visit(record, writer, ask.maxBytes()),
                            done);
                },
                done);
    }

    /** What is asked for is in another partition of the ledger. */
    private boolean isElsewhere(int here) {
        TopicImage known = topic == null ? null : metadata.image().topics().get(topic);
        return known != null
                && partition != ANY
                && LedgerWriter.home(known.id(), (int) partition, ledger.partitions()) != here;
    }

    private boolean visit(RecordReader record, PieceWriter writer, int maxBytes) {
        Subject subject = LedgerFormat.subject(record.key());
        if (subject == null || !fits(subject)) {
            return true;
        }
        StringBuilder lines = new StringBuilder();
        for (Entry entry : LedgerFormat.entries(record.value())) {
            if (fits(entry)) {
                line(lines, subject, entry);
            }
        }
        if (lines.isEmpty()) {
            return true;
        }
        if (!writer.hasRoom(maxBytes)) {
            return false;
        }
        writer.add(
                record.offset(),
                record.timestamp(),
                "%s %s-%d"
                        .formatted(subject.group(), subject.topic(), subject.partition())
                        .getBytes(StandardCharsets.UTF_8),
                lines.toString().getBytes(StandardCharsets.UTF_8),
                List.of());
        return true;
    }

    private boolean fits(Subject subject) {
        return (group == null || group.equals(subject.group()))
                && (topic == null || topic.equals(subject.topic()))
                && (partition == ANY || partition == subject.partition());
    }

    private boolean fits(Entry entry) {
        return (offset == ANY || (entry.first() <= offset && offset <= entry.last()))
                && (member == null || member.equals(entry.who().member()))
                && (client == null || client.equals(entry.who().client()))
                && entry.atMs() >= sinceMs
                && entry.atMs() < untilMs;
    }

    private static void line(StringBuilder to, Subject subject, Entry entry) {
        to.append("{\"time\":").append(entry.atMs());
        JsonText.field(to, "event", entry.deed().word());
        JsonText.field(to, "group", subject.group());
        JsonText.field(to, "topic", subject.topic());
        JsonText.field(to, "partition", subject.partition());
        JsonText.field(to, "first", entry.first());
        JsonText.field(to, "last", entry.last());
        JsonText.field(to, "deliveries", entry.deliveries());
        JsonText.field(to, "member", entry.who().member());
        JsonText.field(to, "client", entry.who().client());
        JsonText.field(to, "address", entry.who().address());
        to.append("}\n");
    }
}
