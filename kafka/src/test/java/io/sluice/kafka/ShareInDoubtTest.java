package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A queue of the first broker is remembered by the second one, which cannot be reached, or not be
 * heard, just when a stock share consumer says what became of its records: what was said is in
 * doubt then, for the broker and for the member.
 */
final class ShareInDoubtTest {

    private static final String TOPIC = "work";
    private static final int RECORDS = 10;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long WAIT_NANOS = 30_000_000_000L;

    /** Longer than a broker waits for another one that keeps a queue's state. */
    private static final long LOST_MS = 16_000;

    private TwoBrokers brokers;
    private Admin admin;
    private String group;
    private KafkaShareConsumer<String, String> member;

    /** What was told of records, by value: the delivery counts, in order. */
    private final Map<String, List<Integer>> deliveries = new TreeMap<>();

    /** What the member was told is taken; nobody may see it again. */
    private final TreeSet<Long> accepted = new TreeSet<>();

    /** What is said to be released, for now. */
    private final TreeSet<Long> released = new TreeSet<>();

    private final List<Exception> errors = new ArrayList<>();

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home, 2);
        brokers.createTopic(TOPIC, true);
        admin = Admin.create(Map.of("bootstrap.servers", brokers.first.bootstrap()));
        group = groupOfBoth();
        admin.incrementalAlterConfigs(
                        Map.of(
                                new ConfigResource(ConfigResource.Type.GROUP, group),
                                List.of(
                                        new AlterConfigOp(
                                                new ConfigEntry(
                                                        "share.auto.offset.reset", "earliest"),
                                                AlterConfigOp.OpType.SET))))
                .all()
                .get();
        send(0, RECORDS);
        member = join(Map.of("share.acknowledgement.mode", "explicit"));
    }

    @AfterEach
    void stop() throws Exception {
        brokers.toSecond.mend();
        member.close();
        admin.close();
        brokers.close();
    }

    /** The queue's state is at the second broker. */
    private String groupOfBoth() throws Exception {
        for (int i = 0; ; i++) {
            String queue = "workers" + i + ":" + brokers.topic(TOPIC).id() + ":0";
            if (brokers.coordinator((byte) 2, queue) == SECOND) {
                return "workers" + i;
            }
        }
    }

    private void send(int from, int to) {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", brokers.first.bootstrap()),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(TOPIC, 0, null, "v" + i));
            }
        }
    }

    private KafkaShareConsumer<String, String> join(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", brokers.first.bootstrap());
        config.put("group.id", group);
        KafkaShareConsumer<String, String> made =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer());
        made.setAcknowledgementCommitCallback((offsets, error) -> {
            if (error != null) {
                errors.add(error);
            } else {
                offsets.values().forEach(accepted::addAll);
                accepted.removeAll(released);
            }
        });
        made.subscribe(List.of(TOPIC));
        return made;
    }

    /** Polls once; what was accepted for sure does not come, and no delivery is counted twice. */
    private List<ConsumerRecord<String, String>> poll() {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        for (ConsumerRecord<String, String> one : member.poll(POLL)) {
            got.add(one);
            assertThat(accepted).as("I-24").doesNotContain(one.offset());
            List<Integer> counts =
                    deliveries.computeIfAbsent(one.value(), none -> new ArrayList<>());
            int count = one.deliveryCount().orElseThrow();
            assertThat(count).as("I-25").isGreaterThan(counts.isEmpty() ? 0 : counts.getLast());
            counts.add(count);
        }
        return got;
    }

    private List<ConsumerRecord<String, String>> take(int count) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.isEmpty() && System.nanoTime() < end) {
            got.addAll(poll());
        }
        assertThat(got).hasSize(count);
        return got;
    }

    private void pollUntil(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + WAIT_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            poll();
        }
    }

    private void awaitDone(long offset) throws Exception {
        QueueOffsets.awaitStart(admin, group, new TopicPartition(TOPIC, 0), offset, WAIT_NANOS);
    }

    /** Accepts the first half and releases the second one; what came of it within a second. */
    private void halfIsDone(List<ConsumerRecord<String, String>> records) {
        for (ConsumerRecord<String, String> one : records) {
            boolean done = one.offset() < RECORDS / 2;
            if (!done) {
                released.add(one.offset());
            }
            member.acknowledge(one, done ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
        }
        assertThatThrownBy(() -> member.commitSync(Duration.ofSeconds(1)))
                .as("it is not known, and said to be so")
                .isInstanceOf(TimeoutException.class);
    }

    private void theRestComesOnceMore() throws Exception {
        List<ConsumerRecord<String, String>> rest = take(RECORDS / 2);
        assertThat(rest).extracting(ConsumerRecord::value).containsExactly(values(RECORDS / 2));
        assertThat(rest).allMatch(one -> one.deliveryCount().orElseThrow() == 2);
        accept(rest);
        awaitDone(RECORDS);
    }

    private void accept(List<ConsumerRecord<String, String>> records) {
        released.clear();
        records.forEach(one -> member.acknowledge(one, AcknowledgeType.ACCEPT));
        assertThat(member.commitSync().values()).allMatch(error -> error.isEmpty());
    }

    private static String[] values(int from) {
        String[] values = new String[RECORDS - from];
        for (int i = 0; i < values.length; i++) {
            values[i] = "v" + (from + i);
        }
        return values;
    }

    @Test
    void aWriteThatComesLateAndAgainCountsOnce() throws Exception {
        List<ConsumerRecord<String, String>> records = take(RECORDS);
        brokers.toSecond.holdStill();
        halfIsDone(records);
        brokers.first.skip(LOST_MS); // it is written once more, over another connection
        brokers.toSecond.mend();
        theRestComesOnceMore();
    }

    @Test
    void aWriteWhoseAnswerIsLostCountsOnce() throws Exception {
        List<ConsumerRecord<String, String>> records = take(RECORDS);
        brokers.toSecond.holdAnswers();
        halfIsDone(records);
        brokers.toSecond.cut();
        brokers.toSecond.mend();
        theRestComesOnceMore();
    }

    /** What is accepted by the next poll goes along with ShareFetch, and its answer is lost. */
    @Test
    void aMemberThatHearsNoAnswerToItsFetchGoesOn() throws Exception {
        member.close();
        member = join(Map.of("request.timeout.ms", 2_000, "fetch.max.wait.ms", 500));
        take(RECORDS);
        brokers.toSecond.holdStill();
        pollUntil("the member is told", () -> !errors.isEmpty());
        assertThat(errors).allMatch(error -> error instanceof KafkaException);
        assertThat(accepted).isEmpty();
        brokers.toSecond.mend();
        send(RECORDS, 2 * RECORDS);
        pollUntil("the rest comes", () -> deliveries.size() == 2 * RECORDS);
        pollUntil("and is done", () -> accepted.contains(2L * RECORDS - 1));
        awaitDone(2L * RECORDS);
    }

    /** Its leader leads no more when the write arrives: it counts wholly, or not at all. */
    @Test
    void aWriteThatMeetsTheNextLeaderTakesNothingFromIt() throws Exception {
        List<ConsumerRecord<String, String>> records = take(RECORDS);
        brokers.awaitAll(one -> one.isr().size() == 2);
        brokers.toSecond.holdStill();
        halfIsDone(records);
        brokers.first.fallSilent();
        brokers.awaitAll(one -> one.leader() == SECOND);
        brokers.toSecond.mend();
        long end = System.nanoTime() + WAIT_NANOS;
        while (!accepted.contains(RECORDS - 1L) && System.nanoTime() < end) {
            List<ConsumerRecord<String, String>> again = poll();
            if (!again.isEmpty()) {
                assertThat(again.size()).isIn(RECORDS / 2, RECORDS);
                accept(again);
            }
        }
        awaitDone(RECORDS);
    }
}
