package io.sluice.core.transaction;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a partition does about transactions, in a few lines: it stands for the log side. */
final class ModelPartition {

    enum Fate {
        OPEN,
        COMMITTED,
        ABORTED
    }

    /** A record of a client's transaction. */
    static final class Stored {
        final Producer producer;
        final long transaction;
        Fate fate = Fate.OPEN;

        Stored(Producer producer, long transaction) {
            this.producer = producer;
            this.transaction = transaction;
        }
    }

    final List<Stored> records = new ArrayList<>();
    private final Map<Long, Short> epochs = new TreeMap<>();

    /** Ends seen per producer: what was asked before one is not believed after it. */
    private final Map<Long, Integer> ends = new TreeMap<>();

    boolean isOpen(Producer producer) {
        return records.stream()
                .anyMatch(one -> one.fate == Fate.OPEN && one.producer.equals(producer));
    }

    boolean isFenced(Producer producer) {
        return epochs.getOrDefault(producer.id(), (short) 0) > producer.epoch();
    }

    int ends(long producerId) {
        return ends.getOrDefault(producerId, 0);
    }

    void append(Producer producer, long transaction) {
        epochs.put(producer.id(), producer.epoch());
        records.add(new Stored(producer, transaction));
    }

    /**
     * A marker of an older epoch than the partition knows does nothing; nor does one that comes
     * again, where the next transaction has its epoch (KIP-890).
     */
    void mark(Producer producer, boolean commit, short version) {
        boolean comesAgain = version >= Transaction.FIRST_WITH_EPOCHS && isOpen(producer);
        if (isFenced(producer) || comesAgain) {
            return;
        }
        epochs.put(producer.id(), producer.epoch());
        ends.merge(producer.id(), 1, Integer::sum);
        for (Stored one : records) {
            if (one.fate == Fate.OPEN && one.producer.id() == producer.id()) {
                one.fate = commit ? Fate.COMMITTED : Fate.ABORTED;
            }
        }
    }
}
