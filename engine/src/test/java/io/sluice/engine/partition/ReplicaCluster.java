package io.sluice.engine.partition;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.ManualClock;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metadata.Quorum;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Three brokers' partitions on virtual time, with logs in memory, around the real controller: its
 * commands are decided at once, and its images reach each broker late and in order. Fetches cross a
 * network that loses and delays them.
 */
final class ReplicaCluster {

    static final int BROKERS = 3;
    static final String TOPIC = "t";
    static final Uuid TOPIC_ID = new Uuid(7L, 1L);

    /** When a broker that died is known to be dead. */
    private static final long LEASE_MS = 150L;

    final Random random;
    final CallerDrivenScheduler scheduler =
            new CallerDrivenScheduler(new ManualClock(1_700_000_000_000L));
    final List<ReplicaNode> nodes = new ArrayList<>();
    final TopicConfig config;
    private final Controller controller = new Controller(new Settings());
    private final boolean[][] cut = new boolean[BROKERS + 1][BROKERS + 1];
    private ClusterImage image = ClusterImage.EMPTY;
    private long incarnation;

    private static final class Settings implements Controller.Defaults {
        @Override
        public int partitions() {
            return 2;
        }

        @Override
        public int replicationFactor() {
            return 3;
        }

        @Override
        public boolean topicDeletion() {
            return true;
        }

        @Override
        public int minInsyncReplicas() {
            return 2;
        }
    }

    ReplicaCluster(long seed, TopicConfig config) {
        this.random = new Random(seed);
        this.config = config;
        for (int id = 1; id <= BROKERS; id++) {
            nodes.add(new ReplicaNode(id, this));
        }
        nodes.forEach(ReplicaNode::start);
        scheduler.advanceMs(50);
        decide(
                new ControllerCommand.CreateTopics(
                        List.of(
                                new ControllerCommand.NewTopic(
                                        TOPIC, TOPIC_ID, 2, 3, Map.of(), Map.of())),
                        false));
        scheduler.advanceMs(200);
    }

    ReplicaNode node(int id) {
        return nodes.get(id - 1);
    }

    long delayNanos() {
        return 100_000L + random.nextInt(3_000_000);
    }

    // The controller.

    ControllerReply decide(ControllerCommand command) {
        Controller.Decision decision = controller.decide(command);
        if (!decision.events().isEmpty()) {
            decision.events().forEach(controller::apply);
            image = controller.image(image.index() + 1);
            nodes.forEach(node -> node.metadata.coming(image));
        }
        return decision.reply();
    }

    /** What the controller knows of a partition. */
    PartitionImage partition(int number) {
        return Objects.requireNonNull(image.topics().get(TOPIC)).partitions().get(number);
    }

    /**
     * A broker's next registration. A former one that has not ended is fenced first, as its lease
     * would end while the broker tries.
     */
    long register(int id, long formerEpoch) {
        if (formerEpoch >= 0) {
            fence(id, formerEpoch);
        }
        return decide(
                        new ControllerCommand.RegisterBroker(
                                id,
                                new Uuid(9L, ++incarnation),
                                Optional.empty(),
                                List.of(),
                                List.of(),
                                -1L,
                                false))
                .brokerEpoch();
    }

    void heartbeat(int id, long epoch) {
        decide(
                new ControllerCommand.BrokerHeartbeat(
                        id, epoch, image.index(), false, false, List.of()));
    }

    void fence(int id, long epoch) {
        decide(
                new ControllerCommand.FenceBrokers(
                        List.of(new ControllerCommand.BrokerEpoch(id, epoch))));
    }

    /** A broker dies: what it had not flushed is gone; its lease ends later. */
    void crash(int id) {
        ReplicaNode node = node(id);
        if (node.alive) {
            long epoch = node.brokerEpoch;
            node.crash();
            scheduler.after(LEASE_MS * 1_000_000L, () -> fence(id, epoch));
        }
    }

    void restart(int id) {
        if (!node(id).alive) {
            node(id).start();
        }
    }

    /** Whether what one sends the other arrives. */
    boolean reaches(int from, int to) {
        return !cut[from][to] && node(to).alive && random.nextInt(50) > 0;
    }

    void cut(int from, int to, boolean now) {
        cut[from][to] = now;
    }

    void heal() {
        for (boolean[] row : cut) {
            java.util.Arrays.fill(row, false);
        }
        for (int id = 1; id <= BROKERS; id++) {
            restart(id);
        }
    }

    /** The cluster as one broker knows it. */
    static final class NodeMetadata implements Metadata {
        private final ReplicaCluster cluster;
        private final List<ImageListener> listeners = new ArrayList<>();
        private final Deque<ClusterImage> coming = new ArrayDeque<>();
        private ClusterImage image = ClusterImage.EMPTY;
        private EventLoop home;

        NodeMetadata(ReplicaCluster cluster, EventLoop home) {
            this.cluster = cluster;
            this.home = home;
        }

        /** The next life begins with what is known everywhere. */
        void restart(EventLoop on) {
            home = on;
            listeners.clear();
            coming.clear();
            image = cluster.image;
        }

        void coming(ClusterImage next) {
            coming.add(next);
            cluster.scheduler.after(cluster.delayNanos(), this::arrived);
        }

        private void arrived() {
            ClusterImage next = coming.poll();
            if (next == null || next.index() <= image.index()) {
                return;
            }
            ClusterImage before = image;
            image = next;
            List.copyOf(listeners)
                    .forEach(one -> home.execute(() -> one.imageChanged(before, next)));
        }

        @Override
        public ClusterImage image() {
            return image;
        }

        @Override
        public void submit(
                ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
            int fate = cluster.random.nextInt(20);
            cluster.scheduler.after(
                    cluster.delayNanos(),
                    () -> {
                        ControllerReply nobodyKnows = new ControllerReply(List.of(), -1L, -1L);
                        ControllerReply decided = fate == 0 ? nobodyKnows : cluster.decide(command);
                        cluster.scheduler.after(
                                cluster.delayNanos() * 2,
                                () ->
                                        replyOn.post(() ->
                                                reply.accept(fate == 1 ? nobodyKnows : decided)));
                    });
        }

        @Override
        public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
            throw new UnsupportedOperationException("no partition asks for it");
        }

        @Override
        public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
            throw new UnsupportedOperationException("no partition asks for it");
        }

        @Override
        public void changeVoter(
                int broker,
                boolean votes,
                EventLoop replyOn,
                Consumer<ControllerReply.Outcome> reply) {
            throw new UnsupportedOperationException("no partition asks for it");
        }

        @Override
        public void subscribe(ImageListener listener) {
            listeners.add(listener);
            ClusterImage now = image;
            home.execute(() -> listener.imageChanged(now, now));
        }
    }
}
