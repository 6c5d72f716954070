package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.ClusterProcesses;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Members of a share group that come and go, while the broker is killed again and again. */
final class ShareKillTest {

    private static final String TOPIC = "work";
    private static final String GROUP = "workers";
    private static final int PARTITIONS = 3;
    private static final int RECORDS = 3_000;
    private static final int MEMBERS = 4;
    private static final int KILLS = 4;

    /** Of each partition. */
    private static final int KEYS = 20;

    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Duration POLL = Duration.ofMillis(200);

    private final Random random = new Random(20_261_122);

    /** Records whose accept was acknowledged by the broker. */
    private final Set<Integer> accepted = ConcurrentHashMap.newKeySet();

    /** Records that somebody said to accept, whatever was answered. */
    private final Set<Integer> said = ConcurrentHashMap.newKeySet();

    private final List<String> wrongs = new CopyOnWriteArrayList<>();
    private volatile boolean over;

    /** Whether the group wants records of one key one after the other. */
    private boolean byKey;

    private static final String[] SETTINGS = {
        "share.coordinator.state.topic.num.partitions=3",
        "offsets.topic.num.partitions=3",
        "group.share.session.timeout.ms=3000",
        "group.share.heartbeat.interval.ms=500",
        "group.share.record.lock.duration.ms=3000",
        "group.share.delivery.count.limit=1000"
    };

    private static final Map<String, String> BY_KEY =
            Map.of(
                    "sluice.queue.order",
                    "key",
                    "sluice.queue.retry.backoff",
                    "exponential",
                    "sluice.queue.retry.backoff.initial.ms",
                    "5");

    private static void prepare(String bootstrap, int copies) throws Exception {
        prepare(bootstrap, copies, Map.of());
    }

    private static void prepare(String bootstrap, int copies, Map<String, String> more)
            throws Exception {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("share.auto.offset.reset", "earliest");
        List<AlterConfigOp> all = new ArrayList<>();
        settings.forEach((key, value) ->
                all.add(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        try (Admin admin = Clients.admin(bootstrap)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) copies)))
                    .all()
                    .get();
            admin.incrementalAlterConfigs(
                            Map.of(new ConfigResource(ConfigResource.Type.GROUP, GROUP), all))
                    .all()
                    .get();
        }
    }

    private static KafkaShareConsumer<byte[], byte[]> consumer(String bootstrap) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", GROUP);
        config.put("share.acknowledgement.mode", "explicit");
        config.put("max.poll.records", 50);
        KafkaShareConsumer<byte[], byte[]> consumer =
                new KafkaShareConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        consumer.subscribe(List.of(TOPIC));
        return consumer;
    }

    private static int number(ConsumerRecord<byte[], byte[]> record) {
        return ByteBuffer.wrap(record.value()).getInt();
    }

    private static void send(String bootstrap, int from, int to) {
        try (KafkaProducer<byte[], byte[]> producer = Clients.producer(bootstrap, Map.of())) {
            for (int i = from; i < to; i++) {
                producer.send(
                        new ProducerRecord<>(
                                TOPIC,
                                i % PARTITIONS,
                                ByteBuffer.allocate(4).putInt(i / PARTITIONS % KEYS).array(),
                                ByteBuffer.allocate(4).putInt(i).array()));
            }
        }
    }

    /** Kills a broker and starts it again. */
    private interface Kill {
        void run(int number);
    }

    @Test
    void whatWasAcceptedNeverReturnsAndAllElseIsDone(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            prepare(broker.bootstrap(), 1);
            workThrough(
                    broker.bootstrap(),
                    number -> {
                        broker.kill();
                        broker.restart();
                    });
        }
    }

    @Test
    void soItIsInTheOrderOfKeys(@TempDir Path home) throws Exception {
        byKey = true;
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            prepare(broker.bootstrap(), 1, BY_KEY);
            workThrough(
                    broker.bootstrap(),
                    number -> {
                        broker.kill();
                        broker.restart();
                    });
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "sluice.cluster.slow", matches = "true")
    void soItIsInTheOrderOfKeysInACluster(@TempDir Path home) throws Exception {
        byKey = true;
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, SETTINGS)) {
            prepare(cluster.bootstrap(), 3, BY_KEY);
            workThrough(cluster);
        }
    }

    @Test
    void soItIsInAClusterWhoseLeadersAreKilledInTurn(@TempDir Path home) throws Exception {
        try (ClusterProcesses cluster = ClusterProcesses.start(home, 3, SETTINGS)) {
            prepare(cluster.bootstrap(), 3);
            workThrough(cluster);
        }
    }

    private void workThrough(ClusterProcesses cluster) throws Exception {
        workThrough(
                cluster.bootstrap(),
                number -> {
                    BrokerProcess broker = cluster.broker(1 + number % cluster.size());
                    broker.kill();
                    broker.restart();
                });
    }

    private void workThrough(String bootstrap, Kill kill) throws Exception {
        List<Thread> members = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            long seed = random.nextLong();
            members.add(Thread.ofPlatform().start(() -> work(bootstrap, new Random(seed))));
        }
        for (int number = 0; number < KILLS; number++) {
            send(bootstrap, number * RECORDS / KILLS, (number + 1) * RECORDS / KILLS);
            int enough = (number + 1) * RECORDS / KILLS / 2;
            Await.until("some records", LIMIT, () -> accepted.size() >= enough);
            kill.run(number);
        }
        try (Admin admin = Clients.admin(bootstrap)) {
            Await.until(
                    "all records",
                    LIMIT,
                    () ->
                            !wrongs.isEmpty()
                                    || (said.size() == RECORDS && starts(admin) == RECORDS));
        }
        over = true;
        for (Thread member : members) {
            member.join(LIMIT.toMillis());
            assertThat(member.isAlive()).isFalse();
        }
        assertThat(wrongs).isEmpty();
        // What a killed broker did not answer may be done, or come again: the rest was told.
        assertThat(accepted.size()).isGreaterThan(RECORDS / 2);
    }

    /** One member after the other, some of which hold records when they go. */
    private void work(String bootstrap, Random chance) {
        while (!over) {
            try (KafkaShareConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
                for (int polls = 20 + chance.nextInt(60); polls > 0 && !over; polls--) {
                    workOnce(consumer, chance);
                }
            } catch (KafkaException gone) {
                // The broker was killed: another member takes its place.
            }
        }
    }

    private void workOnce(KafkaShareConsumer<byte[], byte[]> consumer, Random chance) {
        Map<TopicPartition, List<Integer>> taken = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            int number = number(record);
            if (accepted.contains(number)) {
                wrongs.add(
                        "record %d came again, delivery %s"
                                .formatted(number, record.deliveryCount()));
            }
            int before = number - PARTITIONS * KEYS;
            if (byKey && before >= 0 && !said.contains(before)) {
                wrongs.add("record %d came before %d of its key".formatted(number, before));
            }
            AcknowledgeType type =
                    chance.nextInt(4) == 0 ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT;
            consumer.acknowledge(record, type);
            if (type == AcknowledgeType.ACCEPT) {
                taken.computeIfAbsent(
                                new TopicPartition(record.topic(), record.partition()),
                                partition -> new ArrayList<>())
                        .add(number);
                said.add(number);
            }
        }
        Map<TopicIdPartition, Optional<KafkaException>> told =
                consumer.commitSync(Duration.ofSeconds(10));
        told.forEach((partition, error) -> {
            List<Integer> numbers = taken.get(partition.topicPartition());
            if (error.isEmpty() && numbers != null) {
                accepted.addAll(numbers);
            }
        });
    }

    /** What is done, as it is remembered; -1 while nobody can tell. */
    private static long starts(Admin admin) {
        try {
            Map<TopicPartition, SharePartitionOffsetInfo> offsets =
                    admin.listShareGroupOffsets(Map.of(GROUP, new ListShareGroupOffsetsSpec()))
                            .partitionsToOffsetInfo(GROUP)
                            .get();
            return offsets.values().stream().mapToLong(SharePartitionOffsetInfo::startOffset).sum();
        } catch (ExecutionException notNow) {
            return -1;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void deliveriesAndWhatIsDoneAreRememberedOverAKill(@TempDir Path home) throws Exception {
        try (BrokerProcess broker = BrokerProcess.start(home, SETTINGS)) {
            String bootstrap = broker.bootstrap();
            prepare(bootstrap, 1);
            send(bootstrap, 0, 30);
            try (KafkaShareConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
                poll(
                        consumer,
                        30,
                        record ->
                                number(record) % 2 == 0
                                        ? AcknowledgeType.ACCEPT
                                        : AcknowledgeType.RELEASE);
                broker.kill();
            }
            broker.restart();
            try (KafkaShareConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
                assertThat(poll(consumer, 15, record -> AcknowledgeType.ACCEPT))
                        .allMatch(record -> number(record) % 2 == 1)
                        .allMatch(record -> record.deliveryCount().orElseThrow() >= 2);
            }
            try (Admin admin = Clients.admin(bootstrap)) {
                assertThat(starts(admin)).isEqualTo(30);
            }
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> poll(
            KafkaShareConsumer<byte[], byte[]> consumer,
            int count,
            Function<ConsumerRecord<byte[], byte[]>, AcknowledgeType> what) {
        Map<Integer, ConsumerRecord<byte[], byte[]>> got = new TreeMap<>();
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (got.size() < count && System.nanoTime() < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                // What was released may come again before the rest came once.
                boolean again = got.putIfAbsent(number(record), record) != null;
                consumer.acknowledge(record, again ? AcknowledgeType.RELEASE : what.apply(record));
            }
        }
        assertThat(consumer.commitSync().values()).allMatch(Optional::isEmpty);
        assertThat(got.size()).isEqualTo(count);
        return List.copyOf(got.values());
    }
}
