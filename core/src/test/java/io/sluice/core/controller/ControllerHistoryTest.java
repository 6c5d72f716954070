package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.CreatePartitions;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.DeleteTopics;
import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random histories of commands, each from a seed: what is applied live, replayed from bytes, and
 * restored from a snapshot with the rest replayed, is the same; and a simple model agrees.
 */
final class ControllerHistoryTest {

    private static final int SEEDS = 300;
    private static final int COMMANDS = 120;
    private static final List<String> KEYS =
            List.of("retention.ms", "segment.bytes", "cleanup.policy", "nonsense");

    private static final Controller.Defaults DEFAULTS =
            new Controller.Defaults() {
                @Override
                public int partitions() {
                    return 3;
                }

                @Override
                public int replicationFactor() {
                    return 2;
                }

                @Override
                public boolean topicDeletion() {
                    return true;
                }
            };

    @Test
    void replayAndSnapshotGiveWhatWasApplied() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            new History(seed).run();
        }
    }

    private static final class History {
        private final long seed;
        private final Random random;
        private final Controller live = new Controller(DEFAULTS);
        private final List<ByteBuffer> log = new ArrayList<>();

        /** Topic to number of partitions. */
        private final SortedMap<String, Integer> model = new TreeMap<>();

        private long producerIds;

        History(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
        }

        void run() {
            take(new ControllerCommand.InitializeCluster(id()));
            take(Given.register(1, id()));
            take(Given.register(2, id()));
            int snapshotAt = random.nextInt(COMMANDS);
            ByteBuffer snapshot = MetadataEventCodec.encode(live.snapshot());
            int entriesBefore = log.size();
            for (int i = 0; i < COMMANDS; i++) {
                ControllerCommand command = command();
                check(command, take(command));
                if (i == snapshotAt) {
                    snapshot = MetadataEventCodec.encode(live.snapshot());
                    entriesBefore = log.size();
                }
            }
            checkModel();
            assertThat(replayed(log)).as("seed %d, replayed", seed).isEqualTo(live.image(0));
            List<ByteBuffer> tail = new ArrayList<>();
            tail.add(snapshot);
            tail.addAll(log.subList(entriesBefore, log.size()));
            assertThat(replayed(tail)).as("seed %d, snapshot", seed).isEqualTo(live.image(0));
        }

        private static ClusterImage replayed(List<ByteBuffer> entries) {
            Controller controller = new Controller(DEFAULTS);
            for (ByteBuffer entry : entries) {
                MetadataEventCodec.decode(entry.duplicate()).forEach(controller::apply);
            }
            return controller.image(0);
        }

        private ControllerReply take(ControllerCommand command) {
            ClusterImage before = live.image(0);
            Controller.Decision decision = live.decide(command);
            assertThat(live.image(0))
                    .as("seed %d: a decision changes nothing", seed)
                    .isEqualTo(before);
            ByteBuffer bytes = MetadataEventCodec.encode(decision.events());
            List<MetadataEvent> read = MetadataEventCodec.decode(bytes.duplicate());
            assertThat(read).as("seed %d: the codec", seed).isEqualTo(decision.events());
            log.add(bytes);
            read.forEach(live::apply);
            return decision.reply();
        }

        private ControllerCommand command() {
            return switch (random.nextInt(10)) {
                case 0, 1, 2 -> create();
                case 3 -> new DeleteTopics(List.of(ref(), ref()));
                case 4 ->
                        new CreatePartitions(
                                List.of(new NewPartitions(name(), random.nextInt(9), List.of())),
                                random.nextInt(4) == 0);
                case 5, 6 -> alter();
                case 7 -> new ControllerCommand.AllocateProducerIds(1, random.nextInt(5));
                case 8 ->
                        new AssignDirectories(
                                1 + random.nextInt(2),
                                Map.of(new TopicPartition(name(), random.nextInt(4)), id()));
                default -> Given.register(1 + random.nextInt(3), id());
            };
        }

        private Uuid id() {
            return new Uuid(random.nextLong(), random.nextLong());
        }

        private String name() {
            return List.of("a", "b", "c.d", "c_d", "e-f", "bad name").get(random.nextInt(6));
        }

        private TopicRef ref() {
            TopicImage topic = live.image(0).topics().get(name());
            return topic != null && random.nextBoolean()
                    ? new TopicRef(Optional.empty(), topic.id())
                    : Given.byName(name());
        }

        private CreateTopics create() {
            List<NewTopic> topics = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                topics.add(
                        new NewTopic(
                                name(),
                                id(),
                                random.nextInt(6) - 1,
                                random.nextInt(5) - 1,
                                Map.of(),
                                random.nextInt(3) == 0 ? Map.of("retention.ms", "7") : Map.of()));
            }
            return new CreateTopics(topics, random.nextInt(5) == 0);
        }

        private AlterConfigs alter() {
            OperationType[] types = OperationType.values();
            ConfigOperation operation =
                    new ConfigOperation(
                            types[random.nextInt(types.length)],
                            KEYS.get(random.nextInt(KEYS.size())),
                            random.nextBoolean() ? "compact" : "4096");
            ConfigOperation shared =
                    new ConfigOperation(
                            OperationType.SET, "log.retention.ms", "" + random.nextInt(9));
            return new AlterConfigs(
                    List.of(
                            new ConfigChange(
                                    ResourceType.TOPIC,
                                    name(),
                                    List.of(operation),
                                    random.nextBoolean()),
                            new ConfigChange(
                                    ResourceType.BROKER,
                                    random.nextBoolean() ? "" : "1",
                                    List.of(shared),
                                    false),
                            new ConfigChange(
                                    ResourceType.GROUP,
                                    name(),
                                    List.of(
                                            new ConfigOperation(
                                                    types[random.nextInt(types.length)],
                                                    "consumer.session.timeout.ms",
                                                    "" + (6_000 + random.nextInt(9)))),
                                    random.nextBoolean())),
                    random.nextInt(5) == 0);
        }

        private void check(ControllerCommand command, ControllerReply reply) {
            List<Outcome> outcomes = reply.outcomes();
            switch (command) {
                case CreateTopics c -> {
                    for (int i = 0; i < outcomes.size() && !c.validateOnly(); i++) {
                        if (outcomes.get(i).error() == ErrorCode.NONE) {
                            TopicImage made = outcomes.get(i).topic().orElseThrow();
                            assertThat(model.put(made.name(), made.partitions().size()))
                                    .as("seed %d: made twice", seed)
                                    .isNull();
                        }
                    }
                }
                case DeleteTopics c -> {
                    for (Outcome outcome : outcomes) {
                        outcome.topic().ifPresent(gone -> model.remove(gone.name()));
                    }
                }
                case CreatePartitions c -> {
                    if (outcomes.getFirst().error() == ErrorCode.NONE && !c.validateOnly()) {
                        model.put(c.topics().getFirst().topic(), c.topics().getFirst().count());
                    }
                }
                case ControllerCommand.AllocateProducerIds c -> {
                    if (outcomes.getFirst().error() == ErrorCode.NONE) {
                        assertThat(reply.producerIds()).as("seed %d", seed).isEqualTo(producerIds);
                        producerIds += c.count();
                    }
                }
                case AlterConfigs c -> {}
                case AssignDirectories c -> {}
                case ControllerCommand.InitializeCluster c -> {}
                case ControllerCommand.RegisterBroker c -> {}
                case ControllerCommand.BrokerHeartbeat c -> {}
                case ControllerCommand.FenceBrokers c -> {}
                case ControllerCommand.UnregisterBroker c -> {}
                case ControllerCommand.AlterPartitions c -> {}
                case ControllerCommand.ElectLeaders c -> {}
                case ControllerCommand.AlterReassignments c -> {}
                case ControllerCommand.ReportLoads c -> {}
            }
        }

        private void checkModel() {
            ClusterImage image = live.image(0);
            SortedMap<String, Integer> sizes = new TreeMap<>();
            image.topics().forEach((name, topic) -> sizes.put(name, topic.partitions().size()));
            assertThat(sizes).as("seed %d", seed).isEqualTo(model);
            assertThat(image.topicsById()).hasSize(model.size());
            image.topicsById()
                    .forEach((id, topic) ->
                            assertThat(image.topics().get(topic.name())).isSameAs(topic));
        }
    }
}
