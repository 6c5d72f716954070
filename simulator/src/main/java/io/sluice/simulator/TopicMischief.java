package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.CreatePartitions;
import io.sluice.core.controller.ControllerCommand.CreateTopics;
import io.sluice.core.controller.ControllerCommand.DeleteTopics;
import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.Uuid;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A topic is deleted, made again under its name, and grown, while clients write to it. */
final class TopicMischief implements Mischief {

    /** The topic that comes and goes. */
    static final String FLEETING = "fleeting";

    /** More it never has. */
    static final int MOST_PARTITIONS = 3;

    private static final long ITS_TOPICS = 0x71L;

    private final Scene scene;
    private final Operator operator;
    private final Plan plan;
    private int made;

    TopicMischief(Scene scene, Operator operator, Plan plan) {
        this.scene = scene;
        this.operator = operator;
        this.plan = plan;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        TopicImage topic = scene.truth().image().topics().get(FLEETING);
        if (topic == null) {
            return create();
        }
        if (fault == Fault.PARTITIONS_ADDED) {
            return grow(topic);
        }
        boolean deleted =
                operator.order(
                        new DeleteTopics(List.of(new TopicRef(Optional.of(FLEETING), Uuid.ZERO))));
        if (deleted && scene.random().nextInt(4) > 0) {
            scene.world().afterMs(scene.random().nextInt(100), this::createUnlessOver);
        }
        return deleted;
    }

    private void createUnlessOver() {
        if (!scene.isOver()) {
            create();
        }
    }

    private boolean create() {
        NewTopic topic =
                new NewTopic(
                        FLEETING,
                        new Uuid(ITS_TOPICS, ++made),
                        1 + scene.random().nextInt(2),
                        plan.replicas(),
                        Map.of(),
                        Map.of("min.insync.replicas", String.valueOf(plan.minInSync())));
        return operator.order(new CreateTopics(List.of(topic), false));
    }

    private boolean grow(TopicImage topic) {
        int count = topic.partitions().size() + 1;
        return count <= MOST_PARTITIONS
                && operator.order(
                        new CreatePartitions(
                                List.of(new NewPartitions(FLEETING, count, List.of())), false));
    }
}
