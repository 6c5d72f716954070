package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kafka Streams with {@code exactly_once_v2}: words are counted while the broker and the
 * application are killed again and again. Every word counts once: each number up to the last is
 * told once, in order.
 */
final class StreamsExactlyOnceTest {

    private static final int LINES = 1_500;
    private static final int ROUNDS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final List<String> WORDS = List.of("to", "be", "or", "not");

    private final Random random = new Random(20_261_121);

    @ParameterizedTest
    @ValueSource(strings = {"classic", "streams"})
    void everyWordCountsOnce(String protocol, @TempDir Path home) throws Exception {
        try (BrokerProcess broker =
                BrokerProcess.start(
                        home,
                        "group.initial.rebalance.delay.ms=0",
                        "group.streams.initial.rebalance.delay.ms=0",
                        "group.streams.session.timeout.ms=6000",
                        "group.streams.heartbeat.interval.ms=500",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms=500")) {
            for (String topic : List.of("text", "counts", "windows")) {
                Clients.createTopic(broker.bootstrap(), topic, 2, Map.of());
            }
            Process application = start(broker, home, protocol);
            try {
                Map<String, Integer> said = new TreeMap<>();
                for (int round = 0; round < ROUNDS; round++) {
                    say(broker, said);
                    assertThat(
                                    new CountDownLatch(1)
                                            .await(random.nextInt(3_000), TimeUnit.MILLISECONDS))
                            .isFalse();
                    if (round % 2 == 0) {
                        broker.kill();
                        broker.restart();
                    } else {
                        application.destroyForcibly().waitFor();
                        application = start(broker, home, protocol);
                    }
                }
                Await.until(protocol, LIMIT, () -> counted(broker).equals(said));
            } finally {
                application.destroyForcibly().waitFor();
            }
        }
    }

    private static Process start(BrokerProcess broker, Path home, String protocol)
            throws IOException {
        Path jars = Path.of(System.getProperty("sluice.old-clients"), "streams");
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        jars + "/*:" + OldClientsTest.programPath(),
                        StreamsProgram.class.getName(),
                        broker.bootstrap(),
                        home.resolve("state").toString(),
                        protocol,
                        "exactly_once_v2")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private void say(BrokerProcess broker, Map<String, Integer> said) {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            for (int i = 0; i < LINES / ROUNDS; i++) {
                String word = WORDS.get(random.nextInt(WORDS.size()));
                said.merge(word, 1, Integer::sum);
                producer.send(
                        new ProducerRecord<>(
                                "text", i % 2, null, word.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    /** The last count of each word; a count that is told twice, or not the next one, is a fault. */
    private static Map<String, Integer> counted(BrokerProcess broker) {
        Map<String, Integer> counts = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> one :
                Clients.readCommitted(broker.bootstrap(), "counts")) {
            String word = new String(one.key(), StandardCharsets.UTF_8);
            int count = Integer.parseInt(new String(one.value(), StandardCharsets.UTF_8));
            Integer before = counts.put(word, count);
            if (before != null && count <= before) {
                throw new AssertionError(word + " counted " + count + " after " + before);
            }
        }
        return counts;
    }
}
