package io.sluice.engine.schedule;

import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.metrics.LatencyHistogram.Distribution;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Tells of the delayed messages of this broker. */
final class ScheduleMetrics implements MetricSource {

    /** Topics with figures of their own, by name. */
    static final int MAX_TOPICS = 1_000;

    /** May grow; each is asked on its loop, but for what it counts. */
    private final Map<EventLoop, LoopSchedules> loops;

    ScheduleMetrics(Map<EventLoop, LoopSchedules> loops) {
        this.loops = loops;
    }

    @Override
    public void collect(MetricSink sink) {
        tellCounts(sink);
        Gathering<ScheduleSurvey> gathering = new Gathering<>();
        Map<EventLoop, LoopSchedules> asked = Map.copyOf(loops);
        asked.forEach((loop, schedules) -> gathering.ask(loop, schedules::survey));
        List<ScheduleSurvey> answers = gathering.await();
        if (answers.size() == asked.size()) { // half of the sums would only mislead
            tellStanding(ScheduleSurvey.of(answers), sink);
        }
    }

    private double sum(Function<ScheduleCounts, Long> count) {
        long all = 0;
        for (LoopSchedules loop : loops.values()) {
            all += count.apply(loop.counts());
        }
        return all;
    }

    private Distribution all(Function<ScheduleCounts, Distribution> histogram) {
        Distribution all = Distribution.none();
        for (LoopSchedules loop : loops.values()) {
            all = all.and(histogram.apply(loop.counts()));
        }
        return all;
    }

    private void tellCounts(MetricSink sink) {
        sink.gauge(
                "sluice_schedule_waiting_messages",
                "Delayed messages that wait in partitions led here.",
                sum(counts -> counts.waiting.value()));
        sink.counter(
                "sluice_schedule_delivered_total",
                "Delayed messages that were delivered here; a recurring one each time.",
                sum(counts -> counts.delivered.value()));
        sink.counter(
                "sluice_schedule_cancelled_total",
                "Delayed messages of partitions led here that were cancelled.",
                sum(counts -> counts.cancelled.value()));
        sink.counter(
                "sluice_schedule_carried_total",
                "Delayed messages that were copied to the end of their log, so that its begin can"
                        + " go.",
                sum(counts -> counts.carried.value()));
        sink.histogram(
                "sluice_schedule_lateness_seconds",
                "How long after they were due delayed messages could be read.",
                all(counts -> counts.lateness.read()));
        sink.histogram(
                "sluice_schedule_load_duration_seconds",
                "How long it took to read what waits before a new leader delivered.",
                all(counts -> counts.loads.read()));
    }

    private static void tellStanding(ScheduleSurvey all, MetricSink sink) {
        sink.gauge(
                "sluice_schedule_loading_partitions",
                "Partitions led here that deliver nothing yet: what waits is still read.",
                all.loading);
        sink.gauge(
                "sluice_schedule_overdue_seconds",
                "How long ago the delayed message was due that is longest overdue, and is not"
                        + " delivered.",
                all.overdueMs() / 1e3);
        all.topics.entrySet().stream()
                .limit(MAX_TOPICS)
                .forEach(one -> tell(one.getKey(), one.getValue(), sink));
        sink.gauge(
                "sluice_schedule_topics_left_out",
                "Topics with delayed messages and without figures of their own: there are more"
                        + " than "
                        + MAX_TOPICS
                        + ".",
                Math.max(0, all.topics.size() - MAX_TOPICS));
    }

    private static void tell(String name, ScheduleSurvey.Topic topic, MetricSink sink) {
        sink.gauge(
                "sluice_topic_scheduled_messages",
                "Delayed messages that wait in the topic's partitions that are led here.",
                topic.waiting,
                "topic",
                name);
        sink.gauge(
                "sluice_topic_schedule_overdue_seconds",
                "How long ago the topic's delayed message was due that is longest overdue.",
                topic.overdueMs / 1e3,
                "topic",
                name);
    }
}
