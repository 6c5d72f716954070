package io.sluice.metadata;

import static io.sluice.metadata.Brokers.get;
import static io.sluice.metadata.Brokers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.metadata.Quorum;
import io.sluice.metadata.Brokers.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.client.RaftClient;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.retry.RetryPolicies;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Brokers that join, leave, and get or lose a vote; what they hold, and what they leave behind. */
final class MembersTest {

    @TempDir Path folder;
    private Brokers brokers = new Brokers(Path.of("unset"));
    private final List<String> expected = new ArrayList<>();

    @BeforeEach
    void begin() {
        brokers = new Brokers(folder).segmentBytes(16 << 10);
    }

    @AfterEach
    void end() {
        brokers.close();
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            String text = "entry-" + expected.size();
            brokers.append(text);
            expected.add(text);
        }
    }

    private Set<Integer> ids(boolean ofVoters) {
        Quorum quorum = brokers.leader().quorum();
        return (ofVoters ? quorum.voters() : quorum.observers())
                .stream().map(Quorum.Member::brokerId).collect(Collectors.toSet());
    }

    private boolean hasFirstSegment(int id) {
        RaftGroupId group = RatisSetup.groupId(brokers.broker(id).log.cluster().orElseThrow());
        Path log = folder.resolve("broker-" + id).resolve(group.getUuid().toString());
        Path current = log.resolve("current");
        String[] names = current.toFile().list();
        return Stream.of(names == null ? new String[0] : names)
                .anyMatch(name -> name.startsWith("log_0-"));
    }

    @Test
    void anObserverJoinsByASnapshotAndFollows() {
        brokers.voters(1).startAll(1);
        append(400);
        until("there are several segments", () -> hasFirstSegment(1));
        get(brokers.broker(1).snapshot());
        until("the log behind the snapshot is gone", () -> !hasFirstSegment(1));
        append(5);
        Broker observer = brokers.start(4);
        get(observer.started);
        assertThat(observer.restored).hasSize(1);
        append(5);
        brokers.untilAllWereTold(expected);
        assertThat(ids(false)).containsExactly(4);
        get(observer.snapshot());
        brokers.stop(4);
        append(5);
        get(brokers.start(4).started);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aFollowerThatIsFarBehindGetsTheState() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(1);
        int away = brokers.leader().id() % 3 + 1;
        brokers.stop(away);
        append(400);
        for (Broker broker : brokers.running()) {
            until("it has everything", () -> broker.told.size() == expected.size());
            get(broker.snapshot());
            until("the log behind the snapshot is gone", () -> !hasFirstSegment(broker.id()));
        }
        Broker back = brokers.start(away);
        get(back.started);
        append(3);
        brokers.untilAllWereTold(expected);
        assertThat(back.restored).hasSize(1);
    }

    @Test
    void anObserverComesBackWithoutItsLogAndAnotherJoinsMeanwhile() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(3);
        get(brokers.start(4).started);
        brokers.kill(4);
        get(brokers.start(5).started);
        append(3);
        brokers.wipe(4);
        get(brokers.start(4).started);
        append(3);
        brokers.untilAllWereTold(expected);
        until("both follow", () -> ids(false).equals(Set.of(4, 5)));
    }

    @Test
    void anObserverThatWasTakenOutComesBackByItself() {
        brokers.voters(1).startAll(1);
        append(1);
        Broker observer = brokers.start(4);
        get(observer.started);
        get(brokers.broker(1).remove(4));
        append(1);
        brokers.untilAllWereTold(expected);
        assertThat(observer.restored).isEmpty();
        brokers.stop(4);
        get(brokers.broker(1).remove(4));
        append(1);
        get(brokers.start(4).started);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void oneBecomesThreeAndTheFirstMayGo() {
        brokers.voters(1).startAll(1);
        append(3);
        get(brokers.start(4).started);
        get(brokers.start(5).started);
        get(brokers.broker(5).addVoter(4));
        append(3);
        get(brokers.broker(1).addVoter(5));
        append(3);
        brokers.untilAllWereTold(expected);
        assertThat(ids(true)).containsExactlyInAnyOrder(1, 4, 5);
        brokers.kill(1);
        append(3);
        brokers.untilAllWereTold(expected);
        get(brokers.leader().remove(1));
        assertThat(ids(true)).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    void aLeaderThatLosesItsVoteFollowsOn() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(3);
        Broker leader = brokers.leader();
        get(brokers.broker(leader.id() % 3 + 1).removeVoter(leader.id()));
        until("another one leads", () -> !leader.leads());
        append(3);
        brokers.untilAllWereTold(expected);
        assertThat(ids(false)).containsExactly(leader.id());
        int second = brokers.leader().id();
        brokers.stop(second);
        get(brokers.start(second).started);
        append(3);
        assertThat(brokers.leader()).isNotSameAs(leader);
        brokers.untilAllWereTold(expected);
    }

    @ParameterizedTest(name = "silent for {0} ms")
    @ValueSource(ints = {0, 2 * Membership.SILENT_MS})
    void aDeadVoterIsRemovedAndDoesNotVoteWhenItComesBackThoughTheConfigurationNamesIt(
            int silentMs) {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(3);
        int dead = brokers.leader().id() % 3 + 1;
        int other = 6 - dead - brokers.leader().id();
        brokers.stop(dead);
        append(1);
        assertThat(refusal(brokers.leader().removeVoter(other))).contains("no majority");
        until("it is missed for long", () -> missedForMs(dead) >= silentMs);
        get(brokers.leader().removeVoter(dead));
        assertThat(ids(true)).hasSize(2).doesNotContain(dead);
        get(brokers.start(dead).started);
        append(3);
        brokers.untilAllWereTold(expected);
        until("it follows", () -> ids(false).equals(Set.of(dead)));
        get(brokers.broker(other).addVoter(dead));
        assertThat(ids(true)).containsExactlyInAnyOrder(1, 2, 3);
        append(1);
        brokers.untilAllWereTold(expected);
    }

    private long missedForMs(int id) {
        return brokers.leader().quorum().voters().stream()
                .filter(voter -> voter.brokerId() == id)
                .mapToLong(voter -> System.currentTimeMillis() - voter.lastContactMs())
                .findFirst()
                .orElseThrow();
    }

    /** Ratis forgets what was under way on a connection that broke: one that just led stops. */
    @Test
    void aQuorumOfTwoGoesOnHoweverOftenOneRestarts() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        int third = brokers.leader().id() % 3 + 1;
        get(brokers.leader().remove(third));
        brokers.stop(third);
        for (int round = 0; round < 6; round++) {
            append(3);
            int leader = brokers.leader().id();
            brokers.stop(leader);
            get(brokers.start(leader).started);
        }
        append(1);
        brokers.untilAllWereTold(expected);
    }

    /** Why a change was not made; of one that was made, that it was. */
    private static String refusal(CompletableFuture<Integer> change) {
        return change.handle((done, fault) -> fault == null ? "done" : fault.getMessage()).join();
    }

    @Test
    void theOnlyVoterStays() {
        brokers.voters(1).startAll(1);
        assertThatThrownBy(() -> get(brokers.broker(1).removeVoter(1)))
                .hasMessageContaining("add another one first");
        assertThatThrownBy(() -> get(brokers.broker(1).addVoter(9)))
                .hasMessageContaining("start it first");
        append(1);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aSlowLoopSlowsTheLogAndLosesNothing() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(1);
        brokers.untilAllWereTold(expected);
        Broker slow = brokers.broker(brokers.leader().id() % 3 + 1);
        CompletableFuture<Void> held = new CompletableFuture<>();
        slow.hold(held);
        String large = "x".repeat(1 << 20);
        for (int i = 0; i < 24; i++) {
            brokers.append(large + i);
            expected.add(large + i);
        }
        assertThat(slow.told).hasSize(1);
        held.complete(null);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aDamagedStateIsNamed() throws IOException {
        brokers.voters(1).startAll(1);
        append(3);
        get(brokers.broker(1).snapshot());
        brokers.stop(1);
        try (Stream<Path> files = Files.walk(folder)) {
            Path state =
                    files.filter(file ->
                                    file.getFileName().toString().matches("snapshot\\.\\d+_\\d+"))
                            .findFirst()
                            .orElseThrow();
            byte[] bytes = Files.readAllBytes(state);
            bytes[2] ^= 1;
            Files.write(state, bytes);
        }
        Broker damaged = brokers.start(1);
        assertThatThrownBy(() -> get(damaged.started))
                .hasMessageContaining("is damaged")
                .hasMessageContaining("delete the metadata folder");
    }

    @Test
    void aPortInUseIsNamedAndTheProcessLives() {
        brokers.voters(1).startAll(1);
        QuorumSettings other = brokers.settings(1);
        Brokers.Broker second =
                new Broker(
                        QuorumSettings.of(
                                1,
                                folder.resolve("elsewhere"),
                                other.bind(),
                                other.address(),
                                other.voters(),
                                List.of()));
        second.start();
        assertThatThrownBy(() -> get(second.started))
                .hasMessageContaining("is another broker running");
        second.kill();
        append(1);
    }

    @Test
    void aStrangerNeitherProposesNorDeletes() throws IOException {
        brokers.voters(1).startAll(1);
        append(1);
        QuorumSettings settings = brokers.settings(1);
        RaftGroupId group = RatisSetup.groupId(brokers.broker(1).log.cluster().orElseThrow());
        try (RaftClient stranger =
                RaftClient.newBuilder()
                        .setRaftGroup(RatisSetup.votersGroup(group, settings))
                        .setProperties(RatisSetup.properties(settings))
                        .setRetryPolicy(RetryPolicies.noRetry())
                        .build()) {
            assertThatThrownBy(() -> stranger.io().send(Message.valueOf("entry")))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() ->
                            stranger.getGroupManagementApi(RatisSetup.peerId(1))
                                    .remove(group, true, false))
                    .hasMessageContaining("groupManagement is refused");
        }
        append(1);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aClosedLogLeavesNoThread() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        append(1);
        for (int id = 1; id <= 3; id++) {
            brokers.stop(id);
        }
        until(() -> "threads of %s to end".formatted(left(before)), () -> left(before).isEmpty());
    }

    /**
     * Threads that are new, but for the JDK's pools, the few timers of Ratis for the process, and
     * one that it begins now and then for a follower that it has just closed.
     */
    private static List<String> left(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !before.contains(thread) && thread.isAlive())
                .map(Thread::getName)
                .filter(name ->
                        !name.matches(
                                "ForkJoinPool.*|VirtualThread.*|timer\\d|grpc-.*|.*-FollowerState"))
                .toList();
    }
}
