package io.sluice.simulator.client;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.transaction.Producer;
import io.sluice.engine.fake.Batches;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import org.jspecify.annotations.Nullable;

/**
 * Writes batches of a transaction to one partition, one at a time, each until it is stored or the
 * transaction cannot go on.
 */
final class Pen extends Client {

    private record Sheet(Producer producer, int sequence, long id, int records, Written done) {}

    /** Hears what became of a batch. */
    interface Written {
        /**
         * @param error NONE once it is stored, or why the transaction cannot go on
         */
        void written(int records, ErrorCode error);
    }

    private final String transactionalId;
    private @Nullable Sheet open;
    private boolean ready;

    Pen(Site site, int number, String kind, TopicPartition partition, String transactionalId) {
        super(site, number, kind, partition);
        this.transactionalId = transactionalId;
        retryLater();
    }

    void write(Producer producer, int sequence, long id, Written done) {
        open = new Sheet(producer, sequence, id, 1 + random.nextInt(3), done);
        if (ready) {
            send();
        }
    }

    @Override
    void connected() {
        ready = true;
        send();
    }

    @Override
    void disconnected() {
        ready = false;
    }

    private void send() {
        Sheet sheet = open;
        if (sheet != null) {
            this.<Door.Produced>ask(
                    (door, answer) ->
                            door.produceIn(
                                    transactionalId,
                                    partition,
                                    topicId,
                                    Batches.inTransaction(
                                            Batches.of(
                                                    sheet.records,
                                                    Stored.FIRST_ID + sheet.id,
                                                    sheet.producer.id(),
                                                    sheet.producer.epoch(),
                                                    sheet.sequence,
                                                    (int) sheet.id)),
                                    answer),
                    answer -> answered(sheet, answer.error()));
        }
    }

    private void answered(Sheet sheet, ErrorCode error) {
        if (sheet != open) {
            return;
        }
        switch (error) {
            case NONE,
                    INVALID_PRODUCER_EPOCH,
                    PRODUCER_FENCED,
                    INVALID_PRODUCER_ID_MAPPING,
                    INVALID_TXN_STATE,
                    OUT_OF_ORDER_SEQUENCE_NUMBER,
                    UNKNOWN_PRODUCER_ID,
                    TRANSACTION_ABORTABLE -> {
                open = null;
                sheet.done.written(sheet.records, error);
            }
            default -> retryLater();
        }
    }
}
