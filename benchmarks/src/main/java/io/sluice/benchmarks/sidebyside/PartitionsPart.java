package io.sluice.benchmarks.sidebyside;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.jspecify.annotations.Nullable;

/**
 * Many partitions with three replicas each: how long they take to be made, what they cost with
 * nothing to do, and how long after a kill -9 each of them is led and takes a record.
 */
record PartitionsPart(int partitions) implements ClusterPart {

    private static final int OF_TOPIC = 100;
    private static final int TOPICS_AT_ONCE = 10;
    private static final long IDLE_NANOS = 8_000_000_000L;

    @Override
    public String name() {
        return "partitions";
    }

    @Override
    public void run(ClusterSide sluice, ClusterSide kafka, int pairs, Report report) {
        Row row = new Row(partitions + " partitions", List.of());
        Map<Metric, Double> ours = measure(sluice);
        ClusterMain.tell(row.name(), "", sluice.name(), ours);
        Map<Metric, Double> theirs = measure(kafka);
        ClusterMain.tell(row.name(), "", kafka.name(), theirs);
        report.add(row, ours, theirs);
    }

    private Map<Metric, Double> measure(ClusterSide side) {
        Map<Metric, Double> figures = new EnumMap<>(Metric.class);
        if (side.isLeftOut()) {
            return figures;
        }
        try (RunningCluster cluster = side.fresh()) {
            cluster.startAll();
            try (ClusterClient ask = new ClusterClient(cluster.bootstrap());
                    KafkaProducer<byte[], byte[]> producer =
                            ClusterClient.producer(cluster.bootstrap(), false)) {
                List<String> topics = create(cluster, ask, producer, figures);
                // Who was fenced while they were made leads none of them.
                ask.electAllPreferred();
                idle(cluster, figures);
                lose(cluster, ask, producer, topics, figures);
            }
        }
        return figures;
    }

    private List<String> create(
            RunningCluster cluster,
            ClusterClient ask,
            KafkaProducer<byte[], byte[]> producer,
            Map<Metric, Double> figures) {
        List<String> topics = new ArrayList<>();
        List<TopicPartition> all = new ArrayList<>();
        ProcessFigures before = cluster.figures();
        long start = System.nanoTime();
        for (int made = 0; made < partitions; made += OF_TOPIC * TOPICS_AT_ONCE) {
            List<NewTopic> some = new ArrayList<>();
            for (int at = made;
                    at < made + OF_TOPIC * TOPICS_AT_ONCE && at < partitions;
                    at += OF_TOPIC) {
                String topic = "many-" + at / OF_TOPIC;
                topics.add(topic);
                some.add(
                        new NewTopic(topic, Optional.of(OF_TOPIC), Optional.of((short) 3))
                                .configs(Map.of("min.insync.replicas", "2")));
                for (int partition = 0; partition < OF_TOPIC; partition++) {
                    all.add(new TopicPartition(topic, partition));
                }
            }
            ask.createTopics(some);
        }
        figures.put(Metric.CREATE_S, (System.nanoTime() - start) / 1e9);
        writeToEach(producer, all);
        figures.put(Metric.SERVED_S, (System.nanoTime() - start) / 1e9);
        figures.put(Metric.CREATE_CPU_S, cluster.figures().since(before).totalSeconds());
        return topics;
    }

    private static void writeToEach(
            KafkaProducer<byte[], byte[]> producer, List<TopicPartition> partitions) {
        CountDownLatch waiting = new CountDownLatch(partitions.size());
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        byte[] value = new byte[100];
        for (TopicPartition one : partitions) {
            producer.send(
                    new ProducerRecord<>(one.topic(), one.partition(), null, value),
                    (metadata, error) -> {
                        if (error != null) {
                            failure.compareAndSet(null, error);
                        }
                        waiting.countDown();
                    });
        }
        try {
            waiting.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Exception error = failure.get();
        if (error != null) {
            throw new IllegalStateException(error);
        }
    }

    private static void idle(RunningCluster cluster, Map<Metric, Double> figures) {
        ClusterMain.pause(IDLE_NANOS / 2);
        ProcessFigures before = cluster.figures();
        long start = System.nanoTime();
        ClusterMain.pause(IDLE_NANOS);
        double seconds = (System.nanoTime() - start) / 1e9;
        figures.put(
                Metric.IDLE_CPU_PERCENT,
                cluster.figures().since(before).totalSeconds() / seconds * 100);
        figures.put(Metric.ALL_RESIDENT_MB, cluster.residentMb());
    }

    private static void lose(
            RunningCluster cluster,
            ClusterClient ask,
            KafkaProducer<byte[], byte[]> producer,
            List<String> topics,
            Map<Metric, Double> figures) {
        Map<Integer, List<TopicPartition>> led = ledBy(ask, topics);
        led.remove(ask.controller());
        int victim = 0;
        List<TopicPartition> lost = List.of();
        for (Map.Entry<Integer, List<TopicPartition>> one : led.entrySet()) {
            if (one.getValue().size() > lost.size()) {
                victim = one.getKey();
                lost = one.getValue();
            }
        }
        if (lost.isEmpty()) {
            throw new IllegalStateException("the controller leads all: the others were fenced");
        }
        lose(cluster, ask, producer, topics, victim, lost, figures);
    }

    private static Map<Integer, List<TopicPartition>> ledBy(
            ClusterClient ask, List<String> topics) {
        Map<Integer, List<TopicPartition>> led = new TreeMap<>();
        for (String topic : topics) {
            for (TopicPartitionInfo one : ask.partitions(List.of(topic))) {
                if (one.leader() != null) {
                    led.computeIfAbsent(one.leader().id(), id -> new ArrayList<>())
                            .add(new TopicPartition(topic, one.partition()));
                }
            }
        }
        return led;
    }

    private static void lose(
            RunningCluster cluster,
            ClusterClient ask,
            KafkaProducer<byte[], byte[]> producer,
            List<String> topics,
            int victim,
            List<TopicPartition> lost,
            Map<Metric, Double> figures) {
        long then = System.nanoTime();
        cluster.kill(victim);
        ProcessFigures before = cluster.figures();
        // Both at once: the client's records wait for leaders, and metadata is looked at meanwhile.
        Client.parallel(
                2,
                number -> {
                    if (number == 0) {
                        writeToEach(producer, lost);
                        synchronized (figures) {
                            figures.put(Metric.ANSWERS_S, (System.nanoTime() - then) / 1e9);
                        }
                    } else {
                        ClusterClient.until(
                                "every partition has a leader",
                                () ->
                                        ask.partitions(topics).stream()
                                                .allMatch(one ->
                                                        one.leader() != null
                                                                && one.leader().id() != victim));
                        synchronized (figures) {
                            figures.put(Metric.ELECTED_S, (System.nanoTime() - then) / 1e9);
                        }
                    }
                    return 0;
                });
        figures.put(Metric.ELECT_CPU_S, cluster.figures().since(before).totalSeconds());
        figures.put(Metric.LOST, (double) lost.size());
    }
}
