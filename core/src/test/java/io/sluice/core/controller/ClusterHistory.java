package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterPartitions;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.controller.ControllerCommand.IsrChange;
import io.sluice.core.controller.ControllerCommand.Reassignment;
import io.sluice.core.controller.ControllerCommand.RegisterBroker;
import io.sluice.core.controller.ControllerCommand.UnregisterBroker;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A random history of a cluster, from a seed: brokers start, crash, lose their disks and stop;
 * leaders append, commit and change their ISR, some of them late; operators move and elect. After
 * every command the checks hold, and whoever is elected cleanly has all that is committed. In the
 * end everybody lives, and every partition is led by one and in sync on all (I-13).
 */
final class ClusterHistory {

    static final int STEPS = 160;
    private static final int TOPICS = 3;

    private final Random random;
    private final ClusterRoom room;
    private final int brokers;

    /** Brokers that run, each with the epoch it knows of itself. */
    private final SortedMap<Integer, Long> running = new TreeMap<>();

    /** Epochs of runs that ended cleanly. */
    private final SortedMap<Integer, Long> stopped = new TreeMap<>();

    /** Brokers that do not run, and did not end cleanly. */
    private final SortedSet<Integer> crashed = new TreeSet<>();

    private final SortedMap<Integer, Uuid> disks = new TreeMap<>();

    /** Changes that leaders have asked for and that nobody has decided yet. */
    private final List<AlterPartitions> pending = new ArrayList<>();

    ClusterHistory(long seed, Bug bug) {
        random = new Random(seed);
        room = new ClusterRoom(random, bug, running::containsKey);
        brokers = 3 + random.nextInt(3);
    }

    int elections() {
        return room.elections;
    }

    void run() {
        for (int id = 1; id <= brokers; id++) {
            disks.put(id, room.id());
            start(id);
        }
        for (int i = 0; i < TOPICS; i++) {
            create(i);
        }
        for (int i = 0; i < STEPS; i++) {
            step();
        }
        heal();
    }

    private void step() {
        int broker = 1 + random.nextInt(brokers);
        switch (random.nextInt(24)) {
            case 0, 1, 2 -> start(broker);
            case 3 -> crash(broker);
            case 4 -> wipe(broker);
            case 5 -> stop(broker);
            case 6, 7 -> fence(broker);
            case 8 -> beat(broker, random.nextInt(6) == 0, false);
            case 9 -> operate(broker);
            case 10 -> reassign();
            case 11 -> elect();
            case 12 -> room.alter(name(), random);
            case 13 -> room.reload();
            case 14, 15 -> decidePending();
            default -> serve();
        }
        assignDirectories();
    }

    private void create(int number) {
        int factor = 1 + random.nextInt(3);
        room.take(
                new ControllerCommand.CreateTopics(
                        List.of(
                                new ControllerCommand.NewTopic(
                                        "t" + number,
                                        room.id(),
                                        1 + random.nextInt(2),
                                        factor,
                                        Map.of(),
                                        Map.of(
                                                "min.insync.replicas",
                                                "" + (1 + random.nextInt(factor)),
                                                "sluice.flush",
                                                random.nextInt(3) == 0 ? "os" : "commit"))),
                        false));
    }

    private String name() {
        return "t" + random.nextInt(TOPICS);
    }

    private void start(int broker) {
        if (!running.containsKey(broker)) {
            if (crashed.remove(broker)) {
                room.crashed(broker);
            }
            ControllerReply reply =
                    room.take(
                            new RegisterBroker(
                                    broker,
                                    room.id(),
                                    Optional.of("rack-" + broker % 2),
                                    List.of(),
                                    List.of(disk(broker)),
                                    stopped.getOrDefault(broker, -1L),
                                    false));
            if (reply.outcomes().getFirst().error() == ErrorCode.NONE) {
                running.put(broker, reply.brokerEpoch());
                stopped.remove(broker);
            }
        }
        beat(broker, false, false);
    }

    private Uuid disk(int broker) {
        return disks.getOrDefault(broker, Uuid.ZERO);
    }

    private ControllerReply beat(int broker, boolean wantFence, boolean wantShutdown) {
        ControllerReply reply =
                room.take(
                        new BrokerHeartbeat(
                                broker,
                                running.getOrDefault(broker, -1L),
                                0L,
                                wantFence,
                                wantShutdown,
                                List.of()));
        ErrorCode error = reply.outcomes().getFirst().error();
        if (error == ErrorCode.BROKER_ID_NOT_REGISTERED || error == ErrorCode.STALE_BROKER_EPOCH) {
            running.remove(broker);
        }
        return reply;
    }

    private void crash(int broker) {
        if (running.remove(broker) != null) {
            crashed.add(broker);
        }
    }

    private void wipe(int broker) {
        if (!running.containsKey(broker) && random.nextInt(3) == 0) {
            disks.put(broker, room.id());
            stopped.remove(broker);
            room.wiped(broker);
        }
    }

    private void stop(int broker) {
        Long epoch = running.get(broker);
        if (epoch == null) {
            return;
        }
        Standing standing = beat(broker, false, true).standing();
        if (standing == Standing.SHUTTING_DOWN && random.nextInt(4) > 0) {
            standing = beat(broker, false, true).standing();
        }
        if (standing == Standing.MAY_STOP) {
            running.remove(broker);
            stopped.put(broker, epoch);
        }
    }

    /** Leases are over, of the dead or of those that the controller does not hear. */
    private void fence(int broker) {
        List<BrokerEpoch> over = new ArrayList<>();
        for (BrokerImage one : room.image().brokers().values()) {
            if (one.id() == broker || !running.containsKey(one.id())) {
                over.add(new BrokerEpoch(one.id(), one.epoch() - random.nextInt(8) / 7));
            }
        }
        room.take(new FenceBrokers(over));
    }

    private void operate(int broker) {
        switch (random.nextInt(4)) {
            case 0 -> {
                if (!running.containsKey(broker)) {
                    room.take(new UnregisterBroker(broker));
                }
            }
            case 1 -> room.take(new ControllerCommand.DeleteTopics(List.of(Given.byName(name()))));
            case 2 -> create(random.nextInt(TOPICS));
            default ->
                    room.take(
                            new ControllerCommand.CreatePartitions(
                                    List.of(
                                            new ControllerCommand.NewPartitions(
                                                    name(), 1 + random.nextInt(3), List.of())),
                                    random.nextBoolean()));
        }
    }

    private void reassign() {
        Optional<List<Integer>> target = Optional.empty();
        if (random.nextInt(5) > 0) {
            List<Integer> all = new ArrayList<>();
            for (int id = 1; id <= brokers; id++) {
                all.add(id);
            }
            Collections.shuffle(all, random);
            target = Optional.of(List.copyOf(all.subList(0, 1 + random.nextInt(3))));
        }
        room.take(
                new AlterReassignments(
                        List.of(
                                new Reassignment(
                                        new TopicPartition(name(), random.nextInt(2)), target)),
                        random.nextInt(4) > 0));
    }

    private void elect() {
        room.take(
                new ElectLeaders(
                        random.nextInt(8) == 0,
                        List.of(
                                new TopicPartition(name(), 0),
                                new TopicPartition(name(), random.nextInt(2)))));
    }

    private void decidePending() {
        if (!pending.isEmpty()) {
            room.take(pending.remove(random.nextInt(pending.size())));
        }
    }

    /** A leader serves: appends, is followed, commits, and finds who is in sync. */
    private void serve() {
        for (TopicImage topic : room.image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                Long epoch = running.get(partition.leader());
                if (epoch != null && random.nextInt(3) > 0) {
                    serve(topic, partition, epoch);
                }
            }
        }
    }

    private void serve(TopicImage topic, PartitionImage partition, long epoch) {
        ReplicaModel model = room.model(topic.id(), partition.partition());
        int leader = partition.leader();
        model.append(leader);
        for (int replica : partition.replicas()) {
            if (replica != leader && hasDisk(partition, replica) && random.nextInt(3) > 0) {
                model.follow(leader, replica);
            }
        }
        commit(topic, partition);
        if (random.nextInt(3) == 0) {
            AlterPartitions change = change(topic, partition, epoch, random.nextInt(4) == 0);
            if (random.nextInt(3) == 0) {
                pending.add(change);
            } else {
                room.take(change);
            }
        }
    }

    private boolean hasDisk(PartitionImage partition, int replica) {
        return running.containsKey(replica) && partition.directoryOf(replica).equals(disk(replica));
    }

    /** The high watermark needs all in sync and all that may be soon (KIP-497). */
    private void commit(TopicImage topic, PartitionImage partition) {
        SortedSet<Integer> members = new TreeSet<>(partition.isr());
        for (AlterPartitions asked : pending) {
            for (IsrChange change : asked.changes()) {
                if (change.topicId().equals(topic.id())
                        && change.partition() == partition.partition()
                        && change.leaderEpoch() == partition.leaderEpoch()) {
                    change.isr().forEach(member -> members.add(member.brokerId()));
                }
            }
        }
        int least = Math.min(room.minimum(topic), partition.replicas().size());
        if (partition.isr().size() >= least) {
            room.model(topic.id(), partition.partition()).commit(members, partition.leader());
        }
    }

    /**
     * @param shrinks whether some member is dropped, too
     */
    private AlterPartitions change(
            TopicImage topic, PartitionImage partition, long epoch, boolean shrinks) {
        ReplicaModel model = room.model(topic.id(), partition.partition());
        int leader = partition.leader();
        List<BrokerEpoch> isr = new ArrayList<>();
        for (int replica : partition.replicas()) {
            BrokerImage broker = room.image().brokers().get(replica);
            boolean isCaughtUp = hasDisk(partition, replica) && model.isCaughtUp(leader, replica);
            boolean stays = partition.isr().contains(replica) && !shrinks;
            if (broker != null && (replica == leader || isCaughtUp || stays)) {
                isr.add(new BrokerEpoch(replica, broker.epoch()));
            }
        }
        return new AlterPartitions(
                leader,
                epoch,
                List.of(
                        new IsrChange(
                                topic.id(),
                                partition.partition(),
                                partition.leaderEpoch(),
                                partition.partitionEpoch(),
                                isr)));
    }

    /** Brokers say where they put replicas that lie nowhere, or on a disk they have not. */
    private void assignDirectories() {
        for (int broker : running.keySet()) {
            SortedMap<TopicPartition, Uuid> placed = new TreeMap<>();
            for (TopicImage topic : room.image().topics().values()) {
                for (PartitionImage partition : topic.partitions()) {
                    if (partition.replicas().contains(broker)
                            && !partition.directoryOf(broker).equals(disk(broker))) {
                        placed.put(
                                new TopicPartition(topic.name(), partition.partition()),
                                disk(broker));
                    }
                }
            }
            if (!placed.isEmpty()) {
                room.take(new AssignDirectories(broker, placed));
            }
        }
    }

    /** Everybody lives; an operator gives up what nobody holds any more. */
    private void heal() {
        pending.clear();
        List<BrokerEpoch> dead = new ArrayList<>();
        for (BrokerImage one : room.image().brokers().values()) {
            if (!running.containsKey(one.id())) {
                dead.add(new BrokerEpoch(one.id(), one.epoch()));
            }
        }
        room.take(new FenceBrokers(dead));
        for (int id = 1; id <= brokers; id++) {
            start(id);
            if (!running.containsKey(id)) {
                start(id); // it was unregistered, and did not know
            }
            while (room.isStopping(id)) {
                stop(id);
                start(id);
            }
        }
        assignDirectories();
        room.expectLeadersWhereSomebodyHoldsAll();
        room.orderUnclean();
        assignDirectories();
        for (int round = 0; round < 3; round++) {
            catchUp();
        }
        for (TopicImage topic : room.image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                assertThat(partition.leader()).isNotEqualTo(PartitionImage.NO_LEADER);
                assertThat(partition.isr()).isEqualTo(partition.replicas());
                assertThat(partition.isMoving()).as("%s", partition).isFalse();
                assertThat(partition.eligible()).isEmpty();
            }
        }
    }

    private void catchUp() {
        for (TopicImage topic : room.image().topics().values()) {
            for (PartitionImage partition : topic.partitions()) {
                int leader = partition.leader();
                assertThat(leader).as("%s", partition).isNotEqualTo(PartitionImage.NO_LEADER);
                for (int replica : partition.replicas()) {
                    room.model(topic.id(), partition.partition()).follow(leader, replica);
                }
                long epoch = running.getOrDefault(leader, -1L);
                room.take(change(topic, partition, epoch, false));
            }
        }
    }
}
