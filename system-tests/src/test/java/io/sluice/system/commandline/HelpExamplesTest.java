package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every example that a help text shows does what it says against a broker. Of a pipe each part runs
 * by itself; what would follow or load for ever is cut short.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HelpExamplesTest {

    private static final Pattern COMMAND = Pattern.compile("  ([a-z]+)(, [a-z-]+)? {2,}\\S.*");
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final String LINES =
            IntStream.range(0, 1_000).mapToObj(i -> "7:" + i + "\n").collect(Collectors.joining());

    private static final String LETTER =
            "{\"key\":\"4711\",\"value\":\"v\",\"headers\":{\"__dlq.errors.topic\":\"orders\"}}\n";

    private BrokerProcess broker;
    private Path offsets;

    @BeforeAll
    void start(@TempDir Path home) throws IOException {
        offsets = Files.writeString(home.resolve("offsets.csv"), "orders,0,1\norders,1,1\n");
        broker = BrokerProcess.start(home);
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    @TestFactory
    Stream<DynamicTest> examples() {
        Map<String, List<String>> found = new TreeMap<>();
        collect(List.of(), found);
        assertThat(found).hasSizeGreaterThan(15);
        return found.entrySet().stream()
                .flatMap(entry ->
                        entry.getValue().stream()
                                .map(example ->
                                        DynamicTest.dynamicTest(
                                                entry.getKey() + ": " + example,
                                                () -> works(example))));
    }

    private static void collect(List<String> command, Map<String, List<String>> into) {
        List<String> arguments = new ArrayList<>(command);
        arguments.add("--help");
        Ran help = Ran.alone(arguments);
        assertThat(help.exitCode()).isZero();
        into.put(String.join(" ", command), examplesIn(help.out()));
        for (String sub : section(help.out(), "Commands")) {
            Matcher name = COMMAND.matcher(sub);
            if (name.matches()) {
                List<String> next = new ArrayList<>(command);
                next.add(name.group(1));
                collect(next, into);
            }
        }
    }

    private static List<String> section(String help, String heading) {
        return help.lines()
                .dropWhile(line -> !line.equals(heading))
                .skip(1)
                .takeWhile(line -> line.startsWith("  "))
                .toList();
    }

    /** The parts of the examples that are our commands, without remarks and redirections. */
    private static List<String> examplesIn(String help) {
        return section(help, "Examples").stream()
                .flatMap(line -> Stream.of(line.strip().split(" {2,}", 2)[0].split(" \\| ")))
                .map(part -> part.replaceFirst("^source <\\((.*)\\)$", "$1"))
                .map(part -> part.replaceFirst("^[A-Z_]+=\\S+ ", ""))
                .map(part -> part.replaceFirst(" [<>] .*", ""))
                .filter(part -> part.startsWith("sluice "))
                .toList();
    }

    private void works(String example) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(example.substring("sluice ".length()));
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        switch (words.getFirst()) {
            // Brokers are not this program: that their options are known is all there is to see.
            case "server", "dev" ->
                    assertThat(Ran.alone(words).exitCode()).as(example).isEqualTo(1);
            case "completion", "version" ->
                    assertThat(Ran.alone(words).exitCode()).as(example).isZero();
            default -> worksWithBroker(example, words);
        }
    }

    private void worksWithBroker(String example, List<String> words) {
        prepare(words);
        if (words.contains("voters") && !words.contains("list")) {
            // A broker by itself says that it has no quorum to change.
            assertThat(sluice("", words).err()).as(example).contains("by itself");
            return;
        }
        if (words.getFirst().equals("consume")
                && !words.contains("--until")
                && !words.contains("--count")) {
            // A member of a group does not know where the end is.
            boolean member = words.contains("--group");
            words.addAll(member ? List.of("--count", "1") : List.of("--until", "end"));
        }
        if (example.startsWith("sluice queue consume ") && !words.contains("--idle")) {
            words.addAll(List.of("--idle", "2s"));
        }
        if (words.getFirst().equals("bench")) {
            words.replaceAll(word -> word.equals("1000000") ? "1000" : word);
            words.replaceAll(word -> word.equals("30s") ? "500ms" : word);
            if (!words.contains("--records") && !words.contains("--duration")) {
                words.addAll(List.of("--duration", "500ms"));
            }
        }
        words.replaceAll(word -> word.equals("offsets.csv") ? offsets.toString() : word);
        String input = words.contains("json") ? "{\"key\":\"k\",\"value\":\"v\"}\n" : "7:NULL\n";
        Ran ran = sluice(input, words);
        assertThat(ran.exitCode()).as(example + "\n" + ran.err()).isZero();
    }

    /** What the examples speak of: topics with records; none where one is to be created. */
    private void prepare(List<String> words) {
        boolean creates = String.join(" ", words).startsWith("topic create ");
        for (String topic : List.of("orders", "users", "images", "copy", "jobs")) {
            if (creates) {
                must("topic", "delete", topic, "--if-exists");
            } else {
                must("topic", "create", topic, "--if-not-exists", "--partitions", "3");
            }
        }
        if (words.getFirst().equals("group")) {
            must("group", "reset", "billing", "--topic", "orders", "--to", "0", "--execute");
        }
        if (words.contains("--delay") || words.contains("--cron")) {
            must("config", "set", "topic", "orders", "sluice.delay.enable=true");
        }
        if (words.getFirst().equals("schedule")) {
            must("topic", "delete", "orders");
            must("topic", "create", "orders", "--config", "sluice.delay.enable=true");
            Ran sent = sluice("a\nb\nc\n", List.of("produce", "orders", "--delay", "1h"));
            assertThat(sent.exitCode()).as(sent.err()).isZero();
        }
        if (words.getFirst().equals("queue")) {
            must("topic", "create", "dlq.orders", "--if-not-exists");
            Ran sent = sluice(LETTER, List.of("produce", "dlq.orders", "--format", "json"));
            assertThat(sent.exitCode()).as(sent.err()).isZero();
            beginQueue();
        }
        if (words.contains("--before") || words.contains("--from") || words.contains("--group")) {
            for (String topic : List.of("orders", "images")) {
                Ran sent = sluice(LINES, List.of("produce", topic, "--partition", "0"));
                assertThat(sent.exitCode()).as(sent.err()).isZero();
            }
        }
    }

    /** A share group has read the topic once. */
    private void beginQueue() {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
                KafkaShareConsumer<byte[], byte[]> member =
                        new KafkaShareConsumer<>(
                                Map.of(
                                        "bootstrap.servers",
                                        broker.bootstrap(),
                                        "group.id",
                                        "packers"),
                                new ByteArrayDeserializer(),
                                new ByteArrayDeserializer())) {
            member.subscribe(List.of("orders"));
            Await.until(
                    "a queue",
                    Duration.ofSeconds(30),
                    () -> {
                        member.poll(Duration.ofMillis(100));
                        return hasQueue(admin);
                    });
        }
    }

    private static boolean hasQueue(Admin admin) {
        try {
            return !admin.listShareGroupOffsets(Map.of("packers", new ListShareGroupOffsetsSpec()))
                    .partitionsToOffsetInfo("packers")
                    .get()
                    .isEmpty();
        } catch (ExecutionException notYet) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void must(String... arguments) {
        Ran ran = sluice("", List.of(arguments));
        assertThat(ran.exitCode()).as(ran.err()).isZero();
    }

    private Ran sluice(String input, List<String> words) {
        return Ran.with(broker.bootstrap(), input.getBytes(StandardCharsets.UTF_8), words);
    }
}
