package io.sluice.system.clients;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What a program written for an old client does; run with that client's own jars. It uses nothing
 * that version 2.1 did not have.
 */
public final class OldClientProgram {

    private static final List<String> CODECS =
            Arrays.asList("none", "gzip", "snappy", "lz4", "zstd");
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration GROUP_POLL = Duration.ofMillis(100);
    private static final int EMPTY_POLLS = 20;

    private final String bootstrap;
    private final String topic;
    private final int records;

    private OldClientProgram(String bootstrap, String topic, int records) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.records = records;
    }

    /** Bootstrap address, topic, records with each codec, "eager" or "cooperative". */
    public static void main(String[] arguments) throws Exception {
        OldClientProgram program =
                new OldClientProgram(arguments[0], arguments[1], Integer.parseInt(arguments[2]));
        program.administer();
        for (String codec : CODECS) {
            program.produce(codec, codec.equals("lz4"));
        }
        program.consume();
        program.consumeAsGroup("org.apache.kafka.clients.consumer.RangeAssignor");
        if (arguments[3].equals("cooperative")) {
            program.consumeAsGroup("org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
        }
        program.transact();
        System.out.println("done");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("request.timeout.ms", 10000);
        return config;
    }

    private void administer() throws Exception {
        try (AdminClient admin = AdminClient.create(config())) {
            NewTopic wanted = new NewTopic(topic, 2, (short) 1);
            wanted.configs(Collections.singletonMap("segment.bytes", "1048576"));
            admin.createTopics(Collections.singletonList(wanted)).all().get();
            check(admin.listTopics().names().get().contains(topic), "the topic is listed");
            check(admin.describeCluster().nodes().get().size() == 1, "one node");
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            Config described =
                    Objects.requireNonNull(
                            admin.describeConfigs(Collections.singletonList(resource))
                                    .all()
                                    .get()
                                    .get(resource));
            String bytes = described.get("segment.bytes").value();
            check(bytes.equals("1048576"), "segment.bytes " + bytes);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void produce(String codec, boolean idempotent) throws Exception {
        Map<String, Object> config = config();
        config.put("acks", "all");
        config.put("linger.ms", 5);
        config.put("compression.type", codec);
        config.put("enable.idempotence", idempotent);
        config.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        config.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < records; i++) {
                ProducerRecord<byte[], byte[]> record =
                        new ProducerRecord<>(
                                topic, i % 2, 1_700_000_000_000L + i, bytes(codec), value(i));
                record.headers().add("n", bytes(Integer.toString(i)));
                sent.add(producer.send(record));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        }
    }

    private static byte[] value(int number) {
        return bytes(number + " of what an old client sends, and sends again");
    }

    private void consume() {
        Map<String, Object> config = config();
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        config.put(
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        config.put(
                "value.deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        Map<String, Integer> next = new HashMap<>();
        List<TopicPartition> partitions =
                Arrays.asList(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config)) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long all = CODECS.size() * (long) records;
            long end =
                    consumer.endOffsets(partitions).values().stream()
                            .mapToLong(Long::longValue)
                            .sum();
            check(end == all, end + " records, sent were " + all);
            long found = 0;
            for (int empty = 0; found < all && empty < EMPTY_POLLS; empty++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    checkRecord(record, next);
                    found++;
                    empty = 0;
                }
            }
            check(found == all, found + " records read of " + all);
            checkTimes(consumer);
        }
    }

    /** Two members share the topic; who comes later goes on where they committed. */
    private void consumeAsGroup(String assignor) {
        Map<String, Object> config = config();
        config.put("group.id", "of-" + assignor);
        config.put("partition.assignment.strategy", assignor);
        config.put("enable.auto.commit", false);
        config.put("auto.offset.reset", "earliest");
        config.put("session.timeout.ms", 6000);
        config.put("heartbeat.interval.ms", 200);
        config.put(
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        config.put(
                "value.deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        long all = CODECS.size() * (long) records;
        try (KafkaConsumer<byte[], byte[]> first = new KafkaConsumer<>(config);
                KafkaConsumer<byte[], byte[]> second = new KafkaConsumer<>(config)) {
            first.subscribe(Collections.singletonList(topic));
            second.subscribe(Collections.singletonList(topic));
            List<KafkaConsumer<byte[], byte[]>> both = Arrays.asList(first, second);
            boolean shared = false;
            for (int i = 0; !shared && i < 200; i++) {
                both.forEach(one -> one.poll(GROUP_POLL));
                shared = both.stream().allMatch(one -> one.assignment().size() == 1);
            }
            check(shared, "each member has one partition with " + assignor);
            both.forEach(one -> one.seekToBeginning(one.assignment()));
            long found = 0;
            for (int i = 0; found < all && i < 200; i++) {
                for (KafkaConsumer<byte[], byte[]> one : both) {
                    found += one.poll(GROUP_POLL).count();
                }
            }
            check(found == all, found + " records read by the group of " + all);
            both.forEach(KafkaConsumer::commitSync);
        }
        try (KafkaConsumer<byte[], byte[]> later = new KafkaConsumer<>(config)) {
            later.subscribe(Collections.singletonList(topic));
            for (int i = 0; later.assignment().size() < 2 && i < 200; i++) {
                check(later.poll(GROUP_POLL).isEmpty(), "nothing is read twice");
            }
            for (TopicPartition partition : later.assignment()) {
                check(later.position(partition) == all / 2, "the position is the committed one");
            }
            check(later.assignment().size() == 2, "who is alone has both partitions");
        }
    }

    /** What is committed is seen, with its offsets; what is aborted is not. */
    private void transact() throws Exception {
        Map<String, Object> config = config();
        config.put("transactional.id", "of-" + topic);
        config.put("key.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        config.put("value.serializer", "org.apache.kafka.common.serialization.ByteArraySerializer");
        TopicPartition read = new TopicPartition(topic, 0);
        String target = topic + "-committed";
        try (AdminClient admin = AdminClient.create(config())) {
            admin.createTopics(Collections.singletonList(new NewTopic(target, 1, (short) 1)))
                    .all()
                    .get();
        }
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config)) {
            producer.initTransactions();
            for (int i = 1; i <= 20; i++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(target, 0, null, value(i)));
                producer.flush();
                sendOffsets(
                        producer,
                        Collections.singletonMap(read, new OffsetAndMetadata(i)),
                        "transacting");
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        Map<String, Object> reader = config();
        reader.put("group.id", "transacting");
        reader.put("isolation.level", "read_committed");
        reader.put("auto.offset.reset", "earliest");
        reader.put(
                "key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        reader.put(
                "value.deserializer",
                "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(reader)) {
            consumer.assign(Arrays.asList(read, new TopicPartition(target, 0)));
            check(consumer.position(read) == 20, "the committed offset " + consumer.position(read));
            consumer.pause(Collections.singletonList(read));
            int found = 0;
            for (int empty = 0; found < 10 && empty < EMPTY_POLLS; empty++) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                    found++;
                    check(Arrays.equals(record.value(), value(2 * found)), "value " + found);
                }
            }
            check(found == 10, found + " records committed of 10");
        }
    }

    /** The way to say which group has changed with the versions, and the old one is gone. */
    private static void sendOffsets(
            KafkaProducer<byte[], byte[]> producer,
            Map<TopicPartition, OffsetAndMetadata> offsets,
            String group)
            throws Exception {
        try {
            Class<?> metadata =
                    Class.forName("org.apache.kafka.clients.consumer.ConsumerGroupMetadata");
            KafkaProducer.class
                    .getMethod("sendOffsetsToTransaction", Map.class, metadata)
                    .invoke(
                            producer,
                            offsets,
                            metadata.getConstructor(String.class).newInstance(group));
        } catch (ClassNotFoundException e) {
            KafkaProducer.class
                    .getMethod("sendOffsetsToTransaction", Map.class, String.class)
                    .invoke(producer, offsets, group);
        }
    }

    private void checkRecord(ConsumerRecord<byte[], byte[]> record, Map<String, Integer> next) {
        String stream = new String(record.key(), StandardCharsets.UTF_8) + record.partition();
        int number = next.getOrDefault(stream, record.partition());
        check(Arrays.equals(record.value(), value(number)), "value " + number + " of " + stream);
        check(record.timestamp() == 1_700_000_000_000L + number, "time of " + number);
        byte[] header = record.headers().lastHeader("n").value();
        check(Arrays.equals(header, bytes(Integer.toString(number))), "header of " + number);
        next.put(stream, number + 2);
    }

    private void checkTimes(KafkaConsumer<byte[], byte[]> consumer) {
        TopicPartition first = new TopicPartition(topic, 0);
        OffsetAndTimestamp found =
                Objects.requireNonNull(
                        consumer.offsetsForTimes(
                                        Collections.singletonMap(first, 1_700_000_000_004L))
                                .get(first));
        long offset = found.offset();
        check(offset == 2, "offset by time " + offset);
        check(
                consumer.beginningOffsets(Collections.singletonList(first)).containsValue(0L),
                "the beginning");
    }
}
