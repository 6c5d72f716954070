package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A controller in a test, and short ways to ask it. */
final class Given {

    private final Controller controller;
    private final Controller.Defaults defaults;
    private long nextId = 1;

    Given(int brokers) {
        this(
                brokers,
                new Controller.Defaults() {
                    @Override
                    public int partitions() {
                        return 2;
                    }

                    @Override
                    public int replicationFactor() {
                        return 1;
                    }

                    @Override
                    public boolean topicDeletion() {
                        return true;
                    }
                });
    }

    Given(int brokers, Controller.Defaults defaults) {
        this.defaults = defaults;
        controller = new Controller(defaults);
        run(new ControllerCommand.InitializeCluster(id()));
        for (int broker = 1; broker <= brokers; broker++) {
            run(register(broker, id()));
        }
    }

    Controller.Defaults defaults() {
        return defaults;
    }

    Controller controller() {
        return controller;
    }

    Uuid id() {
        return new Uuid(7, nextId++);
    }

    ControllerReply run(ControllerCommand command) {
        Controller.Decision decision = controller.decide(command);
        decision.events().forEach(controller::apply);
        return decision.reply();
    }

    Outcome create(String name) {
        return create(topic(name, -1, -1));
    }

    Outcome create(NewTopic topic) {
        return run(new ControllerCommand.CreateTopics(List.of(topic), false)).outcomes().getFirst();
    }

    NewTopic topic(String name, int partitions, int factor) {
        return new NewTopic(name, id(), partitions, factor, Map.of(), Map.of());
    }

    NewTopic assigned(String name, Map<Integer, List<Integer>> assignment) {
        return new NewTopic(name, id(), -1, -1, assignment, Map.of());
    }

    NewTopic configured(String name, Map<String, String> configs) {
        return new NewTopic(name, id(), -1, -1, Map.of(), configs);
    }

    Outcome alter(ResourceType type, String name, ConfigOperation... operations) {
        return run(new ControllerCommand.AlterConfigs(
                        List.of(new ConfigChange(type, name, List.of(operations), false)), false))
                .outcomes()
                .getFirst();
    }

    static ConfigOperation set(String key, String value) {
        return new ConfigOperation(OperationType.SET, key, value);
    }

    static TopicRef byName(String name) {
        return new TopicRef(Optional.of(name), Uuid.ZERO);
    }

    static ControllerCommand.RegisterBroker register(int broker, Uuid incarnation) {
        return new ControllerCommand.RegisterBroker(
                broker,
                incarnation,
                Optional.of("rack-" + broker),
                List.of(new BrokerImage.Endpoint("PLAINTEXT", "localhost", 9000 + broker)),
                List.of(),
                -1L,
                true);
    }

    ClusterImage image() {
        return controller.image(0);
    }

    TopicImage find(String name) {
        TopicImage topic = image().topics().get(name);
        if (topic == null) {
            throw new AssertionError("no topic " + name);
        }
        return topic;
    }
}
