package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Replicas and leaderships are moved, and moved back, by orders. */
final class MoveMischief implements Mischief {

    private final Scene scene;
    private final Operator operator;
    private final int minInSync;

    MoveMischief(Scene scene, Operator operator, int minInSync) {
        this.scene = scene;
        this.operator = operator;
        this.minInSync = minInSync;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        List<TopicPartition> all = scene.truth().partitions();
        if (all.isEmpty()) {
            return false;
        }
        return switch (fault) {
            case REPLICAS_MOVED -> move(scene.any(all));
            case MOVES_CANCELLED -> cancel(all);
            default -> operator.order(new ElectLeaders(false, all));
        };
    }

    /** To some of the brokers there are, in any order, perhaps one more or one fewer than now. */
    private boolean move(TopicPartition name) {
        PartitionImage now = scene.truth().partition(name);
        List<Integer> brokers = new ArrayList<>(scene.truth().image().brokers().keySet());
        if (now == null || brokers.isEmpty()) {
            return false;
        }
        Collections.shuffle(brokers, scene.random());
        int size = now.target().size() + scene.random().nextInt(3) - 1;
        // One copy is never what is left of several: it might be the one that is about to go.
        int least = Math.max(minInSync, Math.min(2, now.target().size()));
        int wanted = Math.min(brokers.size(), Math.max(least, size));
        return operator.order(reassign(name, Optional.of(List.copyOf(brokers.subList(0, wanted)))));
    }

    private boolean cancel(List<TopicPartition> all) {
        List<TopicPartition> moving =
                all.stream()
                        .filter(one -> {
                            PartitionImage now = scene.truth().partition(one);
                            return now != null && now.isMoving();
                        })
                        .toList();
        return !moving.isEmpty() && operator.order(reassign(scene.any(moving), Optional.empty()));
    }

    private static AlterReassignments reassign(
            TopicPartition name, Optional<List<Integer>> replicas) {
        return new AlterReassignments(List.of(new Reassignment(name, replicas)), true);
    }
}
