package io.sluice.benchmarks.sidebyside;

import io.sluice.benchmarks.sidebyside.Client.Batching;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Share groups (KIP-932): a topic of one partition, read by one group, with the same clients at
 * both products. Records are acknowledged by the next poll, as is the client's default.
 */
final class ShareSide implements QueueSide {

    private static final String STATE = "__share_group_state";
    private static final Batching FULL = new Batching(16 * 1024, "none", 5);
    private static final Batching AT_ONCE = new Batching(16 * 1024, "none", 0);

    private final String name;
    private final Peer peer;
    private final boolean flushed;
    private final QueueRecord record = new QueueRecord();

    /**
     * @param flushed whether what is acknowledged is on disk: records, and what became of them
     */
    ShareSide(String name, Peer peer, boolean flushed) {
        this.name = name;
        this.peer = peer;
        this.flushed = flushed;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void create(String queue) {
        NewTopic topic =
                new NewTopic(queue, Optional.of(1), Optional.empty())
                        .configs(TopicSettings.of(peer.product(), flushed));
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, queue);
        AlterConfigOp earliest =
                new AlterConfigOp(
                        new ConfigEntry("share.auto.offset.reset", "earliest"),
                        AlterConfigOp.OpType.SET);
        admin(admin -> {
            admin.createTopics(List.of(topic)).all().get();
            admin.incrementalAlterConfigs(Map.of(group, List.of(earliest))).all().get();
        });
    }

    /** What became of records is on disk, or not, like the records. */
    @Override
    public void warmed() {
        if (peer.product() != Peer.Product.SLUICE) {
            return;
        }
        List<AlterConfigOp> changes = new ArrayList<>();
        TopicSettings.of(peer.product(), flushed)
                .forEach((key, value) ->
                        changes.add(
                                new AlterConfigOp(
                                        new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        ConfigResource state = new ConfigResource(ConfigResource.Type.TOPIC, STATE);
        admin(admin -> admin.incrementalAlterConfigs(Map.of(state, changes)).all().get());
    }

    @Override
    public void fill(String queue, long records) {
        send(queue, FULL, records, number -> System.nanoTime());
    }

    @Override
    public void pace(String queue, int perSecond, long nanos) {
        long interval = 1_000_000_000L / perSecond;
        long start = System.nanoTime();
        send(queue, AT_ONCE, nanos / interval, number -> Pace.await(start + number * interval));
    }

    /** When a record is due; waits for it. */
    private interface Due {
        long nanos(long number);
    }

    private void send(String queue, Batching batching, long records, Due due) {
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(Client.config(bootstrap(), batching))) {
            for (long i = 0; i < records; i++) {
                producer.send(
                        new ProducerRecord<>(queue, record.due(due.nanos(i))),
                        (metadata, error) -> {
                            if (error != null) {
                                failure.compareAndSet(null, error);
                            }
                        });
            }
        }
        Exception error = failure.get();
        if (error != null) {
            throw new IllegalStateException(error);
        }
    }

    @Override
    public long drain(String queue, int consumers, long records, long maxNanos, Taken taken) {
        AtomicLong count = new AtomicLong();
        long start = System.nanoTime();
        return Client.parallel(
                consumers,
                number -> {
                    long own = 0;
                    try (KafkaShareConsumer<byte[], byte[]> consumer = consumer(queue)) {
                        consumer.subscribe(List.of(queue));
                        while (count.get() < records && System.nanoTime() - start < maxNanos) {
                            for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Client.POLL)) {
                                taken.taken(one.value());
                                count.incrementAndGet();
                                own++;
                            }
                        }
                    }
                    return own;
                });
    }

    private KafkaShareConsumer<byte[], byte[]> consumer(String queue) {
        Map<String, Object> config = new HashMap<>();
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
        config.put(ConsumerConfig.GROUP_ID_CONFIG, queue);
        config.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        config.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return new KafkaShareConsumer<>(config);
    }

    @Override
    public void delete(String queue) {
        admin(admin -> {
            admin.deleteShareGroups(List.of(queue)).all().get();
            admin.deleteTopics(List.of(queue)).all().get();
        });
    }

    private interface AdminAction {
        void on(Admin admin) throws ExecutionException, InterruptedException;
    }

    private void admin(AdminAction action) {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap()))) {
            action.on(admin);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String bootstrap() {
        return peer.warm().bootstrap();
    }

    @Override
    public ProcessFigures figures() {
        return peer.warm().figures();
    }

    @Override
    public void close() {
        try {
            peer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
