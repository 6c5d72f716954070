package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What is taken down of what happens to records, as an unmodified consumer reads it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LedgerTest {

    private static final Duration POLL = Duration.ofMillis(100);
    private static final long WAIT_NANOS = 20_000_000_000L;
    private static final String LEDGER = "__sluice_ledger";

    private TestBroker broker;
    private Admin admin;
    private KafkaProducer<String, String> producer;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
        producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        new StringSerializer(),
                        new StringSerializer());
    }

    @AfterAll
    void stop() throws Exception {
        producer.close();
        admin.close();
        broker.close();
    }

    private void begin(String name, int records, Map<String, String> settings) throws Exception {
        broker.createTopic(name, 1, Map.of());
        Map<String, String> all = new TreeMap<>(settings);
        all.put("share.auto.offset.reset", "earliest");
        List<AlterConfigOp> ops = new ArrayList<>();
        all.forEach((key, value) ->
                ops.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(
                        Map.of(new ConfigResource(ConfigResource.Type.GROUP, name), ops))
                .all()
                .get();
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(name, Integer.toString(i)));
        }
        producer.flush();
    }

    private KafkaShareConsumer<String, String> member(String group, String client) {
        KafkaShareConsumer<String, String> consumer =
                new KafkaShareConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "group.id",
                                group,
                                "client.id",
                                client,
                                "share.acknowledgement.mode",
                                "explicit"),
                        new StringDeserializer(),
                        new StringDeserializer());
        consumer.subscribe(List.of(group));
        return consumer;
    }

    private static void take(
            KafkaShareConsumer<String, String> member, int count, AcknowledgeType type) {
        int got = 0;
        long end = System.nanoTime() + WAIT_NANOS;
        while (got < count && System.nanoTime() < end) {
            for (ConsumerRecord<String, String> record : member.poll(POLL)) {
                got++;
                member.acknowledge(record, type);
            }
        }
        assertThat(got).isEqualTo(count);
        member.commitSync();
    }

    /** Lines of the ledger until there are so many. */
    private List<String> lines(String values, int count) {
        List<String> lines = new ArrayList<>();
        try (KafkaConsumer<String, String> reader =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "client.rack",
                                "sluice:ledger" + values),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            TestBroker.awaitUntil(() -> broker.image().topics().containsKey(LEDGER));
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(new TopicPartition(LEDGER, i));
            }
            reader.assign(all);
            reader.seekToBeginning(all);
            long end = System.nanoTime() + WAIT_NANOS;
            while (lines.size() < count && System.nanoTime() < end) {
                reader.poll(POLL).forEach(record -> record.value().lines().forEach(lines::add));
            }
        }
        return lines;
    }

    private static String told(String line) {
        return line.replaceAll(
                "\\{\"time\":\\d+,\"event\":\"([a-z-]+)\".*\"first\":(\\d+),\"last\":(\\d+)"
                        + ",\"deliveries\":(\\d+),\"member\":\".+\",\"client\":\"(.*)\",\"address\":\"(.*)\"}",
                "$1 $2-$3 x$4 $5 $6");
    }

    @Test
    void whoGotARecordAndWhatCameOfItIsTold() throws Exception {
        begin("told", 10, Map.of());
        try (KafkaShareConsumer<String, String> member = member("told", "worker-1")) {
            take(member, 10, AcknowledgeType.RELEASE);
        }
        try (KafkaShareConsumer<String, String> member = member("told", "worker-2")) {
            take(member, 10, AcknowledgeType.ACCEPT);
        }
        assertThat(lines(";topic=told;partition=0;offset=7", 4).stream().map(LedgerTest::told))
                .containsExactly(
                        "taken 0-9 x1 worker-1 127.0.0.1",
                        "released 0-9 x1 worker-1 127.0.0.1",
                        "taken 0-9 x2 worker-2 127.0.0.1",
                        "accepted 0-9 x2 worker-2 127.0.0.1");
        assertThat(lines(";group=told;client=worker-2", 2)).hasSize(2);
        assertThat(lines(";group=told;since=" + System.currentTimeMillis() / 2, 4)).hasSize(4);
    }

    @Test
    void aLeaverAndADeathAreTold() throws Exception {
        begin("ends", 1, Map.of("share.delivery.count.limit", "2"));
        KafkaShareConsumer<String, String> gone = member("ends", "goes");
        while (gone.poll(POLL).isEmpty()) {
            assertThat(gone.subscription()).isNotEmpty();
        }
        gone.close();
        try (KafkaShareConsumer<String, String> member = member("ends", "stays")) {
            take(member, 1, AcknowledgeType.REJECT);
        }
        List<String> told = lines(";group=ends", 3).stream().map(LedgerTest::told).toList();
        assertThat(told.getFirst()).isEqualTo("taken 0-0 x1 goes 127.0.0.1");
        assertThat(told.getLast()).matches("rejected 0-0 x[12] stays 127.0.0.1");
    }

    @Test
    void aGroupThatWantsNoneHasNone() throws Exception {
        begin("quiet", 3, Map.of("sluice.queue.ledger.enable", "false"));
        begin("loud", 3, Map.of());
        try (KafkaShareConsumer<String, String> quiet = member("quiet", "q");
                KafkaShareConsumer<String, String> loud = member("loud", "l")) {
            take(quiet, 3, AcknowledgeType.ACCEPT);
            take(loud, 3, AcknowledgeType.ACCEPT);
        }
        assertThat(lines(";group=loud", 2)).hasSize(2);
        assertThat(lines("", 2).stream().filter(line -> line.contains("\"quiet\""))).isEmpty();
    }
}
