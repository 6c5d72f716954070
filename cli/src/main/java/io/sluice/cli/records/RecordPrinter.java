package io.sluice.cli.records;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Writes records in one of the formats. */
public interface RecordPrinter {

    /**
     * Writes the record.
     *
     * @throws IOException when nobody reads any more
     */
    void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException;
}
