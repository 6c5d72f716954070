package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Brokers of a cluster in a test, and one topic "t" with one partition, unless said otherwise. */
final class Brokers {

    final Given given = new Given(0);

    /** Registers them, and lets them serve. */
    Brokers(int count) {
        for (int id = 1; id <= count; id++) {
            start(id);
        }
    }

    static Uuid directory(int broker) {
        return new Uuid(100, broker);
    }

    RegisterBroker registration(int id, List<Uuid> directories, long stoppedEpoch) {
        return new RegisterBroker(
                id,
                given.id(),
                Optional.of("rack-" + id % 3),
                List.of(new BrokerImage.Endpoint("PLAINTEXT", "localhost", 9000 + id)),
                directories,
                stoppedEpoch,
                false);
    }

    /** Registers and serves, after a stop that nobody knows of. */
    void start(int id) {
        start(id, List.of(directory(id)), -1L);
    }

    void start(int id, List<Uuid> directories, long stoppedEpoch) {
        ControllerReply reply = given.run(registration(id, directories, stoppedEpoch));
        assertThat(reply.outcomes().getFirst().error()).isEqualTo(ErrorCode.NONE);
        beat(id, false, false);
    }

    ControllerReply beat(int id, boolean wantFence, boolean wantShutdown) {
        return given.run(
                new BrokerHeartbeat(id, epoch(id), 0L, wantFence, wantShutdown, List.of()));
    }

    long epoch(int id) {
        return broker(id).epoch();
    }

    BrokerImage broker(int id) {
        BrokerImage broker = given.image().brokers().get(id);
        if (broker == null) {
            throw new AssertionError("no broker " + id);
        }
        return broker;
    }

    void fence(Integer... ids) {
        List<BrokerEpoch> brokers = new ArrayList<>();
        for (int id : ids) {
            brokers.add(new BrokerEpoch(id, epoch(id)));
        }
        given.run(new FenceBrokers(brokers));
    }

    /** Topic "t" with one partition there, in directories that are known. */
    void topic(Map<String, String> configs, Integer... replicas) {
        given.create(new NewTopic("t", given.id(), -1, -1, Map.of(0, List.of(replicas)), configs));
        for (int replica : replicas) {
            given.run(
                    new ControllerCommand.AssignDirectories(
                            replica, Map.of(new TopicPartition("t", 0), directory(replica))));
        }
    }

    PartitionImage partition() {
        return given.find("t").partitions().getFirst();
    }

    /** What the leader tells, as it should. */
    IsrChange change(Integer... isr) {
        PartitionImage now = partition();
        return new IsrChange(
                given.find("t").id(),
                0,
                now.leaderEpoch(),
                now.partitionEpoch(),
                IntStream.range(0, isr.length)
                        .mapToObj(i -> new BrokerEpoch(isr[i], epoch(isr[i])))
                        .toList());
    }

    Outcome tell(int leader, IsrChange change) {
        return given.run(new AlterPartitions(leader, epoch(leader), List.of(change)))
                .outcomes()
                .getFirst();
    }

    Outcome inSync(Integer... isr) {
        return tell(partition().leader(), change(isr));
    }

    Outcome elect(boolean unclean) {
        return given.run(new ElectLeaders(unclean, List.of(new TopicPartition("t", 0))))
                .outcomes()
                .getFirst();
    }

    Outcome reassign(Integer... target) {
        return reassign(Optional.of(List.of(target)), true);
    }

    Outcome reassign(Optional<List<Integer>> target, boolean mayChangeFactor) {
        return given.run(
                        new AlterReassignments(
                                List.of(new Reassignment(new TopicPartition("t", 0), target)),
                                mayChangeFactor))
                .outcomes()
                .getFirst();
    }
}
