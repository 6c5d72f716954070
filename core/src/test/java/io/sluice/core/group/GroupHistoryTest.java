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
 * given to one member, and a generation never comes again with other members; who is fenced, by a
 * later generation, its successor or its end, commits nothing (I-19); an offset that was answered
 * is there until another one is (I-20). When it is quiet all who live share one generation, and
 * stay in it (I-21).
 */
class GroupHistoryTest {

    private static final int SEEDS = 2_000;
    private static final int STEPS = 120;
    private static final int CLIENTS = 4;
    private static final String GROUP = "g";

    /** Longer than all that may hold a group up: sessions, rebalances, the first delay. */
    private static final int SETTLE_MS = 30_000;

    private static final int STEADY_MS = 10_000;
    private static final int BEAT_MS = 500;
    private static final int MAX_SESSION_MS = 5_000;
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

    /** What becomes of a client when it is quiet. */
    private enum End {
        LIVES,
        DEAD,
        /** Is heard of, and neither joins nor asks for its part: it works on its last records. */
        BUSY
    }

    /** A client as kafka's consumer behaves, without its patience. */
    private static final class Client {
        String memberId = "";
        int generation = -1;
        long joining = -1;
        long syncing = -1;
        @Nullable Joined joined;
        Bytes part = Bytes.NONE;
        End end = End.LIVES;
        final Optional<String> instance;

        Client(Optional<String> instance) {
            this.instance = instance;
        }

        void forget(boolean alsoId) {
            joining = -1;
            syncing = -1;
            joined = null;
            part = Bytes.NONE;
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

        /** As members called themselves at some time; most of them are not members any more. */
        private final List<Caller> callers = new ArrayList<>();

        /** The last generation that is in the log. */
        private int storedGeneration = -1;

        private boolean faults = true;
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
                                    Room.STREAMS,
                                    Room.SHARES));
            room.topics.put(PARTITION.topic(), 1);
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
                reload();
                assertThat(offset()).isEqualTo(committed);
            }
            quiet();
        }

        private void step(Client client) {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> join(client);
                case 4, 5 -> heartbeat(client);
                case 6 -> commit(caller(client));
                case 7 -> commit(anyCaller());
                case 8 -> room.advance(random.nextInt(4_000));
                case 9 -> leave(client);
                case 10 -> client.forget(random.nextBoolean());
                default -> {
                    if (random.nextInt(3) == 0) {
                        reload();
                    }
                }
            }
        }

        /** What was asked and not answered is lost. */
        private void reload() {
            room.reload(random.nextBoolean());
            clients.forEach(one -> {
                one.joining = -1;
                one.syncing = -1;
            });
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
                                    2_000 + random.nextInt(MAX_SESSION_MS - 2_000),
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
                    callers.add(caller(client));
                    client.joined = joined;
                    client.part = Bytes.NONE;
                    List<GroupCommand.Assignment> parts = new ArrayList<>();
                    if (joined.leader().equals(joined.memberId()) && !joined.skip()) {
                        for (GroupReply.JoinedMember member : joined.members()) {
                            parts.add(
                                    new GroupCommand.Assignment(
                                            member.memberId(), part(parts.size())));
                        }
                    }
                    boolean lost = faults && random.nextInt(10) == 0;
                    if (lost || client.end == End.BUSY) {
                        return; // it does not ask for its part
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
            storedGeneration = Math.max(storedGeneration, client.generation);
            client.part = synced.assignment();
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

        private static Bytes part(int number) {
            return new Bytes(new byte[] {(byte) number});
        }

        private static Caller caller(Client client) {
            return new Caller(client.generation, client.memberId, client.instance);
        }

        private void heartbeat(Client client) {
            if (client.generation < 0) {
                return;
            }
            if (isHeardOf(client) == ErrorCode.REBALANCE_IN_PROGRESS) {
                join(client);
            }
        }

        private ErrorCode isHeardOf(Client client) {
            ErrorCode error =
                    room.now(new GroupCommand.Heartbeat(GROUP, caller(client)), Done.class).error();
            if (error != ErrorCode.NONE && error != ErrorCode.REBALANCE_IN_PROGRESS) {
                client.forget(true);
            }
            return error;
        }

        /** The last one that anybody was told of, heard or not, since the machine was loaded. */
        private int generation() {
            return room.answers.values().stream()
                    .mapToInt(one -> one instanceof Joined joined ? joined.generation() : -1)
                    .reduce(storedGeneration, Math::max);
        }

        /** One of before, or one that is half of one and half of another. */
        private Caller anyCaller() {
            if (callers.isEmpty()) {
                return new Caller(1, "nobody", Optional.empty());
            }
            Caller one = callers.get(random.nextInt(callers.size()));
            Caller other = callers.get(random.nextInt(callers.size()));
            return switch (random.nextInt(4)) {
                case 0 -> new Caller(generation(), one.memberId(), one.instanceId());
                case 1 -> new Caller(one.generation(), other.memberId(), other.instanceId());
                case 2 -> new Caller(one.generation(), one.memberId(), other.instanceId());
                default -> one;
            };
        }

        /** Commits; who is no member of this very generation must be refused. */
        private void commit(Caller caller) {
            if (caller.generation() < 0) {
                return;
            }
            GroupReply.Described group = describe();
            int generation = generation();
            boolean isMember =
                    caller.generation() == generation
                            && group.members().stream()
                                    .anyMatch(one ->
                                            one.memberId().equals(caller.memberId())
                                                    && isInstance(one, caller));
            long offset = committed + 1 + random.nextInt(3);
            ErrorCode error =
                    room.now(
                                    new GroupCommand.Commit(
                                            GROUP,
                                            caller,
                                            List.of(
                                                    new GroupCommand.Offset(
                                                            PARTITION, offset, -1, ""))),
                                    PerPartition.class)
                            .errors()
                            .getFirst();
            assertThat(error == ErrorCode.NONE)
                    .as("%s in generation %d commits: %s", caller, generation, error)
                    .isEqualTo(isMember && group.state() != GroupState.COMPLETING);
            if (error == ErrorCode.NONE) {
                committed = offset;
            }
            assertThat(offset()).isEqualTo(committed);
        }

        /** Who gives no instance may be a static member all the same. */
        private static boolean isInstance(GroupReply.DescribedMember member, Caller caller) {
            return caller.instanceId().isEmpty() || caller.instanceId().equals(member.instanceId());
        }

        private GroupReply.Described describe() {
            return room.now(new GroupCommand.Describe(GROUP), GroupReply.Described.class);
        }

        private long offset() {
            GroupReply.Committed found =
                    room.now(
                                    new GroupCommand.Fetch(
                                            GROUP, Optional.empty(), Optional.empty(), false),
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

        /** Those who live lose nothing any more: soon they share all there is, and go on. */
        private void quiet() {
            for (Client client : clients) {
                int chance = random.nextInt(8);
                client.end = chance < 2 ? End.DEAD : chance == 2 ? End.BUSY : End.LIVES;
            }
            faults = false;
            settle();
            Client last = clients.get(random.nextInt(CLIENTS));
            switch (random.nextInt(3)) {
                case 0 -> last.end = End.DEAD;
                case 1 -> {
                    last.end = End.DEAD;
                    leave(last);
                }
                default -> {
                    last.end = End.BUSY;
                    join(last);
                }
            }
            settle();
        }

        private void settle() {
            live(SETTLE_MS);
            int generation = generation();
            live(STEADY_MS);
            List<Client> living = clients.stream().filter(one -> one.end == End.LIVES).toList();
            GroupReply.Described group = describe();
            Set<String> members = new HashSet<>();
            Set<Bytes> parts = new HashSet<>();
            Set<Bytes> all = new HashSet<>();
            for (GroupReply.DescribedMember member : group.members()) {
                members.add(member.memberId());
                parts.add(member.assignment());
                all.add(part(all.size()));
            }
            for (Client client : living) {
                assertThat(client.generation).isEqualTo(generation);
                assertThat(client.part.size()).as("it has its part").isPositive();
                assertThat(parts).contains(client.part);
                assertThat(members.remove(client.memberId)).as("is a member, once").isTrue();
            }
            assertThat(members)
                    .isSubsetOf(
                            clients.stream()
                                    .filter(one -> one.end == End.BUSY)
                                    .map(one -> one.memberId)
                                    .toList());
            if (!living.isEmpty()) {
                assertThat(generation()).as("it is not disturbed").isEqualTo(generation);
                assertThat(group.state()).isEqualTo(GroupState.STABLE);
                assertThat(parts).as("everything is read").isEqualTo(all);
            }
        }

        private void live(int ms) {
            for (int at = 0; at < ms; at += BEAT_MS) {
                for (Client client : clients) {
                    live(client);
                    listen();
                }
                room.advance(BEAT_MS);
                listen();
            }
        }

        private void live(Client client) {
            boolean waits = client.joining >= 0 || client.syncing >= 0;
            if (client.end == End.DEAD || waits) {
                return;
            }
            if (client.end == End.BUSY) {
                if (client.generation >= 0) {
                    isHeardOf(client);
                }
            } else if (client.generation < 0 || client.part.size() == 0) {
                join(client); // or it did not hear of its part
            } else {
                heartbeat(client);
            }
        }
    }
}
