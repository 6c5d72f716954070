package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The broker is killed after each step of a transaction, and while it is committed; the producer
 * goes on when it is back. All of the transaction is seen, or nothing, and what the producer was
 * told is so.
 */
final class TransactionStepsTest {

    private static final int COMMITS = 12;
    private static final TopicPartition A = new TopicPartition("a", 0);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** After which the broker is killed. */
    private enum Step {
        BEGIN,
        FIRST_WRITE,
        SECOND_WRITE,
        OFFSETS,
        COMMIT
    }

    private int committed;

    @Test
    void whateverTheBrokerDiesIn(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home)) {
            Clients.createTopic(broker.bootstrap(), "a", 1, Map.of());
            Clients.createTopic(broker.bootstrap(), "b", 1, Map.of());
            for (Step killed : Step.values()) {
                try (KafkaProducer<byte[], byte[]> producer = begun(broker)) {
                    transact(broker, producer, killed);
                }
                check(broker);
            }
            for (int i = 0; i < COMMITS; i++) {
                try (KafkaProducer<byte[], byte[]> producer = begun(broker)) {
                    killWhileCommitting(broker, producer, i);
                }
                check(broker);
            }
        }
    }

    private static KafkaProducer<byte[], byte[]> begun(BrokerProcess broker) {
        KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("transactional.id", "steps"));
        producer.initTransactions();
        return producer;
    }

    private void transact(
            BrokerProcess broker, KafkaProducer<byte[], byte[]> producer, Step killed) {
        producer.beginTransaction();
        killIf(broker, killed == Step.BEGIN);
        send(producer, "a");
        killIf(broker, killed == Step.FIRST_WRITE);
        send(producer, "b");
        killIf(broker, killed == Step.SECOND_WRITE);
        sendOffset(producer);
        killIf(broker, killed == Step.OFFSETS);
        producer.commitTransaction();
        killIf(broker, killed == Step.COMMIT);
        committed++;
    }

    private static void killIf(BrokerProcess broker, boolean now) {
        if (now) {
            broker.kill();
            broker.restart();
        }
    }

    private void send(KafkaProducer<byte[], byte[]> producer, String topic) {
        byte[] value = Integer.toString(committed + 1).getBytes(StandardCharsets.UTF_8);
        producer.send(new ProducerRecord<>(topic, 0, null, value));
        producer.flush();
    }

    private void sendOffset(KafkaProducer<byte[], byte[]> producer) {
        producer.sendOffsetsToTransaction(
                Map.of(A, new OffsetAndMetadata(committed + 1)), new ConsumerGroupMetadata("g"));
    }

    private void killWhileCommitting(
            BrokerProcess broker, KafkaProducer<byte[], byte[]> producer, int delayMs)
            throws Exception {
        producer.beginTransaction();
        send(producer, "a");
        send(producer, "b");
        sendOffset(producer);
        CompletableFuture<Void> committing =
                CompletableFuture.runAsync(producer::commitTransaction);
        assertThat(new CountDownLatch(1).await(delayMs, TimeUnit.MILLISECONDS)).isFalse();
        broker.kill();
        broker.restart();
        try {
            committing.get();
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(KafkaException.class);
            throw new AssertionError("a commit that the client repeats must be told", e);
        }
        committed++;
    }

    private void check(BrokerProcess broker) {
        String bootstrap = broker.bootstrap();
        Await.until(
                committed + " transactions",
                LIMIT,
                () ->
                        Clients.readCommitted(bootstrap, "a").size() == committed
                                && Clients.readCommitted(bootstrap, "b").size() == committed);
        try (KafkaConsumer<byte[], byte[]> consumer =
                Clients.consumer(bootstrap, Map.of("group.id", "g"))) {
            OffsetAndMetadata offset =
                    requireNonNull(consumer.committed(Set.of(A)).get(A), "an offset");
            assertThat(offset.offset()).isEqualTo(committed);
        }
    }
}
