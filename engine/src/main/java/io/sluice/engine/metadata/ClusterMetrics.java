package io.sluice.engine.metadata;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metrics.Counter;
import io.sluice.engine.metrics.Gathering;
import io.sluice.engine.metrics.MetricSink;
import io.sluice.engine.metrics.MetricSource;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Tells of the cluster as this broker knows it. What is counted of partitions is counted by the
 * broker that leads them, so that the sum over all brokers is that of the cluster.
 */
public final class ClusterMetrics implements MetricSource {

    private static final String ISR = "sluice_isr_changes_total";
    private static final String ISR_HELP =
            "Changes of the in-sync replicas of partitions that are led here.";
    private static final String ELECTIONS = "sluice_leader_elections_total";
    private static final String ELECTIONS_HELP =
            "How often this broker began to lead a partition; unclean: from outside the in-sync"
                    + " replicas.";

    private final int brokerId;
    private final EventLoop home;
    private final Metadata metadata;
    private final MetadataLog log;
    private final ToIntFunction<TopicPartition> minInsync;

    // Counted on the home loop.
    private final Counter shrinks = new Counter();
    private final Counter expands = new Counter();
    private final Counter clean = new Counter();
    private final Counter unclean = new Counter();

    /** Of the partitions that this broker leads. */
    private static final class Led {
        private long underReplicated;
        private long underMinIsr;
        private long atMinIsr;
        private long moving;
        private long notPreferred;
    }

    /**
     * @param home the metadata's loop
     * @param minInsync min.insync.replicas in force for a partition
     */
    public ClusterMetrics(
            int brokerId,
            EventLoop home,
            Metadata metadata,
            MetadataLog log,
            ToIntFunction<TopicPartition> minInsync) {
        this.brokerId = brokerId;
        this.home = home;
        this.metadata = metadata;
        this.log = log;
        this.minInsync = minInsync;
    }

    /** Begins to count; what the broker knew before it started is not counted. */
    public void start() {
        metadata.subscribe(this::imageChanged);
    }

    private void imageChanged(ClusterImage before, ClusterImage after) {
        if (before.index() < 0) {
            return;
        }
        for (TopicImage topic : after.topics().values()) {
            TopicImage known = before.topicsById().get(topic.id());
            if (known == topic || known == null) {
                continue;
            }
            int both = Math.min(known.partitions().size(), topic.partitions().size());
            for (int i = 0; i < both; i++) {
                count(known.partitions().get(i), topic.partitions().get(i));
            }
        }
    }

    private void count(PartitionImage before, PartitionImage after) {
        if (before == after || after.leader() != brokerId) {
            return;
        }
        if (after.isr().size() < before.isr().size()) {
            shrinks.increment();
        } else if (after.isr().size() > before.isr().size()) {
            expands.increment();
        }
        if (after.leaderEpoch() > before.leaderEpoch()) {
            boolean lossy =
                    after.uncleanEpoch() != before.uncleanEpoch()
                            && after.uncleanEpoch() == after.leaderEpoch();
            (lossy ? unclean : clean).increment();
        }
    }

    @Override
    public void collect(MetricSink sink) {
        ClusterImage image = metadata.image();
        sink.counter(ISR, ISR_HELP, shrinks.value(), "change", "shrink");
        sink.counter(ISR, ISR_HELP, expands.value(), "change", "expand");
        sink.counter(ELECTIONS, ELECTIONS_HELP, clean.value(), "kind", "clean");
        sink.counter(ELECTIONS, ELECTIONS_HELP, unclean.value(), "kind", "unclean");
        tellBrokers(image, sink);
        tellPartitions(image, sink);
        tellQuorum(image, sink);
    }

    private static void tellBrokers(ClusterImage image, MetricSink sink) {
        brokers(image, "active", BrokerImage::isActive, sink);
        brokers(image, "fenced", BrokerImage::fenced, sink);
        brokers(image, "stopping", one -> one.shuttingDown() && !one.fenced(), sink);
    }

    private static void brokers(
            ClusterImage image, String state, Predicate<BrokerImage> is, MetricSink sink) {
        sink.gauge(
                "sluice_cluster_brokers",
                "Registered brokers as this one knows them: active, fenced (not heard of), or"
                        + " stopping.",
                image.brokers().values().stream().filter(is).count(),
                "state",
                state);
    }

    private void tellPartitions(ClusterImage image, MetricSink sink) {
        Led led = new Led();
        long partitions = 0L;
        long offline = 0L;
        for (TopicImage topic : image.topics().values()) {
            for (PartitionImage one : topic.partitions()) {
                partitions++;
                if (one.leader() == PartitionImage.NO_LEADER) {
                    offline++;
                } else if (one.leader() == brokerId) {
                    look(topic.name(), one, led);
                }
            }
        }
        sink.gauge("sluice_cluster_topics", "Topics of the cluster.", image.topics().size());
        sink.gauge("sluice_cluster_partitions", "Partitions of the cluster.", partitions);
        sink.gauge(
                "sluice_cluster_partitions_offline",
                "Partitions of the cluster without a leader, as this broker knows it.",
                offline);
        sink.gauge(
                "sluice_partitions_under_replicated",
                "Partitions led here that lack an in-sync replica.",
                led.underReplicated);
        sink.gauge(
                "sluice_partitions_under_min_isr",
                "Partitions led here that take no acks=all: fewer in-sync replicas than"
                        + " min.insync.replicas.",
                led.underMinIsr);
        sink.gauge(
                "sluice_partitions_at_min_isr",
                "Partitions led here that take no acks=all once one more replica goes.",
                led.atMinIsr);
        sink.gauge(
                "sluice_partitions_reassigning",
                "Partitions led here whose replicas are being moved.",
                led.moving);
        sink.gauge(
                "sluice_leaders_not_preferred",
                "Partitions led here whose first replica is another broker.",
                led.notPreferred);
    }

    private void look(String topic, PartitionImage one, Led led) {
        for (int replica : one.replicas()) {
            if (!one.isr().contains(replica)
                    && !one.adding().contains(replica)
                    && !one.removing().contains(replica)) {
                led.underReplicated++;
                break;
            }
        }
        int wanted = minInsync.applyAsInt(new TopicPartition(topic, one.partition()));
        int min = Math.min(wanted, one.replicas().size());
        if (one.isr().size() < min) {
            led.underMinIsr++;
        } else if (one.isr().size() == min && one.replicas().size() > min) {
            led.atMinIsr++;
        }
        if (one.isMoving()) {
            led.moving++;
        }
        if (one.replicas().getFirst() != brokerId) {
            led.notPreferred++;
        }
    }

    private void tellQuorum(ClusterImage image, MetricSink sink) {
        sink.gauge(
                "sluice_metadata_applied_index",
                "The last entry of the metadata log that this broker applied.",
                image.index());
        Gathering<Quorum> gathering = new Gathering<>();
        gathering.ask(home, log::quorum);
        for (Quorum quorum : gathering.await()) {
            sink.gauge(
                    "sluice_controller_active",
                    "1 at the broker that decides for the cluster; the sum over all brokers is to be"
                            + " 1.",
                    quorum.leader() == brokerId ? 1.0 : 0.0);
            sink.gauge(
                    "sluice_controller_known",
                    "1 while this broker knows who decides for the cluster.",
                    quorum.leader() == Quorum.NOBODY ? 0.0 : 1.0);
            sink.gauge(
                    "sluice_controller_term",
                    "Grows with every election of a controller.",
                    quorum.term());
            sink.gauge(
                    "sluice_metadata_committed_index",
                    "The last entry of the metadata log that this broker knows to be committed.",
                    quorum.committed());
            for (Quorum.Member member : quorum.voters()) {
                if (quorum.leader() == brokerId && member.endIndex() != Quorum.UNKNOWN) {
                    sink.gauge(
                            "sluice_metadata_voter_lag",
                            "Entries of the metadata log that a voter lacks; told by the controller.",
                            Math.max(0L, quorum.committed() - member.endIndex()),
                            "voter",
                            Integer.toString(member.brokerId()));
                }
            }
        }
    }
}
