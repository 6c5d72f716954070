package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.world.Effects.Effect;
import java.util.List;

/** Who gives orders to the cluster: through any broker that runs, without waiting for the end. */
final class Operator {

    private final Scene scene;

    Operator(Scene scene) {
        this.scene = scene;
    }

    /** False if there is no broker to tell. */
    boolean order(ControllerCommand command) {
        List<Machine> running =
                scene.site().machines().stream().filter(one -> isThere(one)).toList();
        if (running.isEmpty()) {
            return false;
        }
        Machine through = scene.any(running);
        BrokerProcess broker = through.broker();
        if (broker == null) {
            return false;
        }
        scene.world().trace().tell("operator", "through %s: %s", through, command);
        broker.process().run(() -> broker.door().submit(command, this::heard));
        return true;
    }

    private static boolean isThere(Machine machine) {
        BrokerProcess broker = machine.broker();
        return broker != null && broker.isServing() && !machine.isPaused();
    }

    private void heard(ControllerReply reply) {
        for (Outcome outcome : reply.outcomes()) {
            scene.world()
                    .trace()
                    .tell("operator", "is told %s %s", outcome.error(), outcome.detail());
            boolean followed = outcome.error() == ErrorCode.NONE;
            scene.coverage().count(followed ? "orders followed" : "orders not followed");
            if (followed) {
                scene.world().felt(Effect.ORDER_FOLLOWED);
            }
        }
    }
}
