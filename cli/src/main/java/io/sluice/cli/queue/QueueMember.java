package io.sluice.cli.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;

/** A member of a share group, by one thread but for {@link #wakeup}. */
final class QueueMember implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(500);
    private static final int DEFAULT_LOCK_MS = 30_000;

    private final KafkaShareConsumer<byte[], byte[]> consumer;
    private final Duration timeout;
    private final Consumer<String> unsettled;

    /** Came with the answer to a renewal, and are next. */
    private final Deque<ConsumerRecord<byte[], byte[]>> ahead = new ArrayDeque<>();

    /**
     * @param timeout for an answer of the broker
     * @param unsettled told why a record could not be settled: it is delivered again
     */
    QueueMember(
            Map<String, Object> config,
            String topic,
            Duration timeout,
            Consumer<String> unsettled) {
        this.consumer = new KafkaShareConsumer<>(config);
        this.timeout = timeout;
        this.unsettled = unsettled;
        consumer.subscribe(List.of(topic));
    }

    /** What is to be worked on next, all of which is to be settled first; waits a moment for it. */
    List<ConsumerRecord<byte[], byte[]>> take() {
        if (ahead.isEmpty()) {
            consumer.poll(POLL).forEach(ahead::add);
        }
        List<ConsumerRecord<byte[], byte[]>> taken = List.copyOf(ahead);
        ahead.clear();
        return taken;
    }

    /** How long a record is this member's. */
    long lockMs() {
        return consumer.acquisitionLockTimeoutMs().orElse(DEFAULT_LOCK_MS);
    }

    /** The record is this member's for as long again. */
    void renew(ConsumerRecord<byte[], byte[]> record) {
        consumer.acknowledge(record, AcknowledgeType.RENEW);
        commit();
        for (ConsumerRecord<byte[], byte[]> one : consumer.poll(POLL)) {
            if (one.partition() != record.partition() || one.offset() != record.offset()) {
                ahead.addLast(one);
            }
        }
    }

    /** Says what became of records that were taken. */
    void settle(List<ConsumerRecord<byte[], byte[]>> records, AcknowledgeType as) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            try {
                consumer.acknowledge(record, as);
            } catch (IllegalStateException e) {
                unsettled.accept(String.valueOf(e.getMessage())); // its renewal came too late
            }
        }
        commit();
    }

    private void commit() {
        for (Optional<KafkaException> fault : consumer.commitSync(timeout).values()) {
            fault.ifPresent(cause -> unsettled.accept(String.valueOf(cause.getMessage())));
        }
    }

    /** Ends a wait. Any thread. */
    void wakeup() {
        consumer.wakeup();
    }

    /** Leaves; what is not settled is delivered again. */
    @Override
    public void close() {
        consumer.close(Duration.ofSeconds(2));
    }
}
