package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Half messages: a service prepares a message and dies before it says what became of it; the broker
 * asks, with nothing but records.
 */
final class HalfMessageTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ORDERS = "orders";
    private static final String QUESTIONS = "orders-check";
    private static final String ANSWERS = "orders-check-answers";

    private static final String NAME = "sluice-transaction";

    @TempDir Path home;

    private BrokerProcess broker;

    @BeforeEach
    void start() throws Exception {
        broker =
                BrokerProcess.start(
                        home,
                        "num.partitions=2",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=200");
        Clients.createTopic(broker.bootstrap(), ORDERS, 2, Map.of());
        ask(100); // who answers has to come first, however slow the machine is
    }

    /** Half a second apart. */
    private void ask(int attempts) throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, "orders"),
                                    List.of(
                                            set("sluice.transaction.check.topic", QUESTIONS),
                                            set("sluice.transaction.check.interval.ms", "500"),
                                            set(
                                                    "sluice.transaction.check.attempts",
                                                    Integer.toString(attempts)))))
                    .all()
                    .get();
        }
    }

    private static AlterConfigOp set(String key, String value) {
        return new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    /** The message is prepared and its service is gone, without a word. */
    private void prepare(String order) throws Exception {
        Map<String, Object> settings = new HashMap<>();
        settings.put("transactional.id", "orders-" + order);
        settings.put("transaction.timeout.ms", 1_000);
        KafkaProducer<byte[], byte[]> producer = Clients.producer(broker.bootstrap(), settings);
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(ORDERS, bytes(order), bytes("pay " + order))).get();
        producer.close(Duration.ZERO);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return Optional.ofNullable(record.headers().lastHeader(name))
                .map(Header::value)
                .map(HalfMessageTest::text)
                .orElse("");
    }

    private KafkaConsumer<byte[], byte[]> reader(String topic) {
        KafkaConsumer<byte[], byte[]> consumer =
                Clients.consumer(broker.bootstrap(), Map.of("isolation.level", "read_committed"));
        List<TopicPartition> partitions =
                List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return consumer;
    }

    /**
     * Reads until there is a question of that attempt about that order, or the order itself.
     *
     * @param attempt empty for the order itself
     */
    private static ConsumerRecord<byte[], byte[]> await(
            KafkaConsumer<byte[], byte[]> consumer, String key, String attempt) {
        List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
        Await.until(
                "order " + key + ", attempt '" + attempt + "'",
                LIMIT,
                () -> {
                    for (ConsumerRecord<byte[], byte[]> record :
                            consumer.poll(Duration.ofMillis(100))) {
                        boolean named =
                                attempt.isEmpty()
                                        ? text(record.key()).equals(key)
                                        : header(record, NAME).endsWith(":orders-" + key);
                        if (named && header(record, "sluice-attempt").equals(attempt)) {
                            found.add(record);
                        }
                    }
                    return !found.isEmpty();
                });
        return found.getFirst();
    }

    private void answer(ConsumerRecord<byte[], byte[]> question, String outcome) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            ProducerRecord<byte[], byte[]> answer =
                    new ProducerRecord<>(ANSWERS, null, bytes(outcome));
            answer.headers().add(NAME, question.headers().lastHeader(NAME).value());
            producer.send(answer).get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void thereIsSomethingToListenToBeforeTheFirstQuestion() throws Exception {
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            Await.until(
                    "the topics",
                    LIMIT,
                    () -> {
                        try {
                            Set<String> names = admin.listTopics().names().get();
                            return names.containsAll(Set.of(QUESTIONS, ANSWERS));
                        } catch (InterruptedException | ExecutionException e) {
                            throw new IllegalStateException(e);
                        }
                    });
        }
    }

    @Test
    void theOutcomeIsWhatItsServiceSays() throws Exception {
        prepare("1");
        prepare("2");
        try (KafkaConsumer<byte[], byte[]> questions = reader(QUESTIONS);
                KafkaConsumer<byte[], byte[]> orders = reader(ORDERS)) {
            ConsumerRecord<byte[], byte[]> first = await(questions, "1", "1/100");
            assertThat(text(first.value())).as("the message itself").isEqualTo("pay 1");
            answer(first, "commit");
            assertThat(text(await(orders, "1", "").value())).isEqualTo("pay 1");
            ConsumerRecord<byte[], byte[]> second = await(reader(QUESTIONS), "2", "1/100");
            answer(second, "rollback");
            prepare("3");
            answer(await(reader(QUESTIONS), "3", "1/100"), "commit");
            await(orders, "3", "");
            assertThat(committed()).containsExactlyInAnyOrder("pay 1", "pay 3");
        }
    }

    /** All that a reader of what is committed sees, once nothing is open. */
    private List<String> committed() {
        List<String> all = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> orders = reader(ORDERS)) {
            Map<TopicPartition, Long> ends = orders.endOffsets(orders.assignment());
            Await.until(
                    "the end",
                    LIMIT,
                    () -> {
                        orders.poll(Duration.ofMillis(100))
                                .forEach(record -> all.add(text(record.value())));
                        return ends.entrySet().stream()
                                .allMatch(end -> orders.position(end.getKey()) >= end.getValue());
                    });
        }
        return all;
    }

    @Test
    void whoKeepsSilentIsAskedSoOftenAndThenToldThatItIsAborted() throws Exception {
        ask(3);
        prepare("4");
        try (KafkaConsumer<byte[], byte[]> questions = reader(QUESTIONS)) {
            await(questions, "4", "1/3");
            await(questions, "4", "2/3");
            ConsumerRecord<byte[], byte[]> last = await(questions, "4", "3/3");
            await(questions, "4", "aborted");
            answer(last, "commit"); // too late
        }
        ask(100);
        prepare("5");
        try (KafkaConsumer<byte[], byte[]> orders = reader(ORDERS)) {
            answer(await(reader(QUESTIONS), "5", "1/100"), "commit");
            await(orders, "5", "");
            assertThat(committed()).containsExactly("pay 5");
        }
    }

    @Test
    void questionsAndAnswersOutliveTheBroker() throws Exception {
        prepare("6");
        try (KafkaConsumer<byte[], byte[]> questions = reader(QUESTIONS)) {
            ConsumerRecord<byte[], byte[]> question = await(questions, "6", "1/100");
            broker.kill();
            broker.restart();
            answer(question, "commit");
        }
        try (KafkaConsumer<byte[], byte[]> orders = reader(ORDERS)) {
            await(orders, "6", "");
        }
        broker.kill();
        broker.restart();
        assertThat(committed()).containsExactly("pay 6");
    }

    /** A service that dies leaves its question to another one, as the guide writes them. */
    @Test
    void theProgramOfTheGuideRuns() throws Exception {
        Path database = Files.createDirectories(home.resolve("database"));
        List<String> python = new ArrayList<>(program());
        python.addAll(List.of(broker.bootstrap(), database.toString()));
        assertThat(run(python, "place", "7", "commit")).isZero();
        place(python, "8", "die-before", 9);
        place(python, "9", "die-after", 9);
        List<String> answers = new ArrayList<>(python);
        answers.add("answer");
        Process answering =
                new ProcessBuilder(answers).redirectErrorStream(true).inheritIO().start();
        try (KafkaConsumer<byte[], byte[]> orders = reader(ORDERS)) {
            await(orders, "9", "");
            try (KafkaConsumer<byte[], byte[]> all =
                    Clients.consumer(broker.bootstrap(), Map.of())) {
                List<TopicPartition> both = List.copyOf(orders.assignment());
                Await.until(
                        "nothing is open",
                        LIMIT,
                        () -> all.endOffsets(both).equals(orders.endOffsets(both)));
            }
            assertThat(committed()).containsExactlyInAnyOrder("pay 7", "pay 9");
        } finally {
            answering.destroyForcibly().waitFor();
        }
    }

    private List<String> program() throws IOException {
        return PythonGuide.lay(
                Files.createDirectories(home.resolve("python")),
                "half-messages",
                // Of the numbers in it, the one that a test would have to wait for.
                text -> text.replace("\": 10000", "\": 2000"));
    }

    /** Until it could prepare the message: on a slow machine its time may be up before. */
    private static void place(List<String> program, String order, String fate, int exitCode) {
        Await.until(
                "order " + order + " is placed",
                LIMIT,
                () -> run(program, "place", order, fate) == exitCode);
    }

    private static int run(List<String> program, String... arguments) {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(arguments));
        return Tool.run(new byte[0], command).exitCode();
    }
}
