package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;

/** Batch headers as a producer sends them: offsets not assigned. */
final class Headers {

    private Headers() {}

    static BatchHeader plain(int records) {
        return idempotent(
                BatchHeader.NO_PRODUCER_ID,
                BatchHeader.NO_PRODUCER_EPOCH,
                BatchHeader.NO_SEQUENCE,
                records);
    }

    static BatchHeader idempotent(long producerId, int epoch, int sequence, int records) {
        return header(producerId, epoch, sequence, records, 1_000L, 0);
    }

    static BatchHeader header(
            long producerId, int epoch, int sequence, int records, long timestamp, int attributes) {
        return new BatchHeader(
                0L,
                100,
                BatchHeader.NO_LEADER_EPOCH,
                BatchHeader.MAGIC_V2,
                0,
                (short) attributes,
                records - 1,
                timestamp,
                timestamp,
                producerId,
                (short) epoch,
                sequence,
                records);
    }
}
