package io.sluice.system.operating;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of queues and delayed messages of a real broker, with stock clients. */
final class QueueMetricsTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String TOPIC = "jobs";
    private static final String GROUP = "workers";

    private static final String[] SETTINGS = {
        "sluice.http.listener=HTTP://127.0.0.1:0",
        "share.coordinator.state.topic.num.partitions=3",
        "offsets.topic.num.partitions=3",
        "group.share.heartbeat.interval.ms=500",
        "group.share.record.lock.duration.ms=60000"
    };

    @Test
    void queuesTellWhatIsDoneToThem(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            String kafka = broker.bootstrap();
            String http = broker.toolsAddress();
            prepare(kafka);
            produce(kafka, 20, Map.of());
            try (KafkaShareConsumer<byte[], byte[]> member = member(kafka)) {
                member.subscribe(List.of(TOPIC));
                List<ConsumerRecord<byte[], byte[]>> got = new ArrayList<>();
                Await.until(
                        "it got ten",
                        LIMIT,
                        () -> {
                            member.poll(Duration.ofMillis(200)).forEach(got::add);
                            return !got.isEmpty();
                        });
                assertThat(got).hasSize(10);
                Exposition held = Tools.scrape(http);
                assertThat(of(held, "locked_records")).isEqualTo(10);
                assertThat(of(held, "deliveries_total")).isEqualTo(10);
                assertThat(of(held, "dead_letters_total")).isZero();
                assertThat(held.value("sluice_queues_at_work")).isEqualTo(1);

                for (int i = 0; i < 10; i++) {
                    member.acknowledge(got.get(i), type(i));
                }
                member.commitSync(Duration.ofSeconds(30));
                Await.until(
                        "letters are written, and what is done is remembered",
                        LIMIT,
                        () -> {
                            Exposition page = Tools.scrape(http);
                            return of(page, "dead_letters_total") == 2
                                    && of(page, "dead_letters_waiting") == 0
                                    && of(page, "backlog_records") == 12;
                        });
                Exposition after = Tools.scrape(http);
                assertThat(outcome(after, "accepted")).isEqualTo(6);
                assertThat(outcome(after, "released")).isEqualTo(2);
                assertThat(outcome(after, "rejected")).isEqualTo(2);
                assertThat(of(after, "retry_records")).isEqualTo(2);
                assertThat(dead(after, "rejected")).isEqualTo(2);
                assertThat(dead(after, "expired")).isZero();
                assertThat(after.value("sluice_queues")).isEqualTo(1);
            }
            broker.kill();
            broker.restart();
            Await.until(
                    "the backlog is known though nobody reads",
                    LIMIT,
                    () -> {
                        Exposition page = Tools.scrape(broker.toolsAddress());
                        return page.value("sluice_queues_at_work") == 0
                                && of(page, "backlog_records") == 12;
                    });
        }
    }

    private static AcknowledgeType type(int place) {
        return place < 6
                ? AcknowledgeType.ACCEPT
                : place < 8 ? AcknowledgeType.RELEASE : AcknowledgeType.REJECT;
    }

    @Test
    void delayedMessagesAreToldByTopic(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            String kafka = broker.bootstrap();
            String http = broker.toolsAddress();
            prepare(kafka);
            produce(kafka, 7, Map.of("sluice-delay", "P1D"));
            produce(kafka, 3, Map.of("sluice-delay", "1"));
            Await.until(
                    "three are delivered",
                    LIMIT,
                    () -> {
                        Exposition page = Tools.scrape(http);
                        return page.value("sluice_schedule_delivered_total") == 3
                                && page.value("sluice_topic_scheduled_messages", "topic", TOPIC)
                                        == 7;
                    });
            Exposition page = Tools.scrape(http);
            assertThat(page.value("sluice_schedule_lateness_seconds_count")).isEqualTo(3);
            assertThat(page.value("sluice_schedule_overdue_seconds")).isZero();
            assertThat(page.value("sluice_topic_schedule_overdue_seconds", "topic", TOPIC))
                    .isZero();
            assertThat(page.value("sluice_schedule_loading_partitions")).isZero();
            assertThat(page.value("sluice_schedule_topics_left_out")).isZero();
        }
    }

    private static double of(Exposition page, String name) {
        return page.value("sluice_queue_" + name, "group", GROUP, "topic", TOPIC);
    }

    private static double outcome(Exposition page, String word) {
        return page.value(
                "sluice_queue_delivery_outcomes_total",
                "group",
                GROUP,
                "topic",
                TOPIC,
                "outcome",
                word);
    }

    private static double dead(Exposition page, String word) {
        return page.value(
                "sluice_queue_dead_records_total", "group", GROUP, "topic", TOPIC, "reason", word);
    }

    private static void prepare(String bootstrap) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, GROUP),
                                    List.of(
                                            set("share.auto.offset.reset", "earliest"),
                                            set("errors.deadletterqueue.topic.name", "dlq.jobs"),
                                            set("sluice.queue.retry.backoff", "fixed"),
                                            set("sluice.queue.retry.backoff.initial.ms", "60000"))))
                    .all()
                    .get();
        }
    }

    private static AlterConfigOp set(String name, String value) {
        return new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET);
    }

    private static void produce(String bootstrap, int count, Map<String, String> headers) {
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrap),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
            for (int i = 0; i < count; i++) {
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(TOPIC, new byte[10]);
                headers.forEach((name, value) -> record.headers().add(name, value.getBytes(UTF_8)));
                producer.send(record);
            }
        }
    }

    private static KafkaShareConsumer<byte[], byte[]> member(String bootstrap) {
        return new KafkaShareConsumer<>(
                Map.of(
                        "bootstrap.servers",
                        bootstrap,
                        "group.id",
                        GROUP,
                        "share.acknowledgement.mode",
                        "explicit",
                        "share.acquire.mode",
                        "record_limit",
                        "max.poll.records",
                        10),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }
}
