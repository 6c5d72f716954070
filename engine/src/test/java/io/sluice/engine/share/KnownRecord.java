package io.sluice.engine.share;

import org.jspecify.annotations.Nullable;

/** What members know of a record in one queue: what they were told, and what they said. */
final class KnownRecord {
    @Nullable String holder;
    @Nullable String lastHolder;
    long lockEndMs;
    int deliveries;
    boolean deliveriesKnown = true;
    boolean acceptedForGood;
    @Nullable String acceptedBy;
    long acceptedMs;
    boolean maybeSettled;
    boolean buried;
    String buriedOf = "";
    long buriedMs;

    /** What became of it, for the transcript of a failure. */
    final StringBuilder story = new StringBuilder();

    void tell(long nowMs, String text, Object... values) {
        story.append("%n    %d ".formatted(nowMs % 10_000_000)).append(text.formatted(values));
    }
}
