package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.QueueBook.Moment;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the leaders of its queue said of one record. */
final class KnownRecord {

    /** Stands for a term that is not known. */
    static final int NEWEST = Integer.MAX_VALUE;

    private final TopicPartition partition;
    private final long offset;

    /** What became of it, for the transcript of a failure. */
    private final List<String> story = new ArrayList<>();

    // Who has it, as the newest leader that gave it says.
    @Nullable String holder;
    @Nullable String last;
    private @Nullable String process;
    int term = -1;
    int count;
    boolean countKnown;
    long givenNumber;
    long lockEndMs;
    long lockClock;

    // Deliveries that are stored, and the first leader that is known to know.
    int floor;
    int floorTerm;

    // When it came back, by the clock of the leader that was told so.
    long backMs = -1L;
    long backClock;
    @Nullable String backProcess;
    int backCount;
    long backNumber;

    /** When it was given for the first time, by whichever leader; never so far. */
    long firstGiven = Long.MAX_VALUE;

    /** When members said that they accept it, unless they spoke too late. */
    final TreeSet<Long> acceptedAt = new TreeSet<>();

    /** When its dead letter was written first; never so far. */
    long firstDead = Long.MAX_VALUE;

    // Its end.
    int perhapsAccepted;
    boolean accepted;
    @Nullable String acceptedBy;
    int acceptedTerm;
    long acceptedNumber;
    boolean rejected;
    boolean dead;
    int deadTerm;
    long deadNumber;
    boolean hasLetter;

    // Orders to deliver it again.
    long acceptSaidNumber;
    int acceptSaidTerm;

    /** It had an end before it was brought back. */
    boolean endedBefore;

    /** When it was seen to be brought back; its acceptances before are of another life. */
    long anewNumber;

    /** When it was given, or buried, the last time. */
    long cameNumber;

    /** Of the latest leader that gave it, or buried it. */
    int cameTerm = -1;

    /** Who was told that it comes again, and it did not so far; null for nobody. */
    @Nullable String owed;

    KnownRecord(TopicPartition partition, long offset) {
        this.partition = partition;
        this.offset = offset;
    }

    TopicPartition partition() {
        return partition;
    }

    long offset() {
        return offset;
    }

    /** Before that nobody may have taken it for done. */
    long firstDone() {
        long first = acceptedAt.isEmpty() ? Long.MAX_VALUE : acceptedAt.first();
        return Math.min(first, firstDead);
    }

    /** Of the latest leader that is known to know something of it; -1 if that may be any. */
    int latestTerm() {
        boolean any = accepted && acceptedTerm == NEWEST || dead && deadTerm == NEWEST;
        int ended = Math.max(accepted ? acceptedTerm : -1, dead ? deadTerm : -1);
        return any ? -1 : Math.max(term, ended);
    }

    String name() {
        return partition + " " + offset;
    }

    void tell(String text, Object... values) {
        story.add(text.formatted(values));
    }

    /** Whether that leader gave it last. */
    boolean isOfTerm(Moment now) {
        return now.term() == term && now.process().equals(process);
    }

    /** Whether somebody has it of that leader, who cannot say that his time was up. */
    boolean isHeld(Moment now) {
        return holder != null
                && isOfTerm(now)
                && lockClock == now.clock()
                && now.wallMs() < lockEndMs;
    }

    /** A leader gave it to a member; null if it is not sure which. */
    void given(String to, @Nullable Moment by, int deliveries, long number) {
        last = to;
        count = deliveries;
        givenNumber = number;
        process = by == null ? null : by.process();
        term = by == null ? term : by.term();
    }

    /** It was done, as far as anybody knows, and is not any more: somebody ordered that. */
    void beginAnew(long number) {
        tell("it was brought back");
        endedBefore |= accepted || dead || perhapsAccepted > 0;
        anewNumber = number;
        accepted = false;
        acceptedBy = null;
        perhapsAccepted = 0;
        dead = false;
        holder = null;
        countKnown = false;
        floor = 0;
        backMs = -1L;
    }

    @Override
    public String toString() {
        return "Its story: " + String.join("; ", story);
    }
}
