package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/** A controller in a history: every command goes in, and every answer out, as bytes. */
final class ClusterRoom {

    private static final Controller.Defaults DEFAULTS = new Given(0).defaults();

    private final Random random;
    private final Bug bug;
    private final IntPredicate runs;
    private final ClusterChecks checks = new ClusterChecks();
    private final SortedMap<Uuid, SortedMap<Integer, ReplicaModel>> models = new TreeMap<>();
    private Controller controller = new Controller(DEFAULTS);

    /** New leaders so far. */
    int elections;

    /**
     * @param runs whether that broker runs: who is dead and not fenced yet may be elected, and
     *     leads nothing before it has registered anew
     */
    ClusterRoom(Random random, Bug bug, IntPredicate runs) {
        this.random = random;
        this.bug = bug;
        this.runs = runs;
    }

    Uuid id() {
        return new Uuid(random.nextLong(), random.nextLong());
    }

    ClusterImage image() {
        return controller.image(0);
    }

    ReplicaModel model(Uuid topic, int partition) {
        return models.computeIfAbsent(topic, id -> new TreeMap<>())
                .computeIfAbsent(partition, number -> new ReplicaModel());
    }

    int minimum(TopicImage topic) {
        return new TopicRules(ClusterState.EMPTY, DEFAULTS).of(topic).minInsync();
    }

    ControllerReply take(ControllerCommand command) {
        ControllerCommand read =
                ControllerCommandCodec.decode(ControllerCommandCodec.encode(command));
        assertThat(read).isEqualTo(command);
        ClusterImage before = image();
        Controller.Decision decision = controller.decide(bug.seen(read, before));
        assertThat(controller.decide(bug.seen(read, before))).isEqualTo(decision);
        assertThat(image()).as("a decision changes nothing").isEqualTo(before);
        List<MetadataEvent> events = bug.left(read, decision.events(), before);
        ByteBuffer bytes = MetadataEventCodec.encode(events);
        List<MetadataEvent> committed = MetadataEventCodec.decode(bytes);
        assertThat(committed).isEqualTo(events);
        committed.forEach(controller::apply);
        ControllerReply reply =
                ControllerReplyCodec.decode(ControllerReplyCodec.encode(decision.reply()));
        assertThat(reply).isEqualTo(decision.reply());
        assertThat(reply.outcomes()).hasSize(command.items());
        ClusterImage after = image();
        checks.check(command, reply, before, after, this::minimum);
        follow(before, after);
        return reply;
    }

    /** Whoever is elected has all that is committed, or it was said that it may be lost. */
    private void follow(ClusterImage before, ClusterImage after) {
        for (TopicImage topic : after.topics().values()) {
            TopicImage old = before.topicsById().get(topic.id());
            for (PartitionImage now : topic.partitions()) {
                if (old != null
                        && now.partition() < old.partitions().size()
                        && now.leader() != PartitionImage.NO_LEADER) {
                    PartitionImage was = old.partitions().get(now.partition());
                    if (was.leaderEpoch() != now.leaderEpoch() || was.leader() != now.leader()) {
                        elected(topic, was, now);
                    }
                }
            }
        }
    }

    private void elected(TopicImage topic, PartitionImage was, PartitionImage now) {
        elections++;
        ReplicaModel model = model(topic.id(), now.partition());
        boolean unclean = now.uncleanEpoch() == now.leaderEpoch();
        boolean isLastAfterACrash =
                was.isr().equals(List.of(now.leader())) && model.isDoubtful(now.leader());
        if (!unclean && !runs.test(now.leader())) {
            return;
        }
        if (!unclean && !isLastAfterACrash) {
            assertThat(model.holdsAllCommitted(now.leader()))
                    .as("%s to %s: %s", was, now, model)
                    .isTrue();
        }
        model.lead(now.leader());
    }

    /** What was not flushed is lost, some of it. */
    void crashed(int broker) {
        for (TopicImage topic : image().topics().values()) {
            if ("os".equals(topic.configs().get("sluice.flush"))) {
                for (PartitionImage partition : topic.partitions()) {
                    model(topic.id(), partition.partition()).crash(broker, random.nextInt(6));
                }
            }
        }
    }

    void wiped(int broker) {
        models.values().forEach(ofTopic -> ofTopic.values().forEach(one -> one.wipe(broker)));
    }

    void alter(String topic, Random chance) {
        ControllerCommand.ConfigOperation operation =
                chance.nextInt(4) > 0
                        ? Given.set("min.insync.replicas", "" + (1 + chance.nextInt(3)))
                        : Given.set(
                                "unclean.leader.election.enable", "" + (chance.nextInt(3) == 0));
        take(
                new ControllerCommand.AlterConfigs(
                        List.of(
                                new ControllerCommand.ConfigChange(
                                        ResourceType.TOPIC, topic, List.of(operation), false)),
                        chance.nextInt(5) == 0));
    }

    /** Another broker decides from now on, from a snapshot. */
    void reload() {
        List<MetadataEvent> snapshot = new ArrayList<>();
        for (MetadataEvent event : controller.snapshot()) {
            snapshot.add(
                    bug == Bug.SNAPSHOT_WITHOUT_ELIGIBLE
                                    && event instanceof MetadataEvent.PartitionsAdded added
                            ? withoutEligible(added)
                            : event);
        }
        Controller other = new Controller(DEFAULTS);
        MetadataEventCodec.decode(MetadataEventCodec.encode(snapshot)).forEach(other::apply);
        assertThat(other.image(0)).isEqualTo(image());
        assertThat(other.snapshot()).isEqualTo(controller.snapshot());
        controller = other;
    }

    private static MetadataEvent withoutEligible(MetadataEvent.PartitionsAdded added) {
        return new MetadataEvent.PartitionsAdded(
                added.topicId(),
                added.partitions().stream()
                        .map(p ->
                                new PartitionImage(
                                        p.partition(),
                                        p.replicas(),
                                        p.directories(),
                                        p.isr(),
                                        p.leader(),
                                        p.leaderEpoch(),
                                        p.partitionEpoch()))
                        .toList());
    }

    boolean isStopping(int broker) {
        BrokerImage image = image().brokers().get(broker);
        return image != null && image.shuttingDown();
    }

    /** I-13: everybody lives, so only who lost everything is missed. */
    void expectLeadersWhereSomebodyHoldsAll() {
        Standings standings = new Standings(image().brokers());
        for (TopicImage topic : image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.leader() == PartitionImage.NO_LEADER) {
                    assertThat(partition.isr())
                            .as("nobody leads %s", partition)
                            .allMatch(member -> standings.isStranger(partition, member));
                }
            }
        }
    }

    void orderUnclean() {
        List<TopicPartition> leaderless = new ArrayList<>();
        for (TopicImage topic : image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                if (partition.leader() == PartitionImage.NO_LEADER) {
                    leaderless.add(new TopicPartition(topic.name(), partition.partition()));
                }
            }
        }
        take(new ElectLeaders(true, leaderless));
    }
}
