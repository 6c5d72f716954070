package io.sluice.core.controller;

import io.sluice.core.controller.BalanceLoads.Load;
import io.sluice.core.controller.BalancePlan.Move;
import io.sluice.core.controller.ClusterBalance.Step;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How the balance stands, for an operator: lines of words, the first of which says what the line is
 * about. Lines that a reader does not know it passes over.
 *
 * <pre>
 *   sluice-balance 1
 *   state     off, paused, working or calm; requested if an operator waits
 *   broker    ID, active or away or leaving, REPLICAS, LEADERS, bytes a second in, and out
 *   step      planned, moving, done or dropped, TOPIC, PARTITION, FROM, TO, why: of the plan
 *   next      TOPIC, PARTITION, FROM, TO, why: of the plan there would be, if there is none
 *   left      BROKER, replicas on a broker that is to have none
 * </pre>
 */
final class BalanceReport {

    private final ClusterImage image;
    private final BalanceSettings settings;
    private final BalanceLoads loads;
    private final StringBuilder text = new StringBuilder();

    BalanceReport(ClusterImage image, BalanceSettings settings, BalanceLoads loads) {
        this.image = image;
        this.settings = settings;
        this.loads = loads;
    }

    /** What a broker carries now. */
    private static final class Carried {
        int replicas;
        int leaders;
        double in;
        double out;
    }

    String text(
            List<Step> steps,
            List<Move> next,
            SortedSet<Integer> leaving,
            SortedMap<Integer, Long> away) {
        line("sluice-balance 1");
        boolean working = steps.stream().anyMatch(step -> !step.isOver());
        line(
                "state "
                        + (settings.paused()
                                ? "paused"
                                : working ? "working" : settings.enabled() ? "calm" : "off")
                        + (settings.requested() ? " requested" : ""));
        SortedMap<Integer, Carried> carried = carried();
        for (BrokerImage broker : image.brokers().values()) {
            int id = broker.id();
            Carried of = carried.getOrDefault(id, new Carried());
            String standing =
                    leaving.contains(id)
                            ? "leaving"
                            : away.containsKey(id) || !broker.isActive() ? "away" : "active";
            line(
                    "broker %d %s %d %d %d %d"
                            .formatted(
                                    id,
                                    standing,
                                    of.replicas,
                                    of.leaders,
                                    Math.round(of.in),
                                    Math.round(of.out)));
        }
        for (Step step : steps) {
            line("step " + step.stage.name().toLowerCase(Locale.ROOT) + " " + words(step.move));
        }
        next.forEach(move -> line("next " + words(move)));
        for (int id : leaving) {
            line("left %d %d".formatted(id, carried.getOrDefault(id, new Carried()).replicas));
        }
        return text.toString();
    }

    private void line(String words) {
        text.append(words).append('\n');
    }

    private static String words(Move move) {
        return "%s %d %s %s %s"
                .formatted(
                        move.partition().topic(),
                        move.partition().partition(),
                        ids(move.from()),
                        ids(move.to()),
                        move.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    private static String ids(List<Integer> brokers) {
        return brokers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private SortedMap<Integer, Carried> carried() {
        SortedMap<Integer, Carried> carried = new TreeMap<>();
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                Load load = loads.of(topic.id(), partition.partition());
                for (int id : partition.replicas()) {
                    Carried of = carried.computeIfAbsent(id, broker -> new Carried());
                    of.replicas++;
                    of.in += load.in();
                    if (id == partition.leader()) {
                        of.leaders++;
                        of.out += load.out();
                    }
                }
            }
        }
        return carried;
    }
}
