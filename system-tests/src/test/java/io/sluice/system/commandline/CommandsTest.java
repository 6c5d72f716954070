package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Every command against a broker that lives: what it prints, in both forms, and what it returns.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
final class CommandsTest {

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private Ran feed(byte[] input, String... arguments) {
        return Ran.with(broker.bootstrap(), input, List.of(arguments));
    }

    private Ran sluice(String... arguments) {
        return feed(new byte[0], arguments);
    }

    private Ran good(String... arguments) {
        Ran run = sluice(arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        return run;
    }

    private void fails(String sentence, String... arguments) {
        Ran run = sluice(arguments);
        assertThat(run.exitCode()).as(String.join(" ", arguments)).isEqualTo(1);
        assertThat(run.bytes()).isEmpty();
        assertThat(run.err())
                .startsWith("sluice: ")
                .contains(sentence)
                .hasLineCount(1)
                .doesNotContain("Exception");
    }

    @Test
    void aShareGroupIsShownMovedAndDeleted() {
        good("topic", "create", "mails");
        good("config", "set", "group", "mailers", "share.auto.offset.reset=earliest");
        assertThat(good("config", "get", "group", "mailers", "--own").out())
                .containsPattern("share.auto.offset.reset +earliest +group");
        feed("a\nb\nc\n".getBytes(StandardCharsets.UTF_8), "produce", "mails");
        try (KafkaShareConsumer<byte[], byte[]> consumer =
                new KafkaShareConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrap(), "group.id", "mailers"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("mails"));
            List<byte[]> read = new ArrayList<>();
            Await.until(
                    "three mails",
                    Duration.ofSeconds(60),
                    () -> {
                        consumer.poll(Duration.ofMillis(200)).forEach(one -> read.add(one.value()));
                        return read.size() >= 3;
                    });
            consumer.commitSync();
            assertThat(good("group", "describe", "mailers").out())
                    .contains("mailers", "Stable, share, 1 member, lag 0", "BEGINS AT")
                    .containsPattern("mails +0 +3 +3 +0 +consumer-");
            fails("has members", "group", "reset", "mailers", "--to", "earliest", "--execute");
        }
        assertThat(good("group", "reset", "mailers", "--to", "1").out())
                .containsPattern("mails +0 +3 +1");
        good("group", "reset", "mailers", "--to", "1", "--execute");
        assertThat(good("group", "describe", "mailers").out()).contains("lag 2");
        assertThat(good("group", "list").out()).containsPattern("mailers +Share");
        good("group", "delete", "mailers");
        assertThat(good("group", "list").out()).doesNotContain("mailers");
    }

    @Test
    void aTopicsLife() {
        assertThat(good("topic", "create", "life", "--partitions", "2").out())
                .isEqualTo("Created life: 2 partitions, 1 replica\n");
        fails("'life'", "topic", "create", "life");
        assertThat(sluice("topic", "create", "life", "--if-not-exists").exitCode()).isZero();
        assertThat(good("topic", "list").out()).contains("TOPIC", "life");
        assertThat(good("topic", "describe", "life").out())
                .startsWith("life  id ")
                .contains("PARTITION  LEADER");
        assertThat(good("topic", "alter", "life", "--partitions", "3").out())
                .isEqualTo("Altered life\n");
        assertThat(good("topic", "alter", "life", "--set", "retention.ms=60000").out())
                .isEqualTo("Altered life\n");
        assertThat(good("topic", "describe", "life").out()).contains("retention.ms=60000");
        assertThat(good("topic", "alter", "life", "--unset", "retention.ms").exitCode()).isZero();
        assertThat(good("topic", "describe", "life").out()).doesNotContain("retention.ms=60000");
        Ran fewer = sluice("topic", "alter", "life", "--partitions", "1");
        assertThat(fewer.exitCode()).isEqualTo(2);
        assertThat(fewer.err()).contains("'life' has 3 partitions", "1");
        assertThat(good("topic", "delete", "life").out()).contains("life");
        fails("there is no topic 'life'", "topic", "delete", "life");
        assertThat(sluice("topic", "delete", "life", "--if-exists").exitCode()).isZero();
    }

    @Test
    void aDryRunCreatesNothing() {
        assertThat(good("topic", "create", "dry", "--dry-run").exitCode()).isZero();
        assertThat(good("topic", "list").out()).doesNotContain("dry");
    }

    @Test
    void jsonParsesAndNamesWhatItTells() {
        assertThat(good("topic", "create", "json", "--partitions", "2", "--json").json().toString())
                .contains("\"json\"", "2");
        feed("a\nb\n".getBytes(StandardCharsets.UTF_8), "produce", "json", "--partition", "1");
        assertThat(good("topic", "list", "--json").json().toString()).contains("\"json\"");
        assertThat(good("topic", "describe", "json", "--json").json().toString())
                .contains("\"json\"", "partitions");
        JsonNode offsets = good("topic", "offsets", "json", "--json").json();
        assertThat(offsets.get(1).get("latest").asLong()).isEqualTo(2);
        assertThat(good("topic", "truncate", "json", "--before", "end", "--json").json().isEmpty())
                .isFalse();
        assertThat(good("topic", "offsets", "json", "--json").json().get(1).get("earliest"))
                .hasToString("2");
        assertThat(good("config", "get", "topic", "json", "--json").json().toString())
                .contains("retention.ms");
        assertThat(
                        good("config", "set", "topic", "json", "retention.ms=5000", "--json")
                                .json()
                                .toString())
                .contains("retention.ms");
        assertThat(good("config", "unset", "topic", "json", "retention.ms", "--json").json())
                .isNotNull();
        JsonNode cluster = good("cluster", "describe", "--json").json();
        assertThat(cluster.get("clusterId").asString()).hasSize(22);
        assertThat(cluster.get("brokers").get(0).get("logDirs").get(0).get("state").asString())
                .isEqualTo("ok");
        assertThat(good("topic", "delete", "json", "--json").json()).isNotNull();
    }

    @Test
    void settingsAreReadSetAndUnset() {
        good("topic", "create", "settings");
        assertThat(good("config", "set", "topic", "settings", "retention.ms=7000").out())
                .contains("Set retention.ms=7000");
        assertThat(good("config", "get", "topic", "settings", "--own").out())
                .contains("retention.ms", "7000", "topic");
        assertThat(good("config", "get", "topic", "settings", "retention.ms").out())
                .contains("7000");
        good("config", "unset", "topic", "settings", "retention.ms");
        assertThat(good("config", "get", "topic", "settings", "retention.ms").out())
                .doesNotContain("7000");
        fails(
                "Did you mean 'retention.ms'?",
                "config",
                "set",
                "topic",
                "settings",
                "retention.m=1");
        fails("many", "config", "set", "topic", "settings", "retention.ms=many");
        good("config", "set", "broker", "default", "log.retention.ms=900000");
        assertThat(good("config", "get", "broker", "default", "--own").out()).contains("900000");
        good("config", "unset", "broker", "default", "log.retention.ms");
    }

    @Test
    void whatIsNotThereIsNamedWithTheRemedy() {
        good("topic", "create", "payments");
        for (String[] command :
                new String[][] {
                    {"topic", "describe", "payment"},
                    {"topic", "alter", "payment", "--partitions", "3"},
                    {"topic", "offsets", "payment"},
                    {"topic", "truncate", "payment", "--before", "end"},
                    {"config", "get", "topic", "payment"},
                    {"config", "set", "topic", "payment", "retention.ms=1"},
                    {"produce", "payment"},
                    {"consume", "payment"},
                    {"bench", "--topic", "payment"}
                }) {
            fails("there is no topic 'payment'. Did you mean 'payments'?", command);
        }
        fails("'payments' has no partition 7", "produce", "payments", "--partition", "7");
        fails("7", "consume", "payments", "--partition", "7");
        fails("no offset 99: it holds 0 to 0", "consume", "payments", "--from", "99");
        fails("bad name", "topic", "create", "bad name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void linesComeBackByteForByte(String codec) {
        long seed = new Random().nextLong();
        byte[] lines = randomLines(seed, 500);
        String topic = "lines-" + codec;
        good("topic", "create", topic);
        Ran sent = feed(lines, "produce", topic, "--compression", codec);
        assertThat(sent.exitCode()).as(sent.err()).isZero();
        assertThat(sent.err()).startsWith("Sent 500 records, ");
        assertThat(good("consume", topic, "--until", "end").bytes())
                .as("seed " + seed)
                .isEqualTo(lines);
    }

    /** Every byte but the line feed, which ends a line. */
    private static byte[] randomLines(long seed, int count) {
        Random random = new Random(seed);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int line = 0; line < count; line++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            for (byte each : bytes) {
                out.write(each == '\n' ? ' ' : each);
            }
            out.write('\n');
        }
        return out.toByteArray();
    }

    @Test
    void keysHeadersNullsAndTimesPassThroughJson() {
        good("topic", "create", "from");
        good("topic", "create", "to");
        String line = "h1:one,h2:two\tk1:v1\nh1:x\tk2:NULL\n";
        Ran sent =
                feed(
                        line.getBytes(StandardCharsets.UTF_8),
                        "produce",
                        "from",
                        "--headers",
                        "--key-separator",
                        ":",
                        "--null",
                        "NULL",
                        "--header",
                        "by=test",
                        "--json");
        assertThat(sent.exitCode()).as(sent.err()).isZero();
        assertThat(sent.json().get("records").asInt()).isEqualTo(2);
        assertThat(sent.json().get("failed").asInt()).isZero();
        Ran printed = good("consume", "from", "--until", "end", "--format", "json");
        assertThat(printed.out()).contains("k1", "v1", "h1", "two", "test", "\"value\":null");
        assertThat(feed(printed.bytes(), "produce", "to", "--format", "json").exitCode()).isZero();
        assertThat(good("consume", "to", "--until", "end", "--format", "json").out())
                .isEqualTo(printed.out().replace("\"topic\":\"from\"", "\"topic\":\"to\""));
        assertThat(good("consume", "to", "--until", "end", "--print", "key,value").out())
                .isEqualTo("k1\tv1\nk2\tnull\n");
    }

    @Test
    void aFileIsOneRecordAndComesBack() {
        byte[] picture = new byte[100_000];
        new Random(7).nextBytes(picture);
        good("topic", "create", "pictures");
        assertThat(feed(picture, "produce", "pictures", "--format", "raw").exitCode()).isZero();
        assertThat(good("consume", "pictures", "--count", "1", "--format", "raw").bytes())
                .isEqualTo(picture);
    }

    @Test
    void positionsChooseWhatIsRead() {
        good("topic", "create", "positions");
        feed("a\nb\nc\nd\n".getBytes(StandardCharsets.UTF_8), "produce", "positions");
        assertThat(good("consume", "positions", "--from", "-2", "--until", "end").out())
                .isEqualTo("c\nd\n");
        assertThat(good("consume", "positions", "--from", "1", "--until", "3").out())
                .isEqualTo("b\nc\n");
        assertThat(good("consume", "positions", "--count", "1").out()).isEqualTo("a\n");
        assertThat(good("consume", "positions", "--from", "latest", "--until", "end").out())
                .isEmpty();
        assertThat(
                        good("consume", "positions", "--from", "2020-01-01T00:00Z", "--count", "2")
                                .out())
                .isEqualTo("a\nb\n");
    }

    @Test
    void aBadLineStopsAndIsNamed() {
        good("topic", "create", "bad-lines");
        Ran run =
                feed(
                        "k:v\nbad\nk:w\n".getBytes(StandardCharsets.UTF_8),
                        "produce",
                        "bad-lines",
                        "--key-separator",
                        ":");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("Sent 1 record, ", "line 2", "Nothing after it was sent");
        assertThat(good("consume", "bad-lines", "--until", "end").out()).isEqualTo("v\n");

        good("topic", "create", "small", "--config", "max.message.bytes=1000");
        Ran large =
                feed(
                        ("x".repeat(2000) + "\n").getBytes(StandardCharsets.UTF_8),
                        "produce",
                        "small");
        assertThat(large.exitCode()).isEqualTo(1);
        assertThat(large.err()).contains("line 1", "too large", "max.message.bytes");
    }

    @Test
    void benchMeasuresAndLeavesNothing() {
        Ran text = good("bench", "--records", "2000", "--size", "200", "--consumers", "1");
        assertThat(text.out())
                .contains("2,000 records of 200 B", "records/s", "P50 MS", "P99.9")
                .contains("acknowledged", "received");
        JsonNode json =
                good("bench", "--records", "500", "--rate", "1000", "-z", "lz4", "--json").json();
        assertThat(json.get("records").asLong()).isEqualTo(500);
        assertThat(json.get("acknowledgementMs").get("p99").asDouble()).isPositive();
        assertThat(good("topic", "list").out()).doesNotContain("bench-");
    }
}
