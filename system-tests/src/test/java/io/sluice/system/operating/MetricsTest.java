package io.sluice.system.operating;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The metrics of real brokers move with what is done to them, and docs/operating tells them all.
 */
final class MetricsTest {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String HTTP = "sluice.http.listener=HTTP://127.0.0.1:0";
    private static final String TOPIC = "orders";
    private static final Pattern METRIC = Pattern.compile("\\bsluice_[a-z_]+[a-z]\\b");

    @TempDir Path home;

    @Test
    void countersMoveWithTheLoad() throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, HTTP)) {
            String http = broker.toolsAddress();
            String kafka = broker.bootstrap();
            create(kafka, 3, 1);
            produce(kafka, 1_000);

            Exposition after = Tools.scrape(http);

            assertThat(after.value("sluice_topic_appended_records_total", "topic", TOPIC))
                    .isEqualTo(1_000.0);
            assertThat(after.value("sluice_appended_records_total"))
                    .isGreaterThanOrEqualTo(1_000.0);
            assertThat(after.value("sluice_topic_appended_bytes_total", "topic", TOPIC))
                    .isBetween(100_000.0, 300_000.0)
                    .isEqualTo(after.value("sluice_topic_log_bytes", "topic", TOPIC));
            assertThat(after.value("sluice_topic_leaders", "topic", TOPIC)).isEqualTo(3.0);
            assertThat(after.value("sluice_request_duration_seconds_count", "api", "produce"))
                    .isPositive();
            assertThat(after.value("sluice_network_received_bytes_total")).isGreaterThan(100_000.0);
            assertThat(after.value("sluice_connections_accepted_total")).isPositive();
            assertThat(flushes(after, broker)).isPositive();
            assertThat(after.value("sluice_controller_active")).isEqualTo(1.0);
            assertThat(after.value("sluice_cluster_brokers", "state", "active")).isEqualTo(1.0);

            consume(kafka, 1_000);
            produce(kafka, 50);

            Exposition last = Tools.scrape(http);
            assertThat(last.value("sluice_topic_appended_records_total", "topic", TOPIC))
                    .isEqualTo(1_050.0);
            assertThat(last.value("sluice_topic_fetched_bytes_total", "topic", TOPIC))
                    .isGreaterThanOrEqualTo(after.value("sluice_topic_log_bytes", "topic", TOPIC));
            assertThat(last.value("sluice_group_lag_records", "group", "billing", "topic", TOPIC))
                    .isEqualTo(50.0);
            assertThat(last.value("sluice_groups", "type", "classic", "state", "Empty"))
                    .isEqualTo(1.0);
            assertThat(
                            last.value(
                                    "sluice_coordinator_load_duration_seconds_count",
                                    "topic",
                                    "__consumer_offsets"))
                    .isPositive();
            assertThat(last.value("sluice_request_defects_total")).isZero();
            assertThat(last.value("sluice_metric_failures_total")).isZero();
        }
    }

    private static double flushes(Exposition page, BrokerProcess broker) {
        return page.value(
                "sluice_flush_duration_seconds_count",
                "directory",
                broker.data().toAbsolutePath().toString());
    }

    @Test
    void errorsAreCountedByApiAndName() throws Exception {
        try (BrokerProcess broker =
                        BrokerProcess.start(home, HTTP, "auto.create.topics.enable=false");
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            assertThat(admin.describeTopics(List.of("nowhere")).allTopicNames()).failsWithin(LIMIT);
            assertThat(
                            Tools.scrape(broker.toolsAddress())
                                    .value(
                                            "sluice_request_errors_total",
                                            "api",
                                            "describe_topic_partitions",
                                            "error",
                                            "UNKNOWN_TOPIC_OR_PARTITION"))
                    .isPositive();
        }
    }

    @Test
    void aClusterTellsOfABrokerThatIsKilledAndComesBack() throws Exception {
        try (ClusterProcesses cluster =
                ClusterProcesses.start(home, 3, HTTP, "min.insync.replicas=2")) {
            create(cluster.bootstrap(), 6, 3);
            produce(cluster.bootstrap(), 500);
            List<String> all = IntStream.rangeClosed(1, 3).mapToObj(cluster::tools).toList();
            assertThat(sum(all, page -> page.value("sluice_controller_active"))).isEqualTo(1.0);
            assertThat(sum(all, page -> page.value("sluice_topic_leaders", "topic", TOPIC)))
                    .isEqualTo(6.0);
            assertThat(sum(all, page -> page.value("sluice_replicated_in_bytes_total")))
                    .isPositive();
            assertThat(sum(all, page -> page.value("sluice_replica_fetches_total"))).isPositive();
            assertThat(sum(all, page -> page.value("sluice_partitions_under_replicated"))).isZero();
            double elected = sum(all.subList(0, 2), MetricsTest::elections);

            cluster.broker(3).kill();
            List<String> left = all.subList(0, 2);
            Await.until(
                    "it is fenced and missed",
                    LIMIT,
                    () ->
                            Tools.scrape(left.getFirst())
                                                    .value(
                                                            "sluice_cluster_brokers",
                                                            "state",
                                                            "fenced")
                                            == 1.0
                                    && sum(
                                                    left,
                                                    page ->
                                                            page.value(
                                                                    "sluice_partitions_under_replicated"))
                                            >= 6.0
                                    && sum(left, page -> page.value("sluice_controller_active"))
                                            == 1.0);
            assertThat(sum(left, page -> page.value("sluice_topic_leaders", "topic", TOPIC)))
                    .isEqualTo(6.0);
            assertThat(sum(left, page -> page.value("sluice_partitions_at_min_isr"))).isPositive();
            assertThat(sum(left, MetricsTest::elections)).isGreaterThan(elected);
            assertThat(sum(left, page -> isrChanges(page, "shrink"))).isPositive();

            cluster.broker(3).restart();
            cluster.broker(3).awaitServing();
            Await.until(
                    "all replicas are in sync",
                    LIMIT,
                    () ->
                            sum(left, page -> page.value("sluice_partitions_under_replicated"))
                                    == 0.0);
            assertThat(sum(left, page -> isrChanges(page, "expand"))).isPositive();
        }
    }

    private static double elections(Exposition page) {
        return page.value("sluice_leader_elections_total", "kind", "clean");
    }

    private static double isrChanges(Exposition page, String change) {
        return page.value("sluice_isr_changes_total", "change", change);
    }

    private static double sum(List<String> brokers, ToDoubleFunction<Exposition> value) {
        return brokers.stream().map(Tools::scrape).mapToDouble(value).sum();
    }

    @Test
    void everyMetricIsDocumentedAndNoOther() throws IOException {
        Path root = Path.of(System.getProperty("sluice.root"));
        Set<String> known = new TreeSet<>();
        for (String module : List.of("engine", "storage", "transport", "kafka", "http")) {
            try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src/main/java"))) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .forEach(file -> known.addAll(found(file)));
            }
        }
        Set<String> documented = found(root.resolve("docs/operating/metrics.md"));
        documented.removeIf(name -> name.matches(".*_(bucket|count|sum)$"));
        assertThat(documented).isEqualTo(known);
    }

    private static Set<String> found(Path file) {
        try {
            Set<String> names = new TreeSet<>();
            Matcher metric = METRIC.matcher(Files.readString(file));
            while (metric.find()) {
                names.add(metric.group());
            }
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void create(String bootstrap, int partitions, int replicas) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, partitions, (short) replicas)))
                    .all()
                    .get();
        }
    }

    private static void produce(String bootstrap, int count) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(TOPIC, new byte[100]));
            }
        }
    }

    private static void consume(String bootstrap, int count) {
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                bootstrap,
                                "group.id",
                                "billing",
                                "enable.auto.commit",
                                "false",
                                "auto.offset.reset",
                                "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            int[] read = new int[1];
            Await.until(
                    "all is read",
                    LIMIT,
                    () -> {
                        read[0] += consumer.poll(Duration.ofMillis(200)).count();
                        return read[0] >= count;
                    });
            consumer.commitSync();
        }
    }
}
