package io.sluice.engine.share;

import io.sluice.core.share.Deed;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.share.QueueCounts.Limit;
import io.sluice.engine.share.QueueCounts.Pair;
import io.sluice.engine.share.QueueTally.Figure;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Tells what the queues of this broker counted. No loop is asked, and a queue that is not at work
 * costs nothing: a hundred thousand idle ones are not in the page.
 */
final class QueueMetrics implements MetricSource {

    /** Groups and topics with figures of their own, by name. */
    static final int MAX_PAIRS = 500;

    /** What ends a delivery; a record is given once for each of them, but when its leader went. */
    private static final List<Deed> OUTCOMES =
            List.of(
                    Deed.ACCEPTED,
                    Deed.RELEASED,
                    Deed.REJECTED,
                    Deed.LOCK_ENDED,
                    Deed.LEFT,
                    Deed.RETURNED);

    /** Why records die, in the words that dead letters have. */
    private static final Map<Deed, String> DEATHS =
            new TreeMap<>(
                    Map.of(
                            Deed.REJECTED, "rejected",
                            Deed.EXHAUSTED, "delivery-limit",
                            Deed.EXPIRED, "expired"));

    private final Supplier<Collection<QueueCounts>> loops;

    QueueMetrics(Supplier<Collection<QueueCounts>> loops) {
        this.loops = loops;
    }

    @Override
    public void collect(MetricSink sink) {
        QueueTally all = new QueueTally();
        Map<Pair, QueueTally> pairs = new TreeMap<>();
        for (QueueCounts loop : loops.get()) {
            all.addAll(loop.all());
            loop.pairs()
                    .forEach((pair, tally) ->
                            pairs.computeIfAbsent(pair, none -> new QueueTally()).addAll(tally));
        }
        tellAll(all, sink);
        tellLimits(sink);
        int left = MAX_PAIRS;
        for (Map.Entry<Pair, QueueTally> one : pairs.entrySet()) {
            if (left-- == 0) {
                break;
            }
            tell(one.getKey(), one.getValue(), sink);
        }
        sink.gauge(
                "sluice_queues_left_out",
                "Groups and topics whose queues have no figures of their own: there are more than "
                        + MAX_PAIRS
                        + ".",
                Math.max(0, pairs.size() - MAX_PAIRS));
    }

    private static void tellAll(QueueTally all, MetricSink sink) {
        sink.gauge(
                "sluice_queues_at_work",
                "Queues, each a partition and a group, that somebody asked for of late.",
                all.of(Figure.QUEUES));
        sink.counter(
                "sluice_deliveries_total",
                "Records that queues gave to members.",
                all.of(Deed.TAKEN));
        for (Deed outcome : OUTCOMES) {
            sink.counter(
                    "sluice_delivery_outcomes_total",
                    "Records that were given to members, by what came of that.",
                    all.of(outcome),
                    "outcome",
                    outcome.word());
        }
        sink.counter(
                "sluice_dead_letters_total",
                "Records whose dead letters were written.",
                all.of(Deed.BURIED));
    }

    private void tellLimits(MetricSink sink) {
        for (Limit limit : Limit.values()) {
            sink.counter(
                    "sluice_queue_refusals_total",
                    "Requests to queues that were refused or sent away empty, by the limit that was"
                            + " met.",
                    loops.get().stream().mapToLong(loop -> loop.refusals(limit)).sum(),
                    "limit",
                    limit.word());
        }
    }

    private static void tell(Pair pair, QueueTally tally, MetricSink sink) {
        tellDeliveries(pair, tally, sink);
        tellEnds(pair, tally, sink);
        gauge(
                "sluice_queue_locked_records",
                "Records that members hold.",
                tally.of(Figure.LOCKED),
                pair,
                sink);
        gauge(
                "sluice_queue_retry_records",
                "Records that came back and wait for the time of their next delivery.",
                tally.of(Figure.LATER),
                pair,
                sink);
        gauge(
                "sluice_queue_dead_letters_waiting",
                "Records whose dead letters are not written yet.",
                tally.of(Figure.LETTERS_OUT),
                pair,
                sink);
        gauge(
                "sluice_queue_full_partitions",
                "Queues that give nothing new before something is done: as many records as may be"
                        + " are locked or pending.",
                tally.of(Figure.FULL),
                pair,
                sink);
    }

    private static void tellDeliveries(Pair pair, QueueTally tally, MetricSink sink) {
        counter(
                "sluice_queue_deliveries_total",
                "Records that were given to members, by group and topic.",
                tally.of(Deed.TAKEN),
                pair,
                sink);
        counter(
                "sluice_queue_redeliveries_total",
                "Those of them that had been given to somebody before.",
                tally.of(Figure.REDELIVERED),
                pair,
                sink);
        for (Deed outcome : OUTCOMES) {
            sink.counter(
                    "sluice_queue_delivery_outcomes_total",
                    "Records that were given to members, by what came of that, group and topic.",
                    tally.of(outcome),
                    "group",
                    pair.group(),
                    "topic",
                    pair.topic(),
                    "outcome",
                    outcome.word());
        }
        counter(
                "sluice_queue_asked_total",
                "Records whose members were asked what became of them.",
                tally.of(Deed.ASKED),
                pair,
                sink);
        counter(
                "sluice_queue_answered_total",
                "Those of them that an answer settled in time.",
                tally.of(Deed.ANSWERED),
                pair,
                sink);
        counter(
                "sluice_queue_renewals_total",
                "Records whose locks their members made last longer.",
                tally.of(Deed.RENEWED),
                pair,
                sink);
    }

    private static void tellEnds(Pair pair, QueueTally tally, MetricSink sink) {
        DEATHS.forEach((deed, word) ->
                sink.counter(
                        "sluice_queue_dead_records_total",
                        "Records that are delivered no more though nobody accepted them, by reason.",
                        tally.of(deed),
                        "group",
                        pair.group(),
                        "topic",
                        pair.topic(),
                        "reason",
                        word));
        counter(
                "sluice_queue_dead_letters_total",
                "Records whose dead letters were written, by group and topic.",
                tally.of(Deed.BURIED),
                pair,
                sink);
        counter(
                "sluice_queue_replayed_total",
                "Records that were done and are delivered again because somebody ordered it.",
                tally.of(Deed.REPLAYED),
                pair,
                sink);
    }

    private static void counter(String name, String help, long value, Pair pair, MetricSink sink) {
        sink.counter(name, help, value, "group", pair.group(), "topic", pair.topic());
    }

    private static void gauge(String name, String help, long value, Pair pair, MetricSink sink) {
        sink.gauge(name, help, value, "group", pair.group(), "topic", pair.topic());
    }
}
