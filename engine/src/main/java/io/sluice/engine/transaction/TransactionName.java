package io.sluice.engine.transaction;

import io.sluice.core.transaction.Producer;
import java.util.Optional;

/**
 * What a question calls a transaction, and an answer repeats: {@code
 * producerId:epoch:startMs:transactionalId}. Of all transactions there ever were it names one.
 */
public record TransactionName(String id, Producer producer, long startMs) {

    private static final int PARTS = 4;

    /** As it stands in records. */
    public String text() {
        return "%d:%d:%d:%s".formatted(producer.id(), producer.epoch(), startMs, id);
    }

    /** Empty if that is no name. */
    static Optional<TransactionName> of(String text) {
        String[] parts = text.split(":", PARTS);
        if (parts.length < PARTS) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new TransactionName(
                            parts[3],
                            new Producer(Long.parseLong(parts[0]), Short.parseShort(parts[1])),
                            Long.parseLong(parts[2])));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
