package io.sluice.engine.partition;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.PartitionSurvey.Lag;
import io.sluice.engine.partition.PartitionSurvey.TopicSum;
import io.sluice.engine.replication.FetchCounts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Tells of the partitions of this broker. The loops look at theirs, some in one turn, when somebody
 * asks.
 */
final class PartitionMetrics implements MetricSource {

    /** Partitions that a loop looks at in one turn: about a tenth of a millisecond. */
    private static final int IN_ONE_TURN = 250;

    /** Topics with figures of their own, by name; more would be too many series for who scrapes. */
    static final int MAX_TOPICS = 1_000;

    /** Partitions and followers with a lag of their own, the greatest. */
    static final int MAX_LAGS = 20;

    private final PartitionDirectory directory;
    private final List<EventLoop> loops;
    private final List<PartitionSurroundings> surroundings;

    PartitionMetrics(
            PartitionDirectory directory,
            List<EventLoop> loops,
            List<PartitionSurroundings> surroundings) {
        this.directory = directory;
        this.loops = loops;
        this.surroundings = surroundings;
    }

    @Override
    public void collect(MetricSink sink) {
        tellTraffic(sink);
        tellFetchers(sink);
        PartitionSurvey all = new PartitionSurvey();
        List<PartitionSurvey> surveys = survey();
        surveys.forEach(all::add);
        if (surveys.size() < loops.size()) {
            return; // some loop is busy: half of the sums would only mislead
        }
        tellReplicas(all, sink);
        tellTransactions(all, sink);
        tellTopics(all, sink);
    }

    private List<PartitionSurvey> survey() {
        Map<EventLoop, List<Partition>> byLoop = new IdentityHashMap<>();
        loops.forEach(loop -> byLoop.put(loop, new ArrayList<>()));
        for (Partition partition : directory.all()) {
            byLoop.computeIfAbsent(partition.loop(), loop -> new ArrayList<>()).add(partition);
        }
        Gathering<PartitionSurvey> gathering = new Gathering<>();
        byLoop.forEach((loop, partitions) ->
                gathering.ask(answer -> look(loop, partitions, 0, new PartitionSurvey(), answer)));
        return gathering.await();
    }

    private static void look(
            EventLoop loop,
            List<Partition> partitions,
            int from,
            PartitionSurvey into,
            Consumer<PartitionSurvey> answer) {
        loop.post(() -> {
            int to = Math.min(partitions.size(), from + IN_ONE_TURN);
            for (Partition partition : partitions.subList(from, to)) {
                if (partition instanceof PartitionHost host) {
                    host.survey(into);
                } else {
                    into.addOffline();
                }
            }
            if (to == partitions.size()) {
                answer.accept(into);
            } else {
                look(loop, partitions, to, into, answer);
            }
        });
    }

    private long sum(Function<Traffic, Counter> counter) {
        return surroundings.stream().mapToLong(one -> counter.apply(one.traffic()).value()).sum();
    }

    private long fetches(ToLongFunction<FetchCounts> counter) {
        return surroundings.stream()
                .mapToLong(one -> counter.applyAsLong(one.fetchers().counts()))
                .sum();
    }

    private void tellTraffic(MetricSink sink) {
        sink.counter(
                "sluice_appended_records_total",
                "Records that leaders here stored: of clients, coordinators and markers.",
                sum(one -> one.appendedRecords));
        sink.counter(
                "sluice_appended_bytes_total",
                "Bytes of batches that leaders here stored.",
                sum(one -> one.appendedBytes));
        sink.counter(
                "sluice_fetched_bytes_total",
                "Bytes of batches that were read for consumers.",
                sum(one -> one.fetchedBytes));
        sink.counter(
                "sluice_replicated_in_bytes_total",
                "Bytes of batches that followers here stored.",
                sum(one -> one.replicatedInBytes));
        sink.counter(
                "sluice_replicated_out_bytes_total",
                "Bytes of batches that were read for followers on other brokers.",
                sum(one -> one.replicatedOutBytes));
    }

    private void tellFetchers(MetricSink sink) {
        sink.counter(
                "sluice_replica_fetches_total",
                "Requests by which followers here asked leaders on other brokers.",
                fetches(FetchCounts::requests));
        sink.counter(
                "sluice_replica_fetch_failures_total",
                "Those of them that got no answer, or an error for all partitions.",
                fetches(FetchCounts::failures));
    }

    private static void tellReplicas(PartitionSurvey all, MetricSink sink) {
        sink.gauge("sluice_replicas", "Replicas on this broker.", all.replicas);
        sink.gauge("sluice_leaders", "Partitions that this broker leads.", all.leaders);
        sink.gauge(
                "sluice_leaders_in_doubt",
                "Partitions that this broker led when it was cut off: another may lead by now.",
                all.inDoubt);
        sink.gauge(
                "sluice_replicas_offline",
                "Replicas here whose log does not serve: its disk failed, or it is damaged.",
                all.offline);
        sink.gauge("sluice_log_segments", "Segments of all logs.", all.segments);
        all.greatestLags.forEach((broker, lag) ->
                sink.gauge(
                        "sluice_replica_lag_max_records",
                        "The greatest lag of a follower behind a leader here, by its broker.",
                        lag,
                        "follower",
                        Integer.toString(broker)));
        all.lags.stream()
                .sorted(Comparator.comparingLong(Lag::records).reversed())
                .limit(MAX_LAGS)
                .forEach(lag ->
                        sink.gauge(
                                "sluice_replica_lag_records",
                                "The followers that lack most behind leaders here; at most "
                                        + MAX_LAGS
                                        + ".",
                                lag.records(),
                                "topic",
                                lag.partition().topic(),
                                "partition",
                                Integer.toString(lag.partition().partition()),
                                "follower",
                                Integer.toString(lag.follower())));
    }

    private static void tellTransactions(PartitionSurvey all, MetricSink sink) {
        sink.gauge(
                "sluice_partition_transactions_open",
                "Transactions open in partitions that are led here, each partition by itself.",
                all.openTransactions);
        sink.gauge(
                "sluice_partition_transaction_quiet_max_seconds",
                "How long ago the oldest open transaction of a partition led here wrote last.",
                all.quietSinceMs == Long.MAX_VALUE
                        ? 0.0
                        : Math.max(0L, SystemClock.INSTANCE.wallMs() - all.quietSinceMs) / 1e3);
        sink.gauge(
                "sluice_partition_unstable_max_records",
                "The greatest number of records of one partition that readers of what is committed"
                        + " wait for.",
                all.unstableRecords);
    }

    private static void tellTopics(PartitionSurvey all, MetricSink sink) {
        long bytes = 0L;
        int told = 0;
        for (Map.Entry<String, TopicSum> one : all.topics.entrySet()) {
            bytes += one.getValue().bytes;
            if (told < MAX_TOPICS) {
                told++;
                tell(one.getKey(), one.getValue(), sink);
            }
        }
        sink.gauge("sluice_log_bytes", "Bytes of all segments.", bytes);
        sink.gauge(
                "sluice_topics_left_out",
                "Topics on this broker without figures of their own: there are more than "
                        + MAX_TOPICS
                        + ".",
                all.topics.size() - told);
    }

    private static void tell(String topic, TopicSum sum, MetricSink sink) {
        sink.gauge(
                "sluice_topic_leaders",
                "Partitions of the topic that are led here.",
                sum.leaders,
                "topic",
                topic);
        sink.gauge(
                "sluice_topic_log_bytes",
                "Bytes of the topic's segments on this broker.",
                sum.bytes,
                "topic",
                topic);
        sink.counter(
                "sluice_topic_appended_records_total",
                "Records that leaders here stored, by topic.",
                sum.appendedRecords,
                "topic",
                topic);
        sink.counter(
                "sluice_topic_appended_bytes_total",
                "Bytes of batches that leaders here stored, by topic.",
                sum.appendedBytes,
                "topic",
                topic);
        sink.counter(
                "sluice_topic_fetched_bytes_total",
                "Bytes of batches that were read for consumers, by topic.",
                sum.fetchedBytes,
                "topic",
                topic);
    }
}
