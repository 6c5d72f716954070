package io.sluice.system.clients;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import io.sluice.system.harness.ToolShell;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A partition moves between log directories under load, and the broker is killed meanwhile. */
final class MoveTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final TopicPartition PARTITION = new TopicPartition("moving", 0);
    private static final int RECORD_BYTES = 10_000;
    private static final int BEFORE = 4_000;

    @Test
    void nothingIsLostAndTheMoveEndsWhereItWasToEnd(@TempDir Path home) throws Exception {
        String directories = home.resolve("one") + "," + home.resolve("two");
        try (BrokerProcess broker = BrokerProcess.start(home, "log.dirs=" + directories);
                Admin admin = Clients.admin(broker.bootstrap())) {
            Clients.createTopic(broker.bootstrap(), PARTITION.topic(), 1, Map.of());
            Set<Integer> acknowledged = new ConcurrentSkipListSet<>();
            try (KafkaProducer<byte[], byte[]> producer =
                    Clients.producer(broker.bootstrap(), Map.of())) {
                send(producer, 0, BEFORE, acknowledged);
                producer.flush();
                String from = directory(admin);
                String to =
                        descriptions(admin).keySet().stream()
                                .filter(one -> !one.equals(from))
                                .findFirst()
                                .orElseThrow();
                send(producer, BEFORE, BEFORE + 500, acknowledged);
                admin.alterReplicaLogDirs(
                                Map.of(new TopicPartitionReplica(PARTITION.topic(), 0, 1), to))
                        .all()
                        .get();
                broker.kill();
                broker.restart();
                send(producer, BEFORE + 500, BEFORE + 1_000, acknowledged);
                Await.until("the partition is moved", LIMIT, () -> directory(admin).equals(to));
                send(producer, BEFORE + 1_000, BEFORE + 1_500, acknowledged);
                producer.flush();
            }
            assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(BEFORE + 1_000);
            assertThat(broker.stop()).isZero();
            broker.restart();
            assertThat(read(broker)).containsAll(acknowledged);
        }
    }

    /** As the tool sets it, and as it takes it away in the end (KIP-113). */
    @Test
    void theToolHoldsAMoveBack(@TempDir Path home) throws Exception {
        String directories = home.resolve("one") + "," + home.resolve("two");
        try (BrokerProcess broker = BrokerProcess.start(home, "log.dirs=" + directories);
                Admin admin = Clients.admin(broker.bootstrap());
                ToolShell shell = new ToolShell();
                KafkaProducer<byte[], byte[]> producer =
                        Clients.producer(broker.bootstrap(), Map.of())) {
            Clients.createTopic(broker.bootstrap(), PARTITION.topic(), 1, Map.of());
            send(producer, 0, BEFORE, new ConcurrentSkipListSet<>());
            producer.flush();
            String from = directory(admin);
            String to =
                    descriptions(admin).keySet().stream()
                            .filter(one -> !one.equals(from))
                            .findFirst()
                            .orElseThrow();
            Path plan = home.resolve("plan.json");
            Files.writeString(
                    plan,
                    """
                    {"version":1,"partitions":[
                      {"topic":"%s","partition":0,"replicas":[1],"log_dirs":["%s"]}]}
                    """
                            .formatted(PARTITION.topic(), to));
            assertThat(
                            reassign(
                                    shell,
                                    broker,
                                    plan,
                                    "--execute",
                                    "--replica-alter-log-dirs-throttle",
                                    "1000"))
                    .contains("throttle limit was set to 1000 B/s");
            assertThat(rate(admin)).isEqualTo("1000");
            assertThat(reassign(shell, broker, plan, "--verify")).contains("still in progress");
            assertThat(directory(admin)).isEqualTo(from);
            reassign(
                    shell,
                    broker,
                    plan,
                    "--execute",
                    "--additional",
                    "--replica-alter-log-dirs-throttle",
                    "1000000000");
            Await.until("the partition is moved", LIMIT, () -> directory(admin).equals(to));
            reassign(shell, broker, plan, "--verify");
            assertThat(rate(admin)).isEqualTo(Long.toString(Long.MAX_VALUE));
        }
    }

    private static String reassign(
            ToolShell shell, BrokerProcess broker, Path plan, String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--bootstrap-server",
                                broker.bootstrap(),
                                "--reassignment-json-file",
                                plan.toString()));
        arguments.addAll(List.of(more));
        Tool.Result result =
                shell.run("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", arguments);
        assertThat(result.exitCode()).as(result.text() + result.errors()).isZero();
        return result.text();
    }

    private static String rate(Admin admin) throws Exception {
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        return requireNonNull(admin.describeConfigs(List.of(broker)).all().get().get(broker))
                .get("replica.alter.log.dirs.io.max.bytes.per.second")
                .value();
    }

    private static void send(
            KafkaProducer<byte[], byte[]> producer, int from, int to, Set<Integer> acknowledged) {
        for (int i = from; i < to; i++) {
            int number = i;
            producer.send(
                    new ProducerRecord<>(
                            PARTITION.topic(),
                            0,
                            null,
                            ByteBuffer.allocate(RECORD_BYTES).putInt(i).array()),
                    (metadata, failure) -> {
                        if (failure == null) {
                            acknowledged.add(number);
                        }
                    });
        }
    }

    private static Map<String, LogDirDescription> descriptions(Admin admin) {
        try {
            return requireNonNull(admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1));
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Where the partition lies, its copy aside. */
    private static String directory(Admin admin) {
        return descriptions(admin).entrySet().stream()
                .filter(one -> {
                    var replica = one.getValue().replicaInfos().get(PARTITION);
                    return replica != null && !replica.isFuture();
                })
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("nowhere yet");
    }

    private static Set<Integer> read(BrokerProcess broker) {
        Set<Integer> seen = new TreeSet<>();
        try (KafkaConsumer<byte[], byte[]> consumer =
                Clients.consumer(broker.bootstrap(), Map.of())) {
            consumer.assign(List.of(PARTITION));
            consumer.seekToBeginning(List.of(PARTITION));
            long end = requireNonNull(consumer.endOffsets(List.of(PARTITION)).get(PARTITION));
            while (consumer.position(PARTITION) < end) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(500))) {
                    seen.add(ByteBuffer.wrap(record.value()).getInt());
                }
            }
        }
        return seen;
    }
}
