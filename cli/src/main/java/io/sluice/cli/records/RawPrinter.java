package io.sluice.cli.records;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The bytes of values, nothing between them; a null value is nothing. */
record RawPrinter() implements RecordPrinter {
    @Override
    public void print(ConsumerRecord<byte[], byte[]> record, OutputStream out) throws IOException {
        if (record.value() != null) {
            out.write(record.value());
        }
    }
}
