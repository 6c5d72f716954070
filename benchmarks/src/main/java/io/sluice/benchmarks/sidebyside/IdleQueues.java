package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Many queues on one broker that nobody uses: what they take of memory, over a restart too, and
 * that one of them works at once. A queue is one partition for one group.
 */
final class IdleQueues {

    private static final int PARTITIONS = 1_000;
    private static final int OF_TOPIC = 100;

    private final Peer peer;
    private final Path data;
    private final int groups;

    IdleQueues(Peer peer, int queues) {
        this.peer = peer;
        this.data = peer.freshData();
        this.groups = Math.max(1, queues / PARTITIONS);
    }

    void measure() throws IOException {
        peer.prepare(data);
        int port = Peer.freePort();
        try (RunningBroker broker = peer.start(data, port)) {
            try (Admin admin = admin(broker)) {
                List<TopicPartition> partitions = topics(admin);
                tell(broker, "%d partitions, no queue", PARTITIONS);
                long start = System.nanoTime();
                for (int group = 0; group < groups; group++) {
                    queues(broker, admin, "group-" + group, partitions);
                }
                System.err.printf(
                        Locale.ROOT,
                        "%d queues made in %.1f s%n",
                        groups * PARTITIONS,
                        (System.nanoTime() - start) / 1e9);
            }
            tell(broker, "%d queues", groups * PARTITIONS);
        }
        long start = System.nanoTime();
        try (RunningBroker broker = peer.start(data, port)) {
            System.err.printf(
                    Locale.ROOT, "started in %.1f s%n", (System.nanoTime() - start) / 1e9);
            tell(broker, "%d queues after a restart", groups * PARTITIONS);
            start = System.nanoTime();
            passOne(broker);
            System.err.printf(
                    Locale.ROOT,
                    "one record went through one of them after %.1f s%n",
                    (System.nanoTime() - start) / 1e9);
            tell(broker, "%d queues, one in use", groups * PARTITIONS);
        }
    }

    private static Admin admin(RunningBroker broker) {
        return Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrap()));
    }

    private static List<TopicPartition> topics(Admin admin) {
        List<NewTopic> topics = new ArrayList<>();
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS / OF_TOPIC; i++) {
            topics.add(new NewTopic("idle-" + i, Optional.of(OF_TOPIC), Optional.empty()));
            for (int number = 0; number < OF_TOPIC; number++) {
                partitions.add(new TopicPartition("idle-" + i, number));
            }
        }
        done(() -> admin.createTopics(topics).all().get());
        return partitions;
    }

    /** A queue for the group at the start of each partition: it exists once it had a member. */
    private static void queues(
            RunningBroker broker, Admin admin, String group, List<TopicPartition> partitions) {
        try (KafkaShareConsumer<byte[], byte[]> member = member(broker, group)) {
            while (!exists(admin, group)) {
                member.poll(Client.POLL);
            }
        }
        Map<TopicPartition, Long> starts = new HashMap<>();
        partitions.forEach(one -> starts.put(one, 0L));
        done(() -> admin.alterShareGroupOffsets(group, starts).all().get());
    }

    private static boolean exists(Admin admin, String group) {
        try {
            admin.describeShareGroups(List.of(group)).all().get();
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException) {
                return false;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void passOne(RunningBroker broker) {
        Map<String, Object> producing =
                Client.config(broker.bootstrap(), new Client.Batching(16_384, "none", 0));
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producing)) {
            byte[] value = "one".getBytes(StandardCharsets.UTF_8);
            done(() -> producer.send(new ProducerRecord<>("idle-0", 7, null, value)).get());
        }
        try (KafkaShareConsumer<byte[], byte[]> consumer =
                member(broker, "group-" + (groups - 1))) {
            int records = 0;
            while (records == 0) {
                records = consumer.poll(Client.POLL).count();
            }
        }
    }

    private static KafkaShareConsumer<byte[], byte[]> member(RunningBroker broker, String group) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", group);
        config.put("key.deserializer", ByteArrayDeserializer.class);
        config.put("value.deserializer", ByteArrayDeserializer.class);
        KafkaShareConsumer<byte[], byte[]> member = new KafkaShareConsumer<>(config);
        member.subscribe(List.of("idle-0"));
        return member;
    }

    private interface Asking {
        Object ask() throws ExecutionException, InterruptedException;
    }

    private static void done(Asking asking) {
        try {
            asking.ask();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void tell(RunningBroker broker, String what, int number) {
        System.err.printf(
                Locale.ROOT,
                "%-40s resident %.0f MB%n",
                what.formatted(number),
                ProcessFigures.residentMb(broker.pid()));
    }
}
