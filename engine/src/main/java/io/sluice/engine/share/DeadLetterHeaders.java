package io.sluice.engine.share;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.DeadReason;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a dead letter says of itself, behind the headers that the record had: under the names of
 * KIP-1191, and beside them what only we tell. All values are text.
 */
final class DeadLetterHeaders {

    private final List<RecordHeader> common = new ArrayList<>();

    /**
     * Of records that die together.
     *
     * @param copied whether the record itself is there, too
     */
    DeadLetterHeaders(
            TopicPartition source, String group, DeadLetter letter, boolean copied, long nowMs) {
        add(common, "__dlq.errors.topic", source.topic());
        add(common, "__dlq.errors.partition", Integer.toString(source.partition()));
        add(common, "__dlq.errors.group", group);
        add(common, "__dlq.errors.delivery.count", Integer.toString(letter.deliveries()));
        add(common, "__dlq.errors.message", message(letter.reason()));
        add(common, "sluice-dead-reason", name(letter.reason()));
        if (!letter.member().isEmpty()) {
            add(common, "sluice-dead-member", letter.member());
        }
        if (letter.times().firstMs() > 0) {
            add(common, "sluice-dead-first-delivery", Long.toString(letter.times().firstMs()));
        }
        if (letter.times().lastMs() > 0) {
            add(common, "sluice-dead-last-delivery", Long.toString(letter.times().lastMs()));
        }
        add(common, "sluice-dead-at", Long.toString(nowMs));
        if (!copied) { // else nobody could tell it from a record without a value
            add(common, "sluice-dead-record", "absent");
        }
    }

    /**
     * All headers of one letter.
     *
     * @param own the record's
     * @param timestamp the record's
     */
    List<RecordHeader> of(List<RecordHeader> own, long offset, long timestamp) {
        List<RecordHeader> all = new ArrayList<>(own.size() + common.size() + 2);
        all.addAll(own);
        all.addAll(common);
        add(all, "__dlq.errors.offset", Long.toString(offset));
        add(all, "sluice-dead-timestamp", Long.toString(timestamp));
        return all;
    }

    private static void add(List<RecordHeader> to, String name, String value) {
        to.add(new RecordHeader(name, value.getBytes(StandardCharsets.UTF_8)));
    }

    /** The words that Kafka 4.4 says it in, where it has any. */
    private static String message(DeadReason reason) {
        return switch (reason) {
            case REJECTED -> "Offset rejected by client.";
            case DELIVERY_LIMIT -> "Offset delivery count exceeded the threshold.";
            case EXPIRED -> "Time to live is over.";
        };
    }

    private static String name(DeadReason reason) {
        return switch (reason) {
            case REJECTED -> "rejected";
            case DELIVERY_LIMIT -> "delivery-limit";
            case EXPIRED -> "expired";
        };
    }
}
