package io.sluice.outbox.kafka;

import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.Outcome;
import io.sluice.outbox.Publisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends each batch in a transaction, together with the batch's number, which is committed as the
 * offset of a group that nobody joins. A relay that follows a killed one reads that number and
 * knows whether the last batch is at the broker: consumers with {@code isolation.level} {@code
 * read_committed} see every message once. The transactional id also fences a relay that was paused.
 *
 * <p>Needs a broker with transactions. What the number hangs on: the offsets of the group {@code
 * sluice-outbox-} and the outbox's name. Should they be gone (a relay that was killed and came back
 * only after {@code offsets.retention.minutes}, a topic that was deleted), the last batch is sent
 * again.
 */
public final class TransactionalKafkaPublisher implements Publisher {

    private static final String PREFIX = "sluice-outbox-";

    /** How long one batch may wait for topics to be looked up, all together. */
    private static final Duration LOOKUP_PATIENCE = Duration.ofMillis(300);

    private static final Duration ADMIN_PATIENCE = Duration.ofSeconds(5);

    private final Producer<byte[], byte[]> producer;
    private final TopicLookup topics;
    private final ConsumerGroupMetadata group;
    private final long lastBatch;

    TransactionalKafkaPublisher(
            Producer<byte[], byte[]> producer, ConsumerGroupMetadata group, long lastBatch) {
        this.producer = producer;
        this.topics = new TopicLookup(producer);
        this.group = group;
        this.lastBatch = lastBatch;
    }

    /**
     * Opens publishers with clients that are set up so.
     *
     * @param config as for {@link KafkaPublisher#factory(Map)}; the transactional id is set here
     */
    public static Factory factory(Map<String, ?> config) {
        return outbox -> open(PREFIX + outbox, config);
    }

    private static Publisher open(String name, Map<String, ?> config) {
        Map<String, Object> settings = KafkaPublisher.settings(config);
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, name);
        Producer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        boolean opened = false;
        try {
            // Fences the relay before this one, and ends what it left open.
            producer.initTransactions();
            long last = readLastBatch(name, adminSettings(config));
            Publisher publisher =
                    new TransactionalKafkaPublisher(
                            producer, new ConsumerGroupMetadata(name), last);
            opened = true;
            return publisher;
        } finally {
            if (!opened) {
                producer.close(Duration.ZERO);
            }
        }
    }

    private static Map<String, Object> adminSettings(Map<String, ?> config) {
        Map<String, Object> settings = new HashMap<>(config);
        settings.keySet().retainAll(AdminClientConfig.configNames());
        return settings;
    }

    private static long readLastBatch(String group, Map<String, Object> settings) {
        try (Admin admin = Admin.create(settings)) {
            // Stable: a commit whose marker is still on its way is waited for.
            return admin
                    .listConsumerGroupOffsets(
                            group, new ListConsumerGroupOffsetsOptions().requireStable(true))
                    .partitionsToOffsetAndMetadata()
                    .get(ADMIN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .values()
                    .stream()
                    .flatMap(Stream::ofNullable)
                    .mapToLong(OffsetAndMetadata::offset)
                    .max()
                    .orElse(NO_BATCH);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the last batch of " + group + " cannot be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted", e);
        }
    }

    @Override
    public boolean remembersBatches() {
        return true;
    }

    @Override
    public long lastBatch() {
        return lastBatch;
    }

    /** Waits for the commit: when it returns, all of it is stored or nothing. */
    @Override
    public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
        List<Optional<Outcome>> objections = lookUp(messages);
        if (objections.stream().allMatch(Optional::isEmpty)) {
            objections = commit(batch, messages);
        }
        boolean stored = objections.stream().allMatch(Optional::isEmpty);
        Outcome other = stored ? new Outcome.Stored() : new Outcome.Unsent();
        return objections.stream()
                .map(objection -> CompletableFuture.completedFuture(objection.orElse(other)))
                .toList();
    }

    /** What speaks against a message before anything is sent. */
    private List<Optional<Outcome>> lookUp(List<OutboxMessage> messages) {
        messages.forEach(message -> topics.begin(message.topic()));
        long deadline = System.nanoTime() + LOOKUP_PATIENCE.toNanos();
        Map<String, TopicLookup.Found> found = new HashMap<>();
        List<Optional<Outcome>> objections = new ArrayList<>(messages.size());
        for (OutboxMessage message : messages) {
            TopicLookup.Found topic =
                    found.computeIfAbsent(
                            message.topic(),
                            name ->
                                    topics.find(
                                            name,
                                            Duration.ofNanos(
                                                    Math.max(0, deadline - System.nanoTime()))));
            objections.add(
                    switch (topic) {
                        case TopicLookup.Found.Missing(Outcome.Unavailable missing) ->
                                Optional.of(missing);
                        case TopicLookup.Found.Partitions partitions ->
                                partitions.objection(message);
                    });
        }
        return objections;
    }

    /**
     * @throws RuntimeException when nobody knows what became of it: the next publisher will
     */
    private List<Optional<Outcome>> commit(long batch, List<OutboxMessage> messages) {
        producer.beginTransaction();
        List<CompletableFuture<Optional<Outcome>>> sent = new ArrayList<>(messages.size());
        for (OutboxMessage message : messages) {
            sent.add(send(message));
        }
        try {
            producer.sendOffsetsToTransaction(
                    Map.of(carrier(messages), new OffsetAndMetadata(batch)), group);
            producer.commitTransaction();
        } catch (KafkaException e) {
            List<Optional<Outcome>> objections =
                    sent.stream().map(TransactionalKafkaPublisher::now).toList();
            if (objections.stream().allMatch(Optional::isEmpty)) {
                throw e;
            }
            // A message was refused, so nothing can have been committed; without it the rest may
            // be.
            producer.abortTransaction();
            return objections;
        }
        return messages.stream().map(message -> Optional.<Outcome>empty()).toList();
    }

    private CompletableFuture<Optional<Outcome>> send(OutboxMessage message) {
        CompletableFuture<Optional<Outcome>> objection = new CompletableFuture<>();
        producer.send(
                KafkaPublisher.record(message),
                (metadata, failure) ->
                        objection.complete(failure == null ? Optional.empty() : refusal(failure)));
        return objection;
    }

    /**
     * Only a refusal is the message's own; all else ends the transaction and is found out later.
     */
    private static Optional<Outcome> refusal(Exception failure) {
        return Failures.outcomeOf(failure)
                .filter(outcome ->
                        outcome instanceof Outcome.Refused
                                || (outcome instanceof Outcome.Unavailable unavailable
                                        && unavailable.topicAtFault()));
    }

    private static Optional<Outcome> now(CompletableFuture<Optional<Outcome>> objection) {
        return objection.getNow(Optional.empty());
    }

    /** An offset is of a partition: of one that is there, because the batch is sent to it. */
    private static TopicPartition carrier(List<OutboxMessage> messages) {
        return new TopicPartition(messages.getFirst().topic(), 0);
    }

    @Override
    public void close(Duration patience) {
        topics.close();
        producer.close(patience);
    }
}
