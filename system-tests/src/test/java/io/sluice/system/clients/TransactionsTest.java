package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions of the stock Java client. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TransactionsTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker =
                BrokerProcess.start(
                        home,
                        "group.initial.rebalance.delay.ms=0",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200");
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private KafkaProducer<byte[], byte[]> producer(String id, int timeoutMs) {
        return Clients.producer(
                broker.bootstrap(),
                Map.of("transactional.id", id, "transaction.timeout.ms", timeoutMs));
    }

    private KafkaProducer<byte[], byte[]> begun(String id) {
        KafkaProducer<byte[], byte[]> producer = producer(id, 60_000);
        producer.initTransactions();
        return producer;
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, String text) {
        return new ProducerRecord<>(topic, partition, null, text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> texts(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        List<String> texts = new ArrayList<>();
        records.forEach(one -> texts.add(new String(one.value(), StandardCharsets.UTF_8)));
        return texts;
    }

    private List<String> committed(String topic) {
        return texts(Clients.readCommitted(broker.bootstrap(), topic));
    }

    private void topic(String name, int partitions) {
        Clients.createTopic(broker.bootstrap(), name, partitions, Map.of());
    }

    @Test
    void whatIsCommittedIsSeenAndWhatIsAbortedIsNot() {
        topic("both", 3);
        topic("other", 1);
        try (KafkaProducer<byte[], byte[]> producer = begun("both")) {
            for (int i = 0; i < 30; i++) {
                boolean commit = i % 3 != 1;
                producer.beginTransaction();
                for (int j = 0; j < 3; j++) {
                    producer.send(record("both", j, (commit ? "kept " : "dropped ") + i));
                }
                producer.send(record("other", 0, (commit ? "kept " : "dropped ") + i));
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.flush(); // what was not sent yet is not sent any more
                    producer.abortTransaction();
                }
            }
            Await.until("all markers", LIMIT, () -> committed("both").size() == 60);
            assertThat(committed("both")).allMatch(text -> text.startsWith("kept"));
            Await.until("all markers", LIMIT, () -> committed("other").size() == 20);
            assertThat(Clients.readAll(broker.bootstrap(), "both").size()).isEqualTo(90);
            // What is open is not seen, nor what comes after it.
            producer.beginTransaction();
            producer.send(record("both", 0, "open"));
            producer.flush();
            try (KafkaProducer<byte[], byte[]> plain =
                    Clients.producer(broker.bootstrap(), Map.of())) {
                plain.send(record("both", 0, "behind"));
            }
            assertThat(committed("both")).hasSize(60);
            producer.commitTransaction();
            Await.until("the marker", LIMIT, () -> committed("both").size() == 62);
        }
    }

    @Test
    void anAbortWithoutARecordAndACommitWithoutOneWork() {
        topic("empty", 1);
        try (KafkaProducer<byte[], byte[]> producer = begun("empty")) {
            for (int i = 0; i < 5; i++) {
                producer.beginTransaction();
                producer.commitTransaction();
                producer.beginTransaction();
                producer.abortTransaction();
            }
            producer.beginTransaction();
            producer.send(record("empty", 0, "one"));
            producer.commitTransaction();
        }
        Await.until("the marker", LIMIT, () -> committed("empty").equals(List.of("one")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void offsetsAndRecordsAreCommittedTogether(String protocol) {
        String in = "in-" + protocol;
        String out = "out-" + protocol;
        topic(in, 2);
        topic(out, 2);
        int records = 200;
        try (KafkaProducer<byte[], byte[]> plain = Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = 0; i < records; i++) {
                plain.send(record(in, i % 2, "n" + i));
            }
        }
        int lives = 0;
        while (committed(out).size() < records) {
            lives++;
            assertThat(lives).isLessThan(100);
            // Every third life ends in an abort, every other in a process that vanishes.
            try (KafkaConsumer<byte[], byte[]> consumer =
                            Clients.consumer(
                                    broker.bootstrap(),
                                    Map.of(
                                            "group.id",
                                            "transform-" + protocol,
                                            "group.protocol",
                                            protocol,
                                            "isolation.level",
                                            "read_committed",
                                            "max.poll.records",
                                            25));
                    KafkaProducer<byte[], byte[]> producer = begun("transform-" + protocol)) {
                consumer.subscribe(List.of(in));
                for (int round = 0; round < 3; round++) {
                    transform(consumer, producer, out, round == 2 && lives % 3 == 0);
                }
            }
        }
        assertThat(committed(out)).hasSize(records).doesNotHaveDuplicates();
        assertThat(lives).isGreaterThan(1);
    }

    private static void transform(
            KafkaConsumer<byte[], byte[]> consumer,
            KafkaProducer<byte[], byte[]> producer,
            String out,
            boolean abort) {
        ConsumerRecords<byte[], byte[]> read = consumer.poll(Duration.ofSeconds(2));
        if (read.isEmpty()) {
            return;
        }
        producer.beginTransaction();
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> one : read) {
            producer.send(new ProducerRecord<>(out, one.partition(), null, one.value()));
            offsets.put(
                    new TopicPartition(one.topic(), one.partition()),
                    new OffsetAndMetadata(one.offset() + 1));
        }
        producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
        if (abort) {
            producer.abortTransaction();
            consumer.committed(offsets.keySet())
                    .forEach((partition, known) -> {
                        if (known == null) {
                            consumer.seekToBeginning(List.of(partition));
                        } else {
                            consumer.seek(partition, known);
                        }
                    });
        } else {
            producer.commitTransaction();
        }
    }

    @Test
    void aSecondProducerFencesTheFirst() {
        topic("fenced", 1);
        try (KafkaProducer<byte[], byte[]> first = begun("fenced")) {
            first.beginTransaction();
            first.send(record("fenced", 0, "of the first"));
            first.flush();
            try (KafkaProducer<byte[], byte[]> second = begun("fenced")) {
                second.beginTransaction();
                second.send(record("fenced", 0, "of the second"));
                assertThatThrownBy(first::commitTransaction)
                        .isInstanceOfAny(
                                ProducerFencedException.class, InvalidProducerEpochException.class);
                second.commitTransaction();
            }
        }
        Await.until(
                "the marker", LIMIT, () -> committed("fenced").equals(List.of("of the second")));
    }

    @Test
    void whatIsOpenForTooLongIsAborted() throws Exception {
        topic("late", 1);
        try (KafkaProducer<byte[], byte[]> producer = producer("late", 1_000)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record("late", 0, "late"));
            producer.flush();
            try (KafkaProducer<byte[], byte[]> plain =
                    Clients.producer(broker.bootstrap(), Map.of())) {
                plain.send(record("late", 0, "behind"));
            }
            Await.until("the abort", LIMIT, () -> committed("late").equals(List.of("behind")));
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
        }
        try (KafkaProducer<byte[], byte[]> next = begun("late")) {
            next.beginTransaction();
            next.send(record("late", 0, "in time"));
            next.commitTransaction();
        }
        Await.until(
                "the marker", LIMIT, () -> committed("late").equals(List.of("behind", "in time")));
    }

    @Test
    void transactionsAreListedDescribedAndFencedByAnAdministrator() throws Exception {
        topic("told", 2);
        try (KafkaProducer<byte[], byte[]> producer = begun("told");
                Admin admin = Clients.admin(broker.bootstrap())) {
            producer.beginTransaction();
            producer.send(record("told", 1, "open"));
            producer.flush();
            TransactionDescription described =
                    admin.describeTransactions(List.of("told")).description("told").get();
            assertThat(described.state()).isEqualTo(TransactionState.ONGOING);
            assertThat(described.topicPartitions()).containsExactly(new TopicPartition("told", 1));
            assertThat(admin.listTransactions().all().get())
                    .anyMatch(one ->
                            one.transactionalId().equals("told")
                                    && one.state() == TransactionState.ONGOING);
            admin.fenceProducers(List.of("told")).all().get();
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
            assertThatThrownBy(() ->
                            admin.describeTransactions(List.of("nobody"))
                                    .description("nobody")
                                    .get())
                    .isInstanceOf(ExecutionException.class);
        }
        assertThat(committed("told")).isEmpty();
    }

    @Test
    void oneTransactionAfterTheOtherWaitsForNobody() {
        topic("fast", 1);
        try (KafkaProducer<byte[], byte[]> producer = begun("fast")) {
            for (int i = 0; i < 500; i++) {
                producer.beginTransaction();
                producer.send(record("fast", 0, "n" + i));
                producer.commitTransaction();
            }
        }
        Await.until("all markers", LIMIT, () -> committed("fast").size() == 500);
    }
}
