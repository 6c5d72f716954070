package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupMemberAssignment.TaskIds;
import org.apache.kafka.clients.admin.StreamsGroupMemberDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kafka Streams with both of its group protocols: words counted in a state store and in windows.
 */
final class StreamsTest {

    private static final String[] SETTINGS = {
        "group.initial.rebalance.delay.ms=0",
        "group.streams.initial.rebalance.delay.ms=0",
        "group.streams.session.timeout.ms=6000",
        "group.streams.heartbeat.interval.ms=500"
    };

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final String GROUP = "word-count";
    private static final String TEXT = "text";
    private static final String COUNTS = "counts";
    private static final String WINDOWS = "windows";

    @TempDir Path home;

    /** A window's start. Not long ago: what is old by its own word, retention may take. */
    private final long start = System.currentTimeMillis() / WINDOW.toMillis() * WINDOW.toMillis();

    private final long next = start + WINDOW.toMillis();

    /** A running application, with its own jars. */
    private static final class Application implements AutoCloseable {
        private final Process process;

        Application(BrokerProcess broker, Path state, String protocol) throws IOException {
            Path jars = Path.of(System.getProperty("sluice.old-clients"), "streams");
            process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-Xmx256m",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    jars + "/*:" + OldClientsTest.programPath(),
                                    StreamsProgram.class.getName(),
                                    broker.bootstrap(),
                                    state.toString(),
                                    protocol)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
        }

        void kill() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        @Override
        public void close() throws IOException {
            try {
                process.getOutputStream().close();
                assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                process.destroyForcibly();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "streams"})
    void wordsAreCountedOverARestartWithAndWithoutItsState(String protocol) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS);
                Admin admin = Clients.admin(broker.bootstrap())) {
            for (String topic : List.of(TEXT, COUNTS, WINDOWS)) {
                Clients.createTopic(broker.bootstrap(), topic, 2, Map.of());
            }
            try (Application first = new Application(broker, home.resolve("state"), protocol)) {
                say(broker, "to be or not to be", start);
                awaitCounts(broker, COUNTS, Map.of("to", "2", "be", "2", "or", "1", "not", "1"));
            }
            try (Application again = new Application(broker, home.resolve("state"), protocol)) {
                say(broker, "to be", next);
                awaitCounts(broker, COUNTS, Map.of("to", "3", "be", "3", "or", "1", "not", "1"));
                broker.kill();
                broker.restart();
                say(broker, "not yet", next);
                awaitCounts(broker, COUNTS, Map.of("not", "2", "yet", "1"));
            }
            // Another machine: what it counted is read from the broker.
            try (Application elsewhere =
                    new Application(broker, home.resolve("elsewhere"), protocol)) {
                say(broker, "be", next);
                awaitCounts(broker, COUNTS, Map.of("to", "3", "be", "4", "or", "1", "not", "2"));
                awaitCounts(
                        broker,
                        WINDOWS,
                        Map.of("be@" + start, "2", "be@" + next, "2", "yet@" + next, "1"));
            }
            assertThat(admin.listTopics().names().get())
                    .contains("word-count-words-repartition", "word-count-total-changelog");
        }
    }

    /** Two processes, each with the state of the other's tasks; one dies, the other has it all. */
    @Test
    void aProcessThatDiesIsReplacedByOneThatHasItsState() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS);
                Admin admin = Clients.admin(broker.bootstrap())) {
            for (String topic : List.of(TEXT, COUNTS, WINDOWS)) {
                Clients.createTopic(broker.bootstrap(), topic, 2, Map.of());
            }
            ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, GROUP);
            admin.incrementalAlterConfigs(
                            Map.of(
                                    group,
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(
                                                            "streams.num.standby.replicas", "1"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            try (Application stays = new Application(broker, home.resolve("stays"), "streams")) {
                Application dies = new Application(broker, home.resolve("dies"), "streams");
                awaitGroup(admin, 4, 2);
                say(broker, "to be or not to be", start);
                awaitCounts(broker, COUNTS, Map.of("to", "2", "be", "2", "or", "1", "not", "1"));
                assertThat(streamsGroups(broker, "--list")).contains(GROUP);
                assertThat(streamsGroups(broker, "--describe", "--group", GROUP, "--state"))
                        .contains("Stable");
                assertThat(streamsGroups(broker, "--describe", "--group", GROUP, "--members"))
                        .contains("STANDBY");
                assertThat(streamsGroups(broker, "--describe", "--group", GROUP))
                        .contains("word-count-words-repartition");
                dies.kill();
                awaitGroup(admin, 2, 0);
                say(broker, "to be", next);
                awaitCounts(broker, COUNTS, Map.of("to", "3", "be", "3"));
            }
            Await.until(
                    "an empty group",
                    LIMIT,
                    () -> describe(admin).orElseThrow().groupState() == GroupState.EMPTY);
            assertThat(
                            admin.listStreamsGroupOffsets(
                                            Map.of(GROUP, new ListStreamsGroupOffsetsSpec()))
                                    .partitionsToOffsetAndMetadata(GROUP)
                                    .get())
                    .isNotEmpty();
            admin.deleteStreamsGroups(List.of(GROUP)).all().get();
            assertThat(admin.listGroups().all().get()).isEmpty();
        }
    }

    /** Kafka's own tool. */
    private static String streamsGroups(BrokerProcess broker, String... arguments) {
        Tool.Result result =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.streams.StreamsGroupCommand",
                        Stream.concat(
                                        Stream.of("--bootstrap-server", broker.bootstrap()),
                                        Stream.of(arguments))
                                .toArray(String[]::new));
        assertThat(result.exitCode()).as(result.errors() + result.text()).isZero();
        return result.text();
    }

    /** Empty while there is no such group. */
    private static Optional<StreamsGroupDescription> describe(Admin admin) {
        try {
            return Optional.ofNullable(
                    admin.describeStreamsGroups(List.of(GROUP)).all().get().get(GROUP));
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(GroupIdNotFoundException.class);
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Settled, with so many members, and so many standbys of tasks with a state. */
    private static void awaitGroup(Admin admin, int members, int standbys) {
        Await.until(
                members + " members with " + standbys + " standbys",
                LIMIT,
                () ->
                        describe(admin)
                                .filter(group -> group.groupState() == GroupState.STABLE)
                                .filter(group -> group.members().size() == members)
                                .filter(group -> standbys(group) == standbys)
                                .isPresent());
    }

    private static int standbys(StreamsGroupDescription group) {
        int found = 0;
        for (StreamsGroupMemberDescription member : group.members()) {
            for (TaskIds tasks : member.assignment().standbyTasks()) {
                found += tasks.partitions().size();
            }
        }
        return found;
    }

    private static void say(BrokerProcess broker, String line, long timeMs) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer =
                Clients.producer(broker.bootstrap(), Map.of())) {
            producer.send(
                            new ProducerRecord<>(
                                    TEXT,
                                    null,
                                    timeMs,
                                    null,
                                    line.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private static void awaitCounts(
            BrokerProcess broker, String topic, Map<String, String> wanted) {
        Map<String, String> found = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                Clients.consumer(broker.bootstrap(), Map.of())) {
            List<TopicPartition> partitions =
                    List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Await.until(
                    wanted + " in " + topic,
                    LIMIT,
                    () -> {
                        for (ConsumerRecord<byte[], byte[]> record :
                                consumer.poll(Duration.ofMillis(100))) {
                            found.put(
                                    new String(record.key(), StandardCharsets.UTF_8),
                                    new String(record.value(), StandardCharsets.UTF_8));
                        }
                        return found.entrySet().containsAll(wanted.entrySet());
                    });
        }
    }
}
