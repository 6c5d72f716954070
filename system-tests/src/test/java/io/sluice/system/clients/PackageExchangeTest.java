package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole package index goes in by one stock client and comes out by every other, the same bytes in
 * the same order, although the broker is killed in the middle of each client's sending.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PackageExchangeTest {

    private static final int WHOLE_INDEX = Integer.MAX_VALUE;
    private static final Duration LIMIT = Duration.ofSeconds(90);

    /** Ends a record where a record is several lines; no package description holds it. */
    private static final char RECORD_SEPARATOR = '\u001e';

    private BrokerProcess broker;
    private Map<String, byte[]> packages;

    /** How a program that reads a stream sees the packages. */
    private record Text(byte[] bytes, String end) {}

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
        packages = DataSet.packages(WHOLE_INDEX);
        assertThat(packages.size()).isGreaterThanOrEqualTo(20_000);
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    /** Key, a tab, the stanza as it is, and the record separator. */
    private Text stanzas() throws IOException {
        return text(RECORD_SEPARATOR, '\n');
    }

    /** A package a line, for a program that only knows lines. */
    private Text lines() throws IOException {
        return text('\n', RECORD_SEPARATOR);
    }

    private Text text(char end, char newLine) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Map.Entry<String, byte[]> each : packages.entrySet()) {
            out.write(each.getKey().getBytes(StandardCharsets.UTF_8));
            out.write('\t');
            byte[] value = each.getValue().clone();
            for (int i = 0; i < value.length; i++) {
                if (value[i] == '\n') {
                    value[i] = (byte) newLine;
                }
            }
            out.write(value);
            out.write(end);
        }
        return new Text(out.toByteArray(), String.valueOf(end));
    }

    @Test
    void producedByAJavaProgram() throws Exception {
        String topic = "java";
        Clients.createTopic(broker.bootstrap(), topic, 1, Map.of());
        AtomicInteger acknowledged = new AtomicInteger();
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of("acks", "all", "linger.ms", "5"))) {
            int sent = 0;
            for (Map.Entry<String, byte[]> each : packages.entrySet()) {
                producer.send(
                        new ProducerRecord<>(
                                topic,
                                each.getKey().getBytes(StandardCharsets.UTF_8),
                                each.getValue()),
                        (metadata, error) -> {
                            if (error == null) {
                                acknowledged.incrementAndGet();
                            }
                        });
                if (++sent == packages.size() / 2) {
                    broker.kill();
                    broker.restart();
                }
            }
            producer.flush();
        }
        assertThat(acknowledged).hasValue(packages.size());
        assertThat(broker.isAlive()).isTrue();
        assertKcatReads(topic, stanzas());
        assertConsoleReads(topic, stanzas());
        assertJavaReads(topic, stanzas());
    }

    @Test
    void producedByKcat() throws Exception {
        Path kcat = Tool.find("kcat").orElse(null);
        assumeTrue(kcat != null, "kcat is not installed");
        String topic = "kcat";
        Clients.createTopic(broker.bootstrap(), topic, 1, Map.of());
        produceAndKill(
                topic,
                stanzas(),
                List.of(
                        kcat.toString(),
                        "-P",
                        "-E",
                        "-b",
                        broker.bootstrap(),
                        "-t",
                        topic,
                        "-K",
                        "\t",
                        "-D",
                        String.valueOf(RECORD_SEPARATOR),
                        "-z",
                        "lz4",
                        "-X",
                        "enable.idempotence=true",
                        "-X",
                        "reconnect.backoff.max.ms=500"));
        assertConsoleReads(topic, stanzas());
        assertJavaReads(topic, stanzas());
        assertKcatReads(topic, stanzas());
    }

    @Test
    void producedByTheConsoleProducer() throws Exception {
        String topic = "console";
        Clients.createTopic(broker.bootstrap(), topic, 1, Map.of());
        produceAndKill(
                topic,
                lines(),
                Tool.kafkaCommand(
                        "org.apache.kafka.tools.ConsoleProducer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        topic,
                        "--message-send-max-retries",
                        "10000",
                        "--request-timeout-ms",
                        "10000",
                        "--reader-property",
                        "parse.key=true"));
        assertJavaReads(topic, lines());
        assertKcatReads(topic, lines());
        assertConsoleReads(topic, lines());
    }

    /** Feeds half of it, kills the broker while that is under way, restarts it, feeds the rest. */
    private void produceAndKill(String topic, Text text, List<String> command) throws Exception {
        Path err = Files.createTempFile("sluice-exchange", ".err");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(err.toFile())
                        .start();
        try {
            CountDownLatch killed = new CountDownLatch(1);
            CompletableFuture<Void> fed =
                    CompletableFuture.runAsync(() -> feed(process, text.bytes(), killed));
            Await.until("the first records are there", LIMIT, () -> end(topic) > 0);
            broker.kill();
            killed.countDown();
            broker.restart();
            fed.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(err)).isZero();
        } finally {
            process.destroyForcibly();
            Files.deleteIfExists(err);
        }
    }

    private static void feed(Process process, byte[] bytes, CountDownLatch killed) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(bytes, 0, bytes.length / 2);
            stdin.flush();
            killed.await();
            stdin.write(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("the program stopped reading", e);
        }
    }

    private long end(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Admin admin = Clients.admin(broker.bootstrap())) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get()
                    .offset();
        } catch (Exception e) {
            throw new AssertionError("the end of " + topic, e);
        }
    }

    private void assertJavaReads(String topic, Text expected) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (ConsumerRecord<byte[], byte[]> record : Clients.readAll(broker.bootstrap(), topic)) {
            out.write(record.key());
            out.write('\t');
            out.write(record.value());
            out.write(expected.end().getBytes(StandardCharsets.UTF_8));
        }
        assertSame(out.toByteArray(), expected, "");
    }

    private void assertKcatReads(String topic, Text expected) {
        Path kcat = Tool.find("kcat").orElse(null);
        if (kcat == null) {
            return;
        }
        List<String> command = new ArrayList<>(List.of(kcat.toString(), "-C", "-q", "-e"));
        command.addAll(List.of("-b", broker.bootstrap(), "-t", topic, "-p", "0"));
        command.addAll(List.of("-o", "beginning", "-K", "\t", "-D", expected.end()));
        Tool.Result result = Tool.run(new byte[0], command);
        assertSame(result.output(), expected, result.errors());
    }

    private void assertConsoleReads(String topic, Text expected) {
        Tool.Result result =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.consumer.ConsoleConsumer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        topic,
                        "--partition",
                        "0",
                        "--offset",
                        "earliest",
                        "--formatter-property",
                        "print.key=true",
                        "--formatter-property",
                        "line.separator=" + expected.end(),
                        "--max-messages",
                        Integer.toString(packages.size()));
        assertSame(result.output(), expected, result.errors());
    }

    /** Not AssertJ's: its message would hold the whole index. */
    private static void assertSame(byte[] found, Text expected, String errors) {
        int difference = java.util.Arrays.mismatch(found, expected.bytes());
        if (difference >= 0) {
            throw new AssertionError(
                    "read %,d bytes of %,d, the same up to %,d. %s"
                            .formatted(found.length, expected.bytes().length, difference, errors));
        }
    }
}
