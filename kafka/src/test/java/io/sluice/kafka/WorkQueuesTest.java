package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Order by key, priority, time to live and retry by the unmodified KafkaShareConsumer. */
final class WorkQueuesTest extends QueueClients {

    @Override
    Map<String, Object> producerSettings() {
        return Map.of("compression.type", "lz4", "linger.ms", "5");
    }

    private void send(String topic, @Nullable String key, String value, String... headers) {
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, key, value);
        for (int i = 0; i < headers.length; i += 2) {
            record.headers().add(headers[i], headers[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        producer.send(record);
    }

    // ---- order by key

    /** What members of a group see of keys, all at once. */
    private static final class Keys {
        final Set<String> out = ConcurrentHashMap.newKeySet();
        final Map<String, List<Long>> offsets = new ConcurrentHashMap<>();
        final List<String> wrongs = new CopyOnWriteArrayList<>();
        final AtomicInteger left;

        Keys(int records) {
            left = new AtomicInteger(records);
        }

        void came(ConsumerRecord<String, String> record) {
            if (!out.add(record.key())) {
                wrongs.add("two of %s are out".formatted(record.key()));
            }
            offsets.computeIfAbsent(record.key(), key -> new CopyOnWriteArrayList<>())
                    .add(record.offset());
        }
    }

    private @Nullable Void work(String group, Keys keys) {
        try (KafkaShareConsumer<String, String> member =
                member(group, Map.of("max.poll.records", 20))) {
            long end = System.nanoTime() + WAIT_NANOS;
            while (keys.left.get() > 0 && System.nanoTime() < end) {
                List<ConsumerRecord<String, String>> records = new ArrayList<>();
                member.poll(POLL).forEach(records::add);
                records.forEach(keys::came);
                records.forEach(record -> {
                    keys.out.remove(record.key());
                    member.acknowledge(record, AcknowledgeType.ACCEPT);
                });
                member.commitSync();
                keys.left.addAndGet(-records.size());
            }
        }
        return null;
    }

    @Test
    void oneStuckKeyAmongManyStopsNoOtherAndEachHasItsOrder() throws Exception {
        begin("stuck", Map.of("sluice.queue.order", "key"));
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 20; i++) {
                send("stuck", "stuck", round + "." + i);
            }
            for (int key = 0; key < 100; key++) {
                send("stuck", "key-" + key, Integer.toString(round));
            }
        }
        producer.flush();
        try (KafkaShareConsumer<String, String> holder =
                        member("stuck", Map.of("max.poll.records", 1));
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<ConsumerRecord<String, String>> held = pollAtLeast(holder, 1);
            assertThat(held).hasSize(1).first().extracting("key").isEqualTo("stuck");
            Keys keys = new Keys(1_000);
            Callable<@Nullable Void> work = () -> work("stuck", keys);
            List<Future<@Nullable Void>> all = threads.invokeAll(List.of(work, work, work, work));
            for (Future<@Nullable Void> one : all) {
                one.get();
            }
            assertThat(keys.wrongs).isEmpty();
            assertThat(keys.left.get()).isZero();
            assertThat(keys.offsets).hasSize(100).doesNotContainKey("stuck");
            keys.offsets.values().forEach(offsets -> assertThat(offsets).hasSize(10).isSorted());
            settle(holder, held, AcknowledgeType.ACCEPT);
            for (int i = 1; i < 5; i++) {
                List<ConsumerRecord<String, String>> next = pollAtLeast(holder, 1);
                assertThat(values(next)).containsExactly("0." + i);
                settle(holder, next, AcknowledgeType.ACCEPT);
            }
        }
    }

    // ---- priority

    @Test
    void aRecordWorthMoreComesBeforeFiftyThousandOthers() throws Exception {
        begin("priority", Map.of("sluice.queue.priority", "true"));
        for (int i = 0; i < 50_000; i++) {
            send("priority", null, Integer.toString(i));
        }
        send("priority", null, "low", "sluice-priority", "1");
        send("priority", null, "urgent", "sluice-priority", "9");
        producer.flush();
        try (KafkaShareConsumer<String, String> member = member("priority", Map.of())) {
            List<ConsumerRecord<String, String>> first = pollAtLeast(member, 1);
            assertThat(values(first)).containsExactly("urgent");
            settle(member, first, AcknowledgeType.RELEASE);
            List<ConsumerRecord<String, String>> again = pollAtLeast(member, 1);
            assertThat(values(again)).containsExactly("urgent");
            assertThat(again.getFirst().deliveryCount()).hasValue((short) 2);
            settle(member, again, AcknowledgeType.ACCEPT);
            List<ConsumerRecord<String, String>> low = pollAtLeast(member, 1);
            assertThat(values(low)).containsExactly("low");
            settle(member, low, AcknowledgeType.ACCEPT);
            List<ConsumerRecord<String, String>> others = pollAtLeast(member, 100);
            assertThat(values(others)).startsWith("0", "1", "2");
            settle(member, others, AcknowledgeType.ACCEPT);
        }
    }

    // ---- time to live

    @Test
    void whatExpiredIsADeadLetterAndNotDelivered() throws Exception {
        begin(
                "ttl",
                Map.of(
                        "sluice.queue.ttl.ms",
                        "600000",
                        "errors.deadletterqueue.topic.name",
                        "dlq.ttl"));
        send("ttl", "a", "over", "sluice-ttl", "PT0.001S");
        send("ttl", "b", "over", "sluice-expires-at", "1");
        send("ttl", "c", "stays");
        send("ttl", "d", "stays, as nobody knows when that is", "sluice-ttl", "soon");
        producer.send(new ProducerRecord<>("ttl", 0, 1_000L, "e", "old"));
        producer.flush();
        try (KafkaShareConsumer<String, String> member = member("ttl", Map.of());
                KafkaConsumer<String, String> dead = dead("dlq.ttl")) {
            List<ConsumerRecord<String, String>> got = pollAtLeast(member, 2);
            assertThat(got).extracting(ConsumerRecord::key).containsExactly("c", "d");
            settle(member, got, AcknowledgeType.ACCEPT);
            Map<String, String> reasons = new TreeMap<>();
            long end = System.nanoTime() + WAIT_NANOS;
            while (reasons.size() < 3 && System.nanoTime() < end) {
                for (ConsumerRecord<String, String> letter : dead.poll(POLL)) {
                    reasons.put(letter.key(), header(letter, "sluice-dead-reason"));
                }
            }
            assertThat(reasons).isEqualTo(Map.of("a", "expired", "b", "expired", "e", "expired"));
        }
    }

    private KafkaConsumer<String, String> dead(String topic) {
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        new StringDeserializer(),
                        new StringDeserializer());
        consumer.assign(List.of(new TopicPartition(topic, 0)));
        consumer.seekToBeginning(consumer.assignment());
        return consumer;
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        Header header = requireNonNull(record.headers().lastHeader(name));
        return new String(header.value(), StandardCharsets.UTF_8);
    }

    // ---- retry

    @Test
    void aReleasedRecordWaitsAndOthersGoOnMeanwhile() throws Exception {
        begin(
                "retry",
                Map.of(
                        "sluice.queue.retry.backoff",
                        "fixed",
                        "sluice.queue.retry.backoff.initial.ms",
                        "2000"));
        send("retry", null, "fails");
        producer.flush();
        try (KafkaShareConsumer<String, String> member = member("retry", Map.of())) {
            List<ConsumerRecord<String, String>> first = pollAtLeast(member, 1);
            long releasedNanos = System.nanoTime();
            settle(member, first, AcknowledgeType.RELEASE);
            send("retry", null, "other");
            producer.flush();
            List<ConsumerRecord<String, String>> meanwhile = pollAtLeast(member, 1);
            assertThat(values(meanwhile)).containsExactly("other");
            settle(member, meanwhile, AcknowledgeType.ACCEPT);
            List<ConsumerRecord<String, String>> again = pollAtLeast(member, 1);
            assertThat(values(again)).containsExactly("fails");
            assertThat(System.nanoTime() - releasedNanos).isGreaterThanOrEqualTo(2_000_000_000L);
            settle(member, again, AcknowledgeType.ACCEPT);
        }
    }

    // ---- settings

    @Test
    void theOrderChangesWhileTheQueueServes() throws Exception {
        begin("changes", Map.of());
        for (int i = 0; i < 6; i++) {
            send("changes", "one key", Integer.toString(i));
        }
        producer.flush();
        try (KafkaShareConsumer<String, String> member = member("changes", Map.of())) {
            List<ConsumerRecord<String, String>> all = pollAtLeast(member, 6);
            settle(member, all, AcknowledgeType.RELEASE);
            set(ConfigResource.Type.GROUP, "changes", Map.of("sluice.queue.order", "key"));
            for (int i = 0; i < 3; i++) {
                List<ConsumerRecord<String, String>> one = pollAtLeast(member, 1);
                if (one.size() > 1) { // taken before the order changed: nobody's since
                    one.forEach(record -> member.acknowledge(record, AcknowledgeType.RELEASE));
                    member.commitSync();
                    i--;
                    continue;
                }
                assertThat(values(one)).containsExactly(Integer.toString(i));
                settle(member, one, AcknowledgeType.ACCEPT);
            }
        }
    }

    @Test
    void whatMakesNoSenseIsRefusedWithItsRemedy() {
        Map<String, String> wrongs =
                Map.of(
                        "sluice.queue.order", "fifo",
                        "sluice.queue.priority", "9",
                        "sluice.queue.ttl.ms", "-2",
                        "sluice.queue.retry.backoff", "linear",
                        "sluice.queue.retry.backoff.initial.ms", "0",
                        "sluice.queue.retry.backoff.factor", "0.5",
                        "sluice.queue.retry.backoff.jitter", "2");
        Set<String> remedies = new HashSet<>();
        wrongs.forEach((key, value) ->
                assertThatThrownBy(
                                () -> set(ConfigResource.Type.GROUP, "wrong", Map.of(key, value)))
                        .hasMessageContaining(key + "=" + value + " is not valid: give ")
                        .satisfies(error -> remedies.add(requireNonNull(error.getMessage()))));
        assertThat(remedies).hasSize(wrongs.size());
        assertThatThrownBy(() ->
                        set(
                                ConfigResource.Type.GROUP,
                                "wrong",
                                Map.of("sluice.queue.retry.backoff.initial.ms", "70000")))
                .hasMessageContaining(
                        "initial.ms=70000 is more than sluice.queue.retry.backoff.max.ms=60000");
    }
}
