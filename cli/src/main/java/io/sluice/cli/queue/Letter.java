package io.sluice.cli.queue;

import io.sluice.cli.records.RecordText;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A dead letter: a record whose headers tell where it was and why it is dead (KIP-1191). */
record Letter(ConsumerRecord<byte[], byte[]> record) {

    static final String FROM_BROKER = "__dlq.errors.";
    static final String FROM_SLUICE = "sluice-dead-";
    static final String TOPIC = FROM_BROKER + "topic";
    static final String GROUP = FROM_BROKER + "group";

    /** How often the record was sent back to its topic. */
    static final String REDRIVES = "sluice-redrives";

    /** The last value of a header, as text; null if there is none. */
    @Nullable String header(String name) {
        return RecordText.header(record, name);
    }

    private String known(String name) {
        String value = header(name);
        return value == null ? "?" : value;
    }

    /** Whether it is one, and not something else in the topic. */
    boolean isLetter() {
        return header(TOPIC) != null;
    }

    /** Where it is, as commands take it. */
    String place() {
        return record.partition() + ":" + record.offset();
    }

    String sourceTopic() {
        return known(TOPIC);
    }

    int sourcePartition() {
        return number(FROM_BROKER + "partition");
    }

    /** Where the record was. */
    String source() {
        return "%s %s:%s"
                .formatted(
                        sourceTopic(),
                        known(FROM_BROKER + "partition"),
                        known(FROM_BROKER + "offset"));
    }

    String group() {
        return known(GROUP);
    }

    String deliveries() {
        return known(FROM_BROKER + "delivery.count");
    }

    /** One word; of a letter that another broker wrote its sentence. */
    String reason() {
        String word = header(FROM_SLUICE + "reason");
        return word == null ? known(FROM_BROKER + "message") : word;
    }

    Instant time() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    @Nullable String key() {
        return RecordText.of(record.key());
    }

    /** Whether key and value are those of the record, and not left out. */
    boolean hasRecord() {
        return header(FROM_SLUICE + "record") == null;
    }

    int redrives() {
        return Math.max(0, number(REDRIVES));
    }

    private int number(String header) {
        String value = header(header);
        try {
            return value == null ? -1 : Integer.parseInt(value);
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
