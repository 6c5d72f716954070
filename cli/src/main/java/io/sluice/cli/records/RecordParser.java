package io.sluice.cli.records;

import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes a record out of a line. */
interface RecordParser {

    /**
     * The record.
     *
     * @throws MalformedRecord when the line is not one, with the reason
     */
    ProducerRecord<byte[], byte[]> parse(byte[] line);

    /** A line that is not a record. */
    final class MalformedRecord extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MalformedRecord(String reason) {
            super(reason);
        }
    }
}
