package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupReply.Beaten;
import io.sluice.core.group.GroupReply.ConsumersDescribed;
import io.sluice.core.group.GroupReply.Fetched;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random histories of groups whose partitions the broker assigns: members that come, go, die and
 * return, answers that are lost, topics that change, the coordinator loaded again. Held against
 * what must always be so: a partition has one reader (I-20), who is fenced changes no offset
 * (I-19), and when it is quiet the group is stable and reads everything (I-21).
 */
class ConsumerHistoryTest {

    private static final String GROUP = "g";
    private static final int SEEDS = 1_500;
    private static final int STEPS = 120;
    private static final int CLIENTS = 6;
    private static final List<String> TOPICS = List.of("a", "b", "c");

    /** Between two targets. */
    private static final List<Integer> INTERVALS_MS = List.of(0, 300, 1_000, 4_000);

    /** A member as clients of this protocol behave. */
    private static final class Client {
        final Optional<String> instance;
        String id;
        int epoch;
        boolean dead = true;
        boolean mustSayOwned;
        boolean mustSayAll;
        PartitionSet owned = PartitionSet.NONE;
        List<String> topics = List.of();
        boolean wantsOthers;

        Client(String id, Optional<String> instance) {
            this.id = id;
            this.instance = instance;
        }

        void forget() {
            epoch = 0;
            owned = PartitionSet.NONE;
        }
    }

    private final class History {
        final int seed;
        final Random random;
        final Room room = new Room(Room.SETTINGS);
        final List<Client> clients = new ArrayList<>();
        final Map<TopicPartition, Long> committed = new HashMap<>();
        long nextOffset = 1;
        int nextId;

        History(int seed) {
            this.seed = seed;
            this.random = new Random(seed);
            TOPICS.forEach(name -> room.topics.put(name, 1 + random.nextInt(5)));
            int interval = INTERVALS_MS.get(random.nextInt(INTERVALS_MS.size()));
            room.topics.configure(
                    GROUP, "consumer.assignment.interval.ms", Integer.toString(interval));
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(
                        new Client(
                                "m" + nextId++,
                                i < 2 ? Optional.of("instance-" + i) : Optional.empty()));
            }
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
            switch (random.nextInt(20)) {
                case 0 -> arriveOrLeave(any());
                case 1 -> any().dead = true;
                case 2 -> room.reload(random.nextBoolean());
                case 3 -> {
                    String topic = TOPICS.get(random.nextInt(TOPICS.size()));
                    room.topics.put(topic, 1 + random.nextInt(8));
                }
                case 4 -> {
                    Client client = any();
                    client.topics = someTopics();
                    client.wantsOthers = true;
                }
                case 5, 6, 7 -> room.advance(random.nextInt(900));
                case 8, 9 -> commit(any());
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

        private List<String> someTopics() {
            Set<String> some = new TreeSet<>();
            do {
                some.add(TOPICS.get(random.nextInt(TOPICS.size())));
            } while (random.nextBoolean());
            return List.copyOf(some);
        }

        /** A new process: another id, nothing held. */
        private void revive(Client client) {
            client.dead = false;
            client.id = "m" + nextId++;
            client.topics = someTopics();
            client.forget();
        }

        private void arriveOrLeave(Client client) {
            if (client.dead) {
                revive(client);
                return;
            }
            if (client.epoch > 0) {
                int how = client.instance.isPresent() && random.nextBoolean() ? -2 : -1;
                BeatMaker leave = new BeatMaker(GROUP, client.id, how);
                client.instance.ifPresent(leave::instance);
                room.now(leave.made(), Beaten.class);
                client.forget();
            }
            client.dead = true;
        }

        private void beat(Client client, boolean lost) {
            BeatMaker beat = new BeatMaker(GROUP, client.id, client.epoch);
            client.instance.ifPresent(beat::instance);
            if (client.epoch == 0) {
                beat.wants(client.topics).owns(PartitionSet.NONE).timeout(3_000);
            } else {
                if (client.mustSayOwned || random.nextInt(3) == 0) {
                    beat.owns(client.owned);
                }
                if (client.mustSayAll) {
                    beat.wants(client.topics).owns(client.owned).timeout(3_000).full();
                } else if (client.wantsOthers) {
                    beat.wants(client.topics);
                }
            }
            Beaten told = room.now(beat.made(), Beaten.class);
            if (lost) {
                // It does not know what became of it and says all that it can next time.
                client.mustSayAll = true;
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
            client.wantsOthers = false;
            client.mustSayAll = false;
            client.epoch = told.epoch();
            client.mustSayOwned =
                    told.assignment().map(one -> !one.equals(client.owned)).orElse(false);
            told.assignment().ifPresent(one -> client.owned = one);
        }

        private void commit(Client client) {
            String topic = TOPICS.get(random.nextInt(TOPICS.size()));
            TopicPartition partition = new TopicPartition(topic, random.nextInt(3));
            boolean isMember =
                    describe().members().stream()
                            .anyMatch(one ->
                                    one.id().equals(client.id)
                                            && one.standing().epoch() == client.epoch);
            long offset = nextOffset++;
            ErrorCode error =
                    room.now(
                                    new GroupCommand.Commit(
                                            GROUP,
                                            new GroupCommand.Caller(
                                                    client.epoch, client.id, client.instance),
                                            List.of(
                                                    new GroupCommand.Offset(
                                                            partition, offset, 0, ""))),
                                    PerPartition.class)
                            .errors()
                            .getFirst();
            assertThat(error == ErrorCode.NONE)
                    .as("seed %d: %s commits at %d: %s", seed, client.id, client.epoch, error)
                    .isEqualTo(isMember);
            if (error == ErrorCode.NONE) {
                committed.put(partition, offset);
            }
            Map<TopicPartition, Long> stored = new HashMap<>();
            room.now(
                            new GroupCommand.Fetch(
                                    GROUP, Optional.empty(), Optional.empty(), false),
                            Fetched.class)
                    .offsets()
                    .forEach((one, is) -> stored.put(one, is.offset()));
            assertThat(stored).as("seed %d", seed).isEqualTo(committed);
        }

        private ConsumersDescribed describe() {
            return room.now(new GroupCommand.DescribeConsumers(GROUP), ConsumersDescribed.class);
        }

        private @Nullable Client client(String id) {
            return clients.stream().filter(one -> one.id.equals(id)).findAny().orElse(null);
        }

        /** Of those whom the coordinator takes for members, no two read one partition. */
        private void check() {
            PartitionSet read = PartitionSet.NONE;
            for (ConsumerMember member : describe().members()) {
                assertThat(member.standing().assigned().intersects(member.standing().revoking()))
                        .as("seed %d", seed)
                        .isFalse();
                Client client = client(member.id());
                if (client == null || client.epoch == 0) {
                    continue;
                }
                assertThat(read.intersects(client.owned))
                        .as("seed %d: %s reads what another reads", seed, client.id)
                        .isFalse();
                assertThat(member.standing().holds().containsAll(client.owned))
                        .as("seed %d: %s reads what is not held for it", seed, client.id)
                        .isTrue();
                read = read.plus(client.owned);
            }
        }

        /** All who live are heard of, nothing is lost: soon all is read, and stays so. */
        private void quiet() {
            for (int round = 0; round < 60; round++) {
                for (Client client : clients) {
                    if (!client.dead) {
                        beat(client, false);
                    }
                }
                check();
                room.advance(300);
            }
            Set<Uuid> wanted =
                    clients.stream()
                            .filter(one -> !one.dead)
                            .flatMap(one -> one.topics.stream())
                            .map(name -> room.topics.id(name))
                            .collect(Collectors.toSet());
            ConsumersDescribed group = describe();
            assertThat(group.members().stream().map(ConsumerMember::id))
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            clients.stream().filter(one -> !one.dead).map(one -> one.id).toList());
            if (!wanted.isEmpty()) {
                assertThat(group.state()).as("seed %d", seed).isEqualTo(GroupState.STABLE);
            }
            int read =
                    clients.stream()
                            .filter(one -> !one.dead)
                            .mapToInt(one -> one.owned.size())
                            .sum();
            assertThat(read)
                    .as("seed %d: every partition is read", seed)
                    .isEqualTo(wanted.stream().mapToInt(id -> room.topics.partitions(id)).sum());
        }
    }

    @Test
    void whatMustAlwaysHoldHolds() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new History(seed).run();
        }
    }
}
