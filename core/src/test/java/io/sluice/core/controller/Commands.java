package io.sluice.core.controller;

import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.NewPartitions;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerCommand.TopicRef;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Commands of every kind, with something in every field. */
final class Commands {

    private static final Uuid ID = new Uuid(1, 2);
    private static final TopicPartition PARTITION = new TopicPartition("orders", 3);

    private Commands() {}

    static List<ControllerCommand> all() {
        return List.of(
                new ControllerCommand.InitializeCluster(ID),
                new ControllerCommand.RegisterBroker(
                        7,
                        ID,
                        Optional.of("rack"),
                        List.of(new BrokerImage.Endpoint("PLAINTEXT", "höst", 9092)),
                        List.of(ID, new Uuid(3, 4)),
                        5L,
                        true),
                new ControllerCommand.BrokerHeartbeat(7, 5L, 99L, true, false, List.of(ID)),
                new ControllerCommand.FenceBrokers(
                        List.of(new BrokerEpoch(7, 5L), new BrokerEpoch(8, 6L))),
                new ControllerCommand.UnregisterBroker(7),
                new ControllerCommand.AlterPartitions(
                        7,
                        5L,
                        List.of(
                                new ControllerCommand.IsrChange(
                                        ID, 3, 11, 12, List.of(new BrokerEpoch(7, 5L))))),
                new ControllerCommand.ElectLeaders(true, List.of(PARTITION)),
                new ControllerCommand.AlterReassignments(
                        List.of(
                                new ControllerCommand.Reassignment(
                                        PARTITION, Optional.of(List.of(7, 8, 9))),
                                new ControllerCommand.Reassignment(PARTITION, Optional.empty())),
                        true),
                new ControllerCommand.AlterReassignments(
                        List.of(
                                new ControllerCommand.Reassignment(
                                        PARTITION, Optional.of(List.of(7, 8, 9)))),
                        false,
                        true),
                new ControllerCommand.ReportLoads(
                        7, 5L, List.of(new ControllerCommand.PartitionLoad(ID, 3, 1_000L, 2L))),
                new ControllerCommand.CreateTopics(
                        List.of(
                                new NewTopic("a", ID, 3, 2, Map.of(), Map.of("k", "v")),
                                new NewTopic("b", ID, -1, -1, Map.of(0, List.of(7, 8)), Map.of())),
                        true),
                new ControllerCommand.DeleteTopics(
                        List.of(
                                new TopicRef(Optional.of("a"), Uuid.ZERO),
                                new TopicRef(Optional.empty(), ID))),
                new ControllerCommand.CreatePartitions(
                        List.of(new NewPartitions("a", 4, List.of(List.of(7), List.of(8)))), false),
                new ControllerCommand.AlterConfigs(
                        List.of(
                                new ConfigChange(
                                        ResourceType.GROUP,
                                        "g",
                                        List.of(
                                                new ConfigOperation(
                                                        OperationType.APPEND, "k", "v")),
                                        true)),
                        true),
                new ControllerCommand.AllocateProducerIds(7, 1000),
                new ControllerCommand.AssignDirectories(7, Map.of(PARTITION, ID)));
    }
}
