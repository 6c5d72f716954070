package io.sluice.engine.share;

import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
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
    private String saidBy = "";
    private long saidMs;
    long buriedMs;

    /** What became of it, for the transcript of a failure. */
    final StringBuilder story = new StringBuilder();

    /** Somebody says what became of it, and does not know yet whether that counts. */
    void said(long nowMs, String member, Acknowledgement item) {
        tell(nowMs, "%s says %s", member, item);
        if (item.type() != Type.RENEW) {
            holder = null;
            saidBy = member;
            saidMs = nowMs;
        }
        maybeSettled |= item.type() == Type.ACCEPT || item.type() == Type.REJECT;
    }

    /** What a member says of a lock that ran out counts for its next one, which is on its way. */
    boolean wasSaid(String member, long askedMs) {
        return member.equals(saidBy) && askedMs <= saidMs;
    }

    /** It counts; whether it is accepted for good. */
    boolean told(long nowMs, String member, Acknowledgement item, long toldMs) {
        tell(nowMs, "it counts what %s said", member);
        if (item.type() == Type.RENEW && member.equals(holder)) {
            lockEndMs = Math.max(lockEndMs, toldMs + WorldPlan.LOCK_MS);
        }
        if (item.type() != Type.ACCEPT) {
            return false;
        }
        acceptedForGood = true;
        acceptedBy = member;
        acceptedMs = nowMs;
        return true;
    }

    void tell(long nowMs, String text, Object... values) {
        story.append("%n    %d ".formatted(nowMs % 10_000_000)).append(text.formatted(values));
    }
}
