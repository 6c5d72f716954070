package io.sluice.outbox.kafka;

import io.sluice.outbox.OutboxHeader;
import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.Outcome;
import io.sluice.outbox.Publisher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends through the stock producer: idempotent, {@code acks=all}, and without an end of its
 * retries, because a batch that is given up while later ones are under way would break the order.
 * The relay bounds how much waits.
 */
public final class KafkaPublisher implements Publisher {

    /** How long one batch may wait for topics to be looked up, all together. */
    private static final Duration LOOKUP_PATIENCE = Duration.ofMillis(300);

    private final Producer<byte[], byte[]> producer;
    private final TopicLookup topics;

    private KafkaPublisher(Producer<byte[], byte[]> producer) {
        this.producer = producer;
        this.topics = new TopicLookup(producer);
    }

    /**
     * Opens publishers with a client that is set up so.
     *
     * @param config the producer's settings: {@code bootstrap.servers}, security, compression ...
     *     What order and safety hang on is set here, whatever the map says: {@code acks}, {@code
     *     enable.idempotence}, {@code retries}, {@code delivery.timeout.ms}, {@code
     *     max.in.flight.requests.per.connection} and the serializers
     */
    public static Factory factory(Map<String, ?> config) {
        Map<String, Object> settings = settings(config);
        return factory(outbox ->
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    /**
     * Opens publishers with producers from elsewhere, which must be set up as {@link #factory(Map)}
     * does it.
     *
     * @param producers from the outbox's name to a new producer
     */
    public static Factory factory(Function<String, Producer<byte[], byte[]>> producers) {
        return outbox -> new KafkaPublisher(producers.apply(outbox));
    }

    static Map<String, Object> settings(Map<String, ?> config) {
        Map<String, Object> settings = new HashMap<>();
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 5_000);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG, 5_000);
        settings.putAll(config);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.RETRIES_CONFIG, Integer.MAX_VALUE);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 5);
        settings.remove(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG);
        settings.remove(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG);
        return settings;
    }

    @Override
    public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>(messages.size());
        Map<String, TopicLookup.Found> found = new HashMap<>();
        Set<String> unavailable = new HashSet<>();
        messages.forEach(message -> topics.begin(message.topic()));
        long deadline = System.nanoTime() + LOOKUP_PATIENCE.toNanos();
        for (OutboxMessage message : messages) {
            String topic = message.topic();
            CompletableFuture<Outcome> outcome =
                    switch (found.computeIfAbsent(topic, name -> find(name, deadline))) {
                        case TopicLookup.Found.Missing(Outcome.Unavailable missing) ->
                                CompletableFuture.completedFuture(missing);
                        case TopicLookup.Found.Partitions partitions ->
                                send(message, partitions, unavailable.contains(topic));
                    };
            if (outcome.getNow(null) instanceof Outcome.Unavailable) {
                unavailable.add(topic);
            }
            outcomes.add(outcome);
        }
        return outcomes;
    }

    private TopicLookup.Found find(String topic, long deadline) {
        long patience = Math.max(0, deadline - System.nanoTime());
        return topics.find(topic, Duration.ofNanos(patience));
    }

    private CompletableFuture<Outcome> send(
            OutboxMessage message,
            TopicLookup.Found.Partitions partitions,
            boolean topicIsUnavailable) {
        if (topicIsUnavailable) {
            return CompletableFuture.completedFuture(
                    new Outcome.Unavailable("an earlier message of the topic waits", false));
        }
        Optional<Outcome> objection = partitions.objection(message);
        if (objection.isPresent()) {
            return CompletableFuture.completedFuture(objection.get());
        }
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        producer.send(
                record(message),
                (metadata, failure) -> {
                    if (failure == null) {
                        outcome.complete(new Outcome.Stored());
                    } else {
                        Failures.outcomeOf(failure)
                                .ifPresentOrElse(
                                        outcome::complete,
                                        () -> outcome.completeExceptionally(failure));
                    }
                });
        return outcome;
    }

    static ProducerRecord<byte[], byte[]> record(OutboxMessage message) {
        Long time =
                message.timestampMs() == OutboxMessage.NO_TIMESTAMP ? null : message.timestampMs();
        ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(
                        message.topic(), message.partition(), time, message.key(), message.value());
        for (OutboxHeader header : message.headers()) {
            record.headers().add(header.name(), header.value());
        }
        record.headers()
                .add(OutboxMessage.ID_HEADER, message.id().getBytes(StandardCharsets.UTF_8));
        return record;
    }

    @Override
    public Optional<String> faultOf(String topic) {
        return topics.faultOf(topic);
    }

    @Override
    public void close(Duration patience) {
        topics.close();
        producer.close(patience);
    }
}
