package io.sluice.simulator;

import io.sluice.core.controller.PartitionImage;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.client.ScheduleReader;
import io.sluice.simulator.client.Sender;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.world.Effects.Effect;
import java.util.List;

/** Senders of messages that wait die, and somebody deletes the log below what waits. */
final class ScheduleMischief implements Mischief {

    private static final int AWAY_MS = 1_500;
    private static final int KEPT = 30;

    private final Scene scene;
    private final List<Sender> senders;
    private final List<ScheduleReader> readers;

    ScheduleMischief(Scene scene, List<Sender> senders, List<ScheduleReader> readers) {
        this.scene = scene;
        this.senders = senders;
        this.readers = readers;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (senders.isEmpty()) {
            return false;
        }
        return fault == Fault.SENDER_DIES
                ? scene.any(senders).die(1 + scene.random().nextInt(AWAY_MS))
                : delete(scene.any(readers));
    }

    /** What was read, as its leader knows it. */
    private boolean delete(ScheduleReader reader) {
        PartitionImage image = scene.truth().partition(reader.topicPartition());
        BrokerProcess leader =
                image == null || image.leader() < 0
                        ? null
                        : scene.site().machine(image.leader()).broker();
        long below = reader.position() - scene.random().nextInt(KEPT);
        if (leader == null || below <= 0) {
            return false;
        }
        scene.world().felt(Effect.ORDER_FOLLOWED);
        leader.process()
                .run(() -> leader.door().schedule().deleteRecords(reader.topicPartition(), below));
        return true;
    }
}
