package io.sluice.core.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply.Done;
import io.sluice.core.group.GroupReply.Joined;
import io.sluice.core.group.GroupReply.PerPartition;
import io.sluice.core.group.GroupReply.Synced;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random members join, sync, live, commit, vanish and come back, while the coordinator is loaded
 * again at any moment, from the whole log or from a compacted one. In every generation each part is
 * given to one member, and a generation never comes again with other members (I-19); an offset that
 * was answered is there until another one is (I-20). That fenced members commit nothing and that
 * the group becomes stable (I-21) is left to the examples.
 */
class GroupHistoryTest {

    private static final int SEEDS = 2_000;
    private static final int STEPS = 120;
    private static final int CLIENTS = 4;
    private static final String GROUP = "g";
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    @Test
    void everyHistoryKeepsThePromises() {
        long base = new Random().nextLong();
        for (int i = 0; i < SEEDS; i++) {
            long seed = base + i;
            try {
                new History(seed).run();
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    /** A client as kafka's consumer behaves, without its patience. */
    private static final class Client {
        String memberId = "";
        int generation = -1;
        long joining = -1;
        long syncing = -1;
        @Nullable Joined joined;
        final Optional<String> instance;

        Client(Optional<String> instance) {
            this.instance = instance;
        }

        void forget(boolean alsoId) {
            joining = -1;
            syncing = -1;
            joined = null;
            generation = -1;
            if (alsoId) {
                memberId = "";
            }
        }
    }

    private static final class History {
        private final Random random;
        private final Room room;
        private final List<Client> clients = new ArrayList<>();
        private final Map<Integer, Set<Bytes>> givenInGeneration = new HashMap<>();
        private final Map<Integer, Map<String, Bytes>> partOf = new HashMap<>();
        private int nextId;
        private long committed = -1;

        History(long seed) {
            random = new Random(seed);
            room =
                    new Room(
                            new GroupSettings(
                                    1_000,
                                    60_000,
                                    random.nextBoolean() ? 0 : 500,
                                    CLIENTS + 1,
                                    100,
                                    1L << 40,
                                    10_000L,
                                    Room.CONSUMERS,
                                    Room.STREAMS));
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(
                        new Client(
                                random.nextInt(3) == 0
                                        ? Optional.of("instance-" + i)
                                        : Optional.empty()));
            }
        }

        void run() {
            for (int i = 0; i < STEPS; i++) {
                step(clients.get(random.nextInt(CLIENTS)));
                listen();
            }
            if (committed >= 0) {
                room.reload(random.nextBoolean());
                assertThat(offset()).isEqualTo(committed);
            }
        }

        private void step(Client client) {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> join(client);
                case 4, 5 -> heartbeat(client);
                case 6, 7 -> commit(client);
                case 8 -> room.advance(random.nextInt(4_000));
                case 9 -> leave(client);
                case 10 -> client.forget(random.nextBoolean());
                default -> {
                    if (random.nextInt(3) == 0) {
                        room.reload(random.nextBoolean());
                        clients.forEach(one -> {
                            one.joining = -1;
                            one.syncing = -1;
                        });
                    }
                }
            }
        }

        private void join(Client client) {
            if (client.joining >= 0 || client.syncing >= 0) {
                return;
            }
            client.joining =
                    room.ask(
                            new GroupCommand.Join(
                                    GROUP,
                                    client.memberId,
                                    client.instance,
                                    "member-" + nextId++,
                                    "client",
                                    "/host",
                                    2_000 + random.nextInt(3_000),
                                    3_000,
                                    "consumer",
                                    List.of(new GroupCommand.Protocol("range", Bytes.NONE)),
                                    random.nextBoolean(),
                                    true));
        }

        /** Takes the answers that have come. */
        private void listen() {
            for (Client client : clients) {
                room.answer(client.joining, Joined.class)
                        .ifPresent(joined -> {
                            client.joining = -1;
                            joined(client, joined);
                        });
                room.answer(client.syncing, Synced.class)
                        .ifPresent(synced -> {
                            client.syncing = -1;
                            synced(client, synced);
                        });
            }
        }

        private void joined(Client client, Joined joined) {
            switch (joined.error()) {
                case MEMBER_ID_REQUIRED -> client.memberId = joined.memberId();
                case NONE -> {
                    client.memberId = joined.memberId();
                    client.generation = joined.generation();
                    client.joined = joined;
                    List<GroupCommand.Assignment> parts = new ArrayList<>();
                    if (joined.leader().equals(joined.memberId()) && !joined.skip()) {
                        byte number = 0;
                        for (GroupReply.JoinedMember member : joined.members()) {
                            parts.add(
                                    new GroupCommand.Assignment(
                                            member.memberId(), new Bytes(new byte[] {number++})));
                        }
                    }
                    client.syncing =
                            room.ask(
                                    new GroupCommand.Sync(
                                            GROUP,
                                            caller(client),
                                            Optional.of("consumer"),
                                            Optional.of("range"),
                                            parts));
                }
                default -> client.forget(true);
            }
        }

        private void synced(Client client, Synced synced) {
            if (synced.error() != ErrorCode.NONE) {
                client.forget(synced.error() != ErrorCode.REBALANCE_IN_PROGRESS);
                return;
            }
            if (synced.assignment().size() == 0) {
                return; // it joined after the leader had its list
            }
            // A static member that came back is the one it was.
            String who = client.instance.orElse(client.memberId);
            Map<String, Bytes> parts =
                    partOf.computeIfAbsent(client.generation, number -> new HashMap<>());
            Bytes before = parts.put(who, synced.assignment());
            if (before != null) {
                assertThat(synced.assignment()).as("the same question").isEqualTo(before);
            } else {
                assertThat(
                                givenInGeneration
                                        .computeIfAbsent(
                                                client.generation, number -> new HashSet<>())
                                        .add(synced.assignment()))
                        .as("a part of generation %d given twice", client.generation)
                        .isTrue();
            }
        }

        private static Caller caller(Client client) {
            return new Caller(client.generation, client.memberId, client.instance);
        }

        private void heartbeat(Client client) {
            if (client.generation < 0) {
                return;
            }
            ErrorCode error =
                    room.now(new GroupCommand.Heartbeat(GROUP, caller(client)), Done.class).error();
            switch (error) {
                case NONE -> {}
                case REBALANCE_IN_PROGRESS -> join(client);
                default -> client.forget(true);
            }
        }

        private void commit(Client client) {
            if (client.generation < 0) {
                return;
            }
            long offset = committed + 1 + random.nextInt(3);
            ErrorCode error =
                    room.now(
                                    new GroupCommand.Commit(
                                            GROUP,
                                            caller(client),
                                            List.of(
                                                    new GroupCommand.Offset(
                                                            PARTITION, offset, -1, ""))),
                                    PerPartition.class)
                            .errors()
                            .getFirst();
            if (error == ErrorCode.NONE) {
                committed = offset;
            }
            if (committed >= 0) {
                assertThat(offset()).isEqualTo(committed);
            }
        }

        private long offset() {
            GroupReply.Committed found =
                    room.now(
                                    new GroupCommand.Fetch(
                                            GROUP, Optional.empty(), Optional.empty()),
                                    GroupReply.Fetched.class)
                            .offsets()
                            .get(PARTITION);
            return found == null ? -1 : found.offset();
        }

        private void leave(Client client) {
            if (client.memberId.isEmpty()) {
                return;
            }
            room.now(
                    new GroupCommand.Leave(
                            GROUP,
                            List.of(new GroupCommand.Leaver(client.memberId, client.instance))),
                    GroupReply.Left.class);
            listen();
            client.forget(true);
        }
    }
}
