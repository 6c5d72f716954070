package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues whose leaders, memory and ledger are on several brokers, each of which is killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
final class QueueCommandsInAClusterTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 30;

    private ClusterProcesses cluster;

    @BeforeAll
    void start(@TempDir Path home) {
        cluster =
                ClusterProcesses.start(
                        home,
                        3,
                        "share.coordinator.state.topic.num.partitions=3",
                        "offsets.topic.num.partitions=3",
                        "sluice.queue.ledger.topic.num.partitions=3");
    }

    @AfterAll
    void stop() {
        cluster.close();
    }

    private Ran run(String input, String... words) {
        return Ran.with(
                cluster.bootstrap(), input.getBytes(StandardCharsets.UTF_8), List.of(words));
    }

    private String good(String... words) {
        Ran ran = run("", words);
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        return ran.out();
    }

    /** What a command says once it says that. */
    private void awaitSays(String what, String... words) {
        Await.until(
                String.join(" ", words) + ": " + what,
                LIMIT,
                () -> {
                    Ran ran = run("", words);
                    return ran.exitCode() == 0 && ran.out().contains(what);
                });
    }

    private void accept(int count) {
        Map<String, Object> config =
                Map.of(
                        "bootstrap.servers",
                        cluster.bootstrap(),
                        "group.id",
                        "spread",
                        "client.id",
                        "tester");
        try (KafkaShareConsumer<String, String> member =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
            member.subscribe(List.of("spread"));
            int[] taken = new int[1];
            Await.until(
                    "records",
                    LIMIT,
                    () -> {
                        for (ConsumerRecord<String, String> record :
                                member.poll(Duration.ofMillis(200))) {
                            assertThat(record.value()).isNotEmpty();
                            taken[0]++;
                        }
                        member.commitSync();
                        return taken[0] >= count;
                    });
        }
    }

    private long taken() {
        Ran ran = run("", "queue", "trace", "-t", "spread", "--client", "tester", "--json");
        return ran.out().lines().filter(line -> line.contains("\"event\":\"accepted\"")).count();
    }

    @Test
    void queuesAreSeenTracedAndReplayedWhoeverLeads() {
        good("topic", "create", "spread", "--partitions", "3", "--replication", "3");
        good("config", "set", "group", "spread", "share.auto.offset.reset=earliest");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            String lines = "a:1\nb:2\n".repeat(RECORDS / PARTITIONS / 2);
            String[] produce = {
                "produce",
                "spread",
                "--partition",
                Integer.toString(partition),
                "--key-separator",
                ":"
            };
            assertThat(run(lines, produce).exitCode()).isZero();
        }
        accept(RECORDS);
        String[] dry = {"queue", "replay", "-t", "spread", "-g", "spread", "--dry-run"};
        String[] browse = {"queue", "browse", "-t", "spread", "-g", "spread", "-n", "1000"};
        Await.until("the ledger", LIMIT, () -> taken() >= PARTITIONS);
        assertThat(good("queue", "replay", "-t", "spread", "-g", "spread", "--key", "a"))
                .isEqualTo("To be delivered again: 15 records.\n");
        for (int killed = 1; killed <= cluster.size(); killed++) {
            cluster.broker(killed).kill();
            awaitSays("Would be delivered again: 15 records.", dry);
            awaitSays("available", browse);
            assertThat(good(browse).lines().filter(line -> line.contains("available"))).hasSize(15);
            Await.until("the ledger", LIMIT, () -> taken() >= PARTITIONS);
            cluster.broker(killed).restart();
        }
        accept(RECORDS / 2);
        awaitSays("There are no such records.", browse);
        Await.until("the ledger", LIMIT, () -> taken() >= 2 * PARTITIONS);
    }
}
