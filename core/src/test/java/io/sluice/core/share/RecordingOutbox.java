package io.sluice.core.share;

import io.sluice.core.model.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Remembers what a queue did, in order, as lines a person can read. */
final class RecordingOutbox implements SharePartition.Outbox<String> {
    private final List<String> lines = new ArrayList<>();
    private List<Acquired> last = List.of();
    private @Nullable DeadLetter lastLetter;

    @Override
    public void acquired(String ticket, List<Acquired> ranges) {
        last = ranges;
        StringBuilder text = new StringBuilder(ticket).append(" gets");
        for (Acquired range : ranges) {
            text.append(" %d-%d x%d".formatted(range.first(), range.last(), range.deliveries()));
        }
        lines.add(text.toString());
    }

    @Override
    public void reply(String ticket, ErrorCode error) {
        lines.add(ticket + " " + error);
    }

    @Override
    public void deadLetter(DeadLetter letter) {
        lastLetter = letter;
        lines.add(
                "dead %d-%d %s x%d %s"
                        .formatted(
                                letter.first(),
                                letter.last(),
                                letter.reason(),
                                letter.deliveries(),
                                letter.member()));
    }

    @Override
    public void wake() {
        lines.add("wake");
    }

    @Override
    public void ask(Question question) {
        StringBuilder text = new StringBuilder("ask ").append(question.number());
        text.append(' ').append(question.member());
        for (Acquired range : question.records()) {
            text.append(" %d-%d x%d".formatted(range.first(), range.last(), range.deliveries()));
        }
        lines.add(text.append(" until ").append(question.untilMs()).toString());
    }

    /** All since the last time. */
    List<String> take() {
        List<String> taken = List.copyOf(lines);
        lines.clear();
        return taken;
    }

    @Nullable DeadLetter lastLetter() {
        return lastLetter;
    }

    List<Acquired> lastAcquired() {
        return last;
    }
}
