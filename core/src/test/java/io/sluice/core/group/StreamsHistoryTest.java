package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.StreamsBeaten;
import io.sluice.core.group.GroupReply.StreamsDescribed;
import io.sluice.core.group.streams.Task;
import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import io.sluice.core.group.streams.Topology.InternalTopic;
import io.sluice.core.group.streams.Topology.Subtopology;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random histories of streams groups: threads that come, go, die and return, answers that are lost,
 * applications that are changed, topics that come and go, the coordinator loaded again. Held
 * against what must always be so: a task is done by one member, and no process holds a task twice
 * (I-19); who is fenced changes no offset; when it is quiet the group is stable, and all is done
 * (I-21).
 */
class StreamsHistoryTest {

    private static final String GROUP = "app";
    private static final int SEEDS = 1_500;
    private static final int STEPS = 120;
    private static final int CLIENTS = 6;
    private static final int PROCESSES = 3;
    private static final int PARTITIONS = 3;

    /** A thread as Kafka Streams behaves. */
    private static final class Client {
        final Optional<String> instance;
        final String process;
        String id = "";
        int epoch;
        int topologyEpoch;
        boolean dead = true;
        boolean mustSayOwned;
        Tasks owned = Tasks.NONE;

        Client(String process, Optional<String> instance) {
            this.process = process;
            this.instance = instance;
        }

        void forget() {
            epoch = 0;
            owned = Tasks.NONE;
        }
    }

    private static final class History {
        final int seed;
        final Random random;
        final Room room = new Room(Room.SETTINGS);
        final List<Client> clients = new ArrayList<>();
        int newest;
        int nextId;

        History(int seed) {
            this.seed = seed;
            this.random = new Random(seed);
            room.topics.configure(
                    GROUP,
                    "streams.num.standby.replicas",
                    Integer.toString(random.nextInt(PROCESSES)));
            room.topics.configure(
                    GROUP,
                    "streams.initial.rebalance.delay.ms",
                    random.nextBoolean() ? "0" : "700");
            room.topics.put("text", PARTITIONS);
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(
                        new Client(
                                "p" + random.nextInt(PROCESSES),
                                i < 2 ? Optional.of("instance-" + i) : Optional.empty()));
            }
        }

        /** Later ones have another part with a state. */
        private static Topology topology(int epoch) {
            List<Subtopology> parts = new ArrayList<>();
            parts.add(part("0", List.of("text"), List.of("words"), List.of(), List.of()));
            for (int i = 1; i <= 1 + epoch % 2; i++) {
                parts.add(
                        part(
                                Integer.toString(i),
                                List.of(),
                                List.of(),
                                List.of("words"),
                                List.of("counts-" + i)));
            }
            return new Topology(epoch, parts);
        }

        private static Subtopology part(
                String id,
                List<String> sources,
                List<String> sinks,
                List<String> repartitions,
                List<String> changelogs) {
            return new Subtopology(
                    id, sources, sinks, internal(repartitions), internal(changelogs), List.of());
        }

        private static List<InternalTopic> internal(List<String> names) {
            return names.stream()
                    .map(name -> new InternalTopic(name, 0, 0, new TreeMap<>()))
                    .toList();
        }

        Client any() {
            return clients.get(random.nextInt(clients.size()));
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                step();
                check();
            }
            quiet();
        }

        private void step() {
            switch (random.nextInt(24)) {
                case 0 -> arriveOrLeave(any());
                case 1 -> any().dead = true;
                case 2 -> room.reload(random.nextBoolean());
                case 3 -> room.topics.delete(random.nextBoolean() ? "words" : "text");
                case 4 -> room.topics.put("text", PARTITIONS);
                case 5 -> newest += random.nextInt(3) == 0 ? 1 : 0;
                case 6, 7, 8 -> room.advance(random.nextInt(900));
                case 9, 10 -> commit(any());
                default -> {
                    Client client = any();
                    if (client.dead && random.nextInt(4) == 0) {
                        revive(client);
                    }
                    if (!client.dead) {
                        beat(client, random.nextInt(10) == 0);
                    }
                }
            }
        }

        private void revive(Client client) {
            client.dead = false;
            client.id = "m" + nextId++;
            client.topologyEpoch = newest;
            client.forget();
        }

        private void arriveOrLeave(Client client) {
            if (client.dead) {
                revive(client);
                return;
            }
            if (client.epoch > 0) {
                int how = client.instance.isPresent() && random.nextBoolean() ? -2 : -1;
                StreamsBeatMaker leave = new StreamsBeatMaker(GROUP, client.id, how);
                client.instance.ifPresent(leave::instance);
                room.now(leave.made(), StreamsBeaten.class);
                client.forget();
            }
            client.dead = true;
        }

        private void beat(Client client, boolean lost) {
            StreamsBeatMaker beat;
            if (client.epoch == 0) {
                beat =
                        StreamsBeatMaker.join(
                                GROUP, client.id, client.process, topology(client.topologyEpoch));
            } else {
                beat = new StreamsBeatMaker(GROUP, client.id, client.epoch);
                if (client.mustSayOwned || random.nextInt(3) == 0) {
                    beat.owns(client.owned).full();
                }
            }
            client.instance.ifPresent(beat::instance);
            StreamsBeaten told = room.now(beat.made(), StreamsBeaten.class);
            if (lost) {
                client.mustSayOwned = true;
                return;
            }
            if (told.error() != ErrorCode.NONE) {
                assertThat(told.error())
                        .as("seed %d: %s", seed, told.why())
                        .isIn(
                                ErrorCode.UNKNOWN_MEMBER_ID,
                                ErrorCode.FENCED_MEMBER_EPOCH,
                                ErrorCode.FENCED_INSTANCE_ID,
                                ErrorCode.UNRELEASED_INSTANCE_ID,
                                ErrorCode.GROUP_ID_NOT_FOUND);
                client.forget();
                return;
            }
            // As the shell does.
            told.toMake().forEach(topic -> room.topics.put(topic.name(), topic.partitions()));
            client.epoch = told.epoch();
            client.mustSayOwned =
                    told.assignment().map(one -> !one.equals(client.owned)).orElse(false);
            told.assignment().ifPresent(one -> client.owned = one);
        }

        private void commit(Client client) {
            boolean isMember =
                    describe().members().stream()
                            .anyMatch(one ->
                                    one.id().equals(client.id)
                                            && one.standing().epoch() == client.epoch);
            ErrorCode error =
                    room.now(
                                    new GroupCommand.Commit(
                                            GROUP,
                                            new GroupCommand.Caller(
                                                    client.epoch, client.id, client.instance),
                                            List.of(
                                                    new GroupCommand.Offset(
                                                            new TopicPartition("text", 0),
                                                            random.nextInt(100),
                                                            0,
                                                            ""))),
                                    PerPartition.class)
                            .errors()
                            .getFirst();
            assertThat(error == ErrorCode.NONE)
                    .as("seed %d: %s commits at %d: %s", seed, client.id, client.epoch, error)
                    .isEqualTo(isMember);
        }

        private StreamsDescribed describe() {
            return room.now(new GroupCommand.DescribeStreams(GROUP), StreamsDescribed.class);
        }

        private @Nullable Client client(String id) {
            return clients.stream().filter(one -> one.id.equals(id)).findAny().orElse(null);
        }

        private void check() {
            Set<Task> active = new HashSet<>();
            Map<String, Set<Task>> held = new HashMap<>();
            for (StreamsMember member : describe().members()) {
                Client client = client(member.id());
                if (client == null || client.epoch == 0) {
                    continue;
                }
                assertThat(member.standing().holds().containsAll(client.owned))
                        .as("seed %d: %s does what is not held for it", seed, client.id)
                        .isTrue();
                for (Task task : client.owned.active()) {
                    assertThat(active.add(task)).as("seed %d: %s twice", seed, task).isTrue();
                }
                for (Task task : client.owned.all()) {
                    assertThat(
                                    held.computeIfAbsent(client.process, id -> new HashSet<>())
                                            .add(task))
                            .as("seed %d: %s twice in %s", seed, task, client.process)
                            .isTrue();
                }
            }
        }

        /** All who live are heard of, nothing is lost: soon all is done, and stays so. */
        private void quiet() {
            room.topics.put("text", PARTITIONS);
            for (int round = 0; round < 80; round++) {
                for (Client client : clients) {
                    if (!client.dead) {
                        beat(client, false);
                    }
                }
                check();
                room.advance(300);
            }
            List<Client> alive = clients.stream().filter(one -> !one.dead).toList();
            StreamsDescribed group = describe();
            assertThat(group.members().stream().map(StreamsMember::id))
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            alive.stream().map(one -> one.id).toList());
            if (alive.isEmpty()) {
                return;
            }
            assertThat(group.state()).as("seed %d", seed).isEqualTo(GroupState.STABLE);
            int epoch = group.topology().orElseThrow().epoch();
            Set<Task> done = new TreeSet<>();
            alive.forEach(one -> done.addAll(one.owned.active()));
            boolean any = alive.stream().anyMatch(one -> one.topologyEpoch == epoch);
            assertThat(done)
                    .as("seed %d: all of the topology with epoch %d is done", seed, epoch)
                    .hasSize(any ? (2 + epoch % 2) * PARTITIONS : 0);
        }
    }

    @Test
    void whatMustAlwaysHoldHolds() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new History(seed).run();
        }
    }
}
