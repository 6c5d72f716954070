package io.sluice.cli.schedule;

import io.sluice.cli.client.Cluster;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Tells a broker something about messages that wait, by records as any client would. */
final class Sending implements AutoCloseable {

    private final KafkaProducer<byte[], byte[]> producer;

    Sending(Map<String, Object> client, int timeoutMs) {
        Map<String, Object> config = new HashMap<>(client);
        config.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) timeoutMs);
        config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, timeoutMs);
        producer = new KafkaProducer<>(config);
    }

    /** Sends one, and waits until it is stored. */
    void send(ProducerRecord<byte[], byte[]> record) {
        Cluster.await(producer.send(record));
    }

    @Override
    public void close() {
        producer.close();
    }
}
