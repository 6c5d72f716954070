package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Members come, go and die while the broker is killed again and again, so that a kill meets every
 * phase of a rebalance. Afterwards everything was read, and what was committed is the end.
 */
final class GroupKillTest {

    private static final int PARTITIONS = 6;
    private static final int RECORDS = 3_000;
    private static final int MEMBERS = 3;
    private static final int KILLS = 5;
    private static final String TOPIC = "chaos";
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final Random random = new Random(20_261_121);
    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();
    private final List<Throwable> faults = new ArrayList<>();
    private final AtomicInteger lives = new AtomicInteger();
    private volatile boolean quiet;
    private volatile boolean over;

    @ParameterizedTest
    @ValueSource(strings = {"classic", "consumer"})
    void everythingIsReadAndCommitted(String protocol, @TempDir Path home) throws Exception {
        try (BrokerProcess broker =
                BrokerProcess.start(
                        home,
                        "offsets.topic.num.partitions=3",
                        "group.initial.rebalance.delay.ms=0",
                        "group.min.session.timeout.ms=2000",
                        "group.consumer.session.timeout.ms=2000",
                        "group.consumer.heartbeat.interval.ms=200")) {
            Clients.createTopic(broker.bootstrap(), TOPIC, PARTITIONS, Map.of());
            List<Thread> members = new ArrayList<>();
            for (int i = 0; i < MEMBERS; i++) {
                long seed = random.nextLong();
                members.add(
                        Thread.ofPlatform().start(() -> live(broker, protocol, new Random(seed))));
            }
            try (KafkaProducer<byte[], byte[]> producer =
                    Clients.producer(broker.bootstrap(), Map.of())) {
                for (int kill = 0; kill < KILLS; kill++) {
                    send(producer, kill * RECORDS / KILLS, (kill + 1) * RECORDS / KILLS);
                    pause(random.nextInt(1_500));
                    broker.kill();
                    broker.restart();
                }
                producer.flush();
            }
            quiet = true;
            Await.until("all records", LIMIT, () -> seen.size() == RECORDS || !faults.isEmpty());
            Map<TopicPartition, Long> committed = committed(broker, protocol);
            over = true;
            for (Thread member : members) {
                member.join(LIMIT.toMillis());
                assertThat(member.isAlive()).isFalse();
            }
            assertThat(faults).isEmpty();
            assertThat(committed.values().stream().mapToLong(one -> one).sum()).isEqualTo(RECORDS);
            assertThat(lives.get()).as("members came and went").isGreaterThan(MEMBERS);
        }
    }

    /** A kill may come before the group has heard that its topic went. */
    @Test
    void offsetsOfATopicThatWasMadeAgainDoNotReturn(@TempDir Path home) throws Exception {
        TopicPartition partition = new TopicPartition(TOPIC, 0);
        try (BrokerProcess broker = BrokerProcess.start(home, "offsets.topic.num.partitions=1");
                Admin admin = Clients.admin(broker.bootstrap())) {
            Clients.createTopic(broker.bootstrap(), TOPIC, 1, Map.of());
            for (int round = 0; round < KILLS; round++) {
                Map<TopicPartition, OffsetAndMetadata> seven =
                        Map.of(partition, new OffsetAndMetadata(7));
                admin.alterConsumerGroupOffsets("g", seven).all().get();
                assertThat(offsets(admin)).isEqualTo(seven);
                if (round % 2 == 0) {
                    broker.kill(); // what was stored is read again, with its id
                    broker.restart();
                    assertThat(offsets(admin)).isEqualTo(seven);
                }
                admin.deleteTopics(List.of(TOPIC)).all().get();
                Clients.createTopic(broker.bootstrap(), TOPIC, 1, Map.of());
                broker.kill();
                broker.restart();
                assertThat(offsets(admin)).as("round %d", round).isEmpty();
            }
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin) throws Exception {
        return admin.listConsumerGroupOffsets("g").partitionsToOffsetAndMetadata().get();
    }

    private static void pause(int ms) throws InterruptedException {
        assertThat(new CountDownLatch(1).await(ms, TimeUnit.MILLISECONDS)).isFalse();
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, int from, int to) {
        for (int i = from; i < to; i++) {
            byte[] value = ByteBuffer.allocate(4).putInt(i).array();
            producer.send(new ProducerRecord<>(TOPIC, i % PARTITIONS, null, value));
        }
    }

    /** One member after the other, each for a while; they commit what they have read. */
    private void live(BrokerProcess broker, String protocol, Random chance) {
        try {
            while (!over) {
                lives.incrementAndGet();
                try (KafkaConsumer<byte[], byte[]> member = member(broker, protocol)) {
                    member.subscribe(List.of(TOPIC));
                    for (int polls = 5 + chance.nextInt(40);
                            (quiet || polls > 0) && !over;
                            polls--) {
                        for (ConsumerRecord<byte[], byte[]> record :
                                member.poll(Duration.ofMillis(50))) {
                            seen.add(ByteBuffer.wrap(record.value()).getInt());
                        }
                        commit(member);
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            synchronized (faults) {
                faults.add(e);
            }
        }
    }

    private static void commit(KafkaConsumer<byte[], byte[]> member) {
        try {
            member.commitSync(Duration.ofSeconds(5));
        } catch (KafkaException e) {
            // It is no member of this generation any more, or nobody answers: it reads again.
        }
    }

    private static KafkaConsumer<byte[], byte[]> member(BrokerProcess broker, String protocol) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("group.id", "chaos");
        settings.put("group.protocol", protocol);
        settings.put("enable.auto.commit", "false");
        if (protocol.equals("classic")) {
            settings.put("session.timeout.ms", "2000");
            settings.put("heartbeat.interval.ms", "200");
        }
        return Clients.consumer(broker.bootstrap(), settings);
    }

    /** Once they reach the end of all partitions. */
    private static Map<TopicPartition, Long> committed(BrokerProcess broker, String protocol) {
        Set<TopicPartition> all = new HashSet<>();
        for (int i = 0; i < PARTITIONS; i++) {
            all.add(new TopicPartition(TOPIC, i));
        }
        Map<TopicPartition, Long> found = new HashMap<>();
        try (KafkaConsumer<byte[], byte[]> reader = member(broker, "classic")) {
            Await.until(
                    "all is committed, with " + protocol,
                    LIMIT,
                    () -> {
                        reader.committed(all)
                                .forEach((partition, offset) ->
                                        found.put(partition, offsetOf(offset)));
                        return found.values().stream().mapToLong(one -> one).sum() == RECORDS;
                    });
        }
        return found;
    }

    private static long offsetOf(@Nullable OffsetAndMetadata offset) {
        return offset == null ? 0L : offset.offset();
    }
}
