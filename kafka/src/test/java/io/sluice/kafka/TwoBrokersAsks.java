package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Stock clients of queues of two brokers that ask before they redeliver. */
final class TwoBrokersAsks implements AutoCloseable {

    /** Longer than a test may take: who gets a record before got it by an answer. */
    static final String LONG = "600000";

    static final Duration POLL = Duration.ofMillis(200);
    static final long WAIT_NANOS = 25_000_000_000L;

    private static final String QUESTION = "sluice-question";
    private static final byte GROUP = 0;
    private static final byte QUEUE = 2;

    final Admin admin;
    private final TwoBrokers brokers;
    private final KafkaProducer<String, String> producer;
    private final List<KafkaShareConsumer<String, String>> members = new ArrayList<>();

    TwoBrokersAsks(TwoBrokers brokers) {
        this.brokers = brokers;
        admin = Admin.create(config());
        // What is sent together is one batch for each partition.
        Map<String, Object> lingering = new HashMap<>(config());
        lingering.put("linger.ms", 60_000);
        producer = new KafkaProducer<>(lingering, new StringSerializer(), new StringSerializer());
    }

    /** Clients find the second broker by what the first one tells. */
    private Map<String, Object> config() {
        return Map.of("bootstrap.servers", brokers.first.bootstrap());
    }

    void set(String group, String askTopic, String timeoutMs) throws Exception {
        List<AlterConfigOp> all = new ArrayList<>();
        Map.of(
                        "share.auto.offset.reset",
                        "earliest",
                        "share.record.lock.duration.ms",
                        "1000",
                        "sluice.queue.ask.topic",
                        askTopic,
                        "sluice.queue.ask.timeout.ms",
                        timeoutMs)
                .forEach((key, value) ->
                        all.add(
                                new AlterConfigOp(
                                        new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        admin.incrementalAlterConfigs(
                        Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), all))
                .all()
                .get();
    }

    /** A name of a group whose queue is remembered by that broker. */
    String remembered(int by, String begin, String topic, int partition) throws Exception {
        String queue = ":" + brokers.topic(topic).id() + ":" + partition;
        for (int i = 0; ; i++) {
            if (brokers.coordinator(QUEUE, begin + i + queue) == by) {
                return begin + i;
            }
        }
    }

    /** A name of a group with that coordinator. */
    String coordinated(int by, String begin) throws Exception {
        for (int i = 0; ; i++) {
            if (brokers.coordinator(GROUP, begin + i) == by) {
                return begin + i;
            }
        }
    }

    /** A topic that is, with the group's queue of it, no business of the second broker's. */
    String createAtFirst(String begin, String group) throws Exception {
        for (int i = 0; ; i++) {
            String topic = begin + i;
            admin.createTopics(List.of(new NewTopic(topic, Map.of(0, List.of(TwoBrokers.FIRST)))))
                    .all()
                    .get();
            String queue = group + ":" + brokers.topic(topic).id() + ":0";
            if (brokers.coordinator(QUEUE, queue) == TwoBrokers.FIRST) {
                return topic;
            }
        }
    }

    void send(String topic, int partition, int records) {
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(topic, partition, "k" + i, "v" + i));
        }
        producer.flush();
    }

    KafkaShareConsumer<String, String> member(String group, String topic) {
        Map<String, Object> config = new HashMap<>(config());
        config.put("group.id", group);
        config.put("share.acknowledgement.mode", "explicit");
        KafkaShareConsumer<String, String> member =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer());
        member.subscribe(List.of(topic));
        members.add(member);
        return member;
    }

    /** The next records that a member gets. */
    static List<ConsumerRecord<String, String>> take(KafkaShareConsumer<String, String> member) {
        List<ConsumerRecord<String, String>> got = new ArrayList<>();
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.isEmpty() && System.nanoTime() < end) {
            member.poll(POLL).forEach(got::add);
        }
        assertThat(got).isNotEmpty();
        return got;
    }

    /**
     * The names of questions of a topic by group, in order of asking, once there are so many of
     * each.
     */
    Map<String, List<String>> questions(String topic, Set<String> groups, int count) {
        Map<String, Set<String>> asked = new TreeMap<>();
        groups.forEach(group -> asked.put(group, new LinkedHashSet<>()));
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config(), new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> all =
                    List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(all);
            consumer.seekToBeginning(all);
            long end = System.nanoTime() + WAIT_NANOS;
            while (asked.values().stream().anyMatch(names -> names.size() < count)
                    && System.nanoTime() < end) {
                for (ConsumerRecord<String, String> one : consumer.poll(POLL)) {
                    String group = one.key().substring(one.key().lastIndexOf(':') + 1);
                    asked.computeIfPresent(
                            group,
                            (its, names) -> {
                                names.add(one.key()); // one may be written twice
                                return names;
                            });
                }
            }
        }
        assertThat(asked.values()).allMatch(names -> names.size() >= count);
        Map<String, List<String>> found = new TreeMap<>();
        asked.forEach((group, names) -> found.put(group, List.copyOf(names)));
        return found;
    }

    /** The how many-th question to a group. */
    String question(String topic, String group, int number) {
        return requireNonNull(questions(topic, Set.of(group), number).get(group)).get(number - 1);
    }

    /** Says it in one partition of answers; {@link #flush} sends it. */
    void answer(String topic, int partition, String question, String verdict) {
        ProducerRecord<String, String> answer =
                new ProducerRecord<>(topic + "-answers", partition, null, verdict);
        answer.headers().add(QUESTION, question.getBytes(StandardCharsets.UTF_8));
        producer.send(answer);
    }

    void flush() {
        producer.flush();
    }

    void awaitDone(String group, String topic, int partition, long offset) throws Exception {
        QueueOffsets.awaitStart(
                admin, group, new TopicPartition(topic, partition), offset, WAIT_NANOS);
    }

    @Override
    public void close() {
        members.forEach(KafkaShareConsumer::close);
        producer.close();
        admin.close();
    }
}
