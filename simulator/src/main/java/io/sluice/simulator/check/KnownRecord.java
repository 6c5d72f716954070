package io.sluice.simulator.check;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.QueueBook.Moment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the leaders of its queue said of one record. */
final class KnownRecord {

    private final TopicPartition partition;
    private final long offset;

    /** What became of it, for the transcript of a failure. */
    private final List<String> story = new ArrayList<>();

    // Who has it, as the newest leader that gave it says.
    @Nullable String holder;
    @Nullable String last;
    private @Nullable String process;
    int epoch = -1;
    int count;
    boolean countKnown;
    long givenNumber;
    long lockEndMs;
    long lockClock;

    // Deliveries that are stored, and the first leader that is known to know.
    int floor;
    int floorEpoch;

    // Its end.
    int perhapsAccepted;
    boolean accepted;
    @Nullable String acceptedBy;
    int acceptedEpoch;
    long acceptedNumber;
    boolean rejected;
    boolean dead;
    int deadEpoch;
    long deadNumber;
    boolean hasLetter;

    KnownRecord(TopicPartition partition, long offset) {
        this.partition = partition;
        this.offset = offset;
    }

    String name() {
        return partition + " " + offset;
    }

    void tell(String text, Object... values) {
        story.add(text.formatted(values));
    }

    /** Whether that leader gave it last. */
    boolean isOfTerm(Moment now) {
        return now.epoch() == epoch && now.process().equals(process);
    }

    /** A leader gave it to a member; null if it is not sure which. */
    void given(String to, @Nullable Moment by, int deliveries, long number) {
        last = to;
        count = deliveries;
        givenNumber = number;
        process = by == null ? null : by.process();
        epoch = by == null ? epoch : by.epoch();
    }

    @Override
    public String toString() {
        return "Its story: " + String.join("; ", story);
    }
}
