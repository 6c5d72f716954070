package io.sluice.outbox;

import java.util.ArrayList;
import java.util.List;

/** What is known to be over and is still to be written to the tables. */
final class Settled {

    private final List<Long> stored = new ArrayList<>();
    private final List<Parked> parked = new ArrayList<>();

    /** A row that goes to the table of parked ones. */
    record Parked(long seq, String topic, String messageId, String reason) {}

    void stored(long seq) {
        stored.add(seq);
    }

    void parked(Entry entry, String reason) {
        OutboxMessage message = entry.message();
        parked.add(new Parked(entry.seq(), message.topic(), message.id(), reason));
    }

    List<Long> stored() {
        return stored;
    }

    List<Parked> parked() {
        return parked;
    }

    boolean isEmpty() {
        return stored.isEmpty() && parked.isEmpty();
    }

    int count() {
        return stored.size() + parked.size();
    }

    void clear() {
        stored.clear();
        parked.clear();
    }
}
