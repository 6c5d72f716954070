package io.sluice.benchmarks.sidebyside;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** What clients do with transactions, the same for both sides. */
final class Transactions {

    private static final long HIGHEST_NANOS = 60_000_000_000L;

    private final String bootstrap;
    private final String topic;
    private final int records;
    private final Text text = new Text();

    /**
     * @param records of one transaction
     */
    Transactions(String bootstrap, String topic, int records) {
        this.bootstrap = bootstrap;
        this.topic = topic;
        this.records = records;
    }

    private KafkaProducer<byte[], byte[]> producer(int number) {
        Map<String, Object> config =
                Client.config(bootstrap, new Client.Batching(16_384, "none", 0));
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, topic + "-" + number);
        KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config);
        producer.initTransactions();
        return producer;
    }

    private void transact(KafkaProducer<byte[], byte[]> producer) {
        producer.beginTransaction();
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(topic, text.record(i)));
        }
        producer.commitTransaction();
    }

    /**
     * Runs transactions for so long.
     *
     * @return how many were committed
     */
    long run(int producers, long nanos) {
        return Client.parallel(
                producers,
                number -> {
                    try (KafkaProducer<byte[], byte[]> producer = producer(number)) {
                        long end = System.nanoTime() + nanos;
                        long done = 0;
                        while (System.nanoTime() < end) {
                            transact(producer);
                            done++;
                        }
                        return done;
                    }
                });
    }

    /** One transaction after the other, from its begin until all of it was read. */
    Histogram endToEnd(long nanos) {
        Histogram latencies = new Histogram(HIGHEST_NANOS, 3);
        try (KafkaProducer<byte[], byte[]> producer = producer(0);
                KafkaConsumer<byte[], byte[]> consumer =
                        Client.consumer(bootstrap, Map.of("isolation.level", "read_committed"))) {
            List<TopicPartition> partitions =
                    IntStream.range(0, producer.partitionsFor(topic).size())
                            .mapToObj(number -> new TopicPartition(topic, number))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() < end) {
                long start = System.nanoTime();
                transact(producer);
                int read = 0;
                while (read < records) {
                    read += consumer.poll(Client.POLL).count();
                }
                latencies.recordValue(Math.min(System.nanoTime() - start, HIGHEST_NANOS));
            }
        }
        return latencies;
    }
}
