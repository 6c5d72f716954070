package io.sluice.metadata;

import static io.sluice.metadata.Brokers.get;
import static io.sluice.metadata.Brokers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.metadata.LeadershipLostException;
import io.sluice.engine.metadata.Quorum;
import io.sluice.metadata.Brokers.Broker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three voters and what may happen to one of them. */
final class QuorumTest {

    @TempDir Path folder;
    private Brokers brokers = new Brokers(Path.of("unset"));
    private final List<String> expected = new ArrayList<>();

    @BeforeEach
    void begin() {
        brokers = new Brokers(folder).voters(1, 2, 3);
    }

    @AfterEach
    void end() {
        brokers.close();
    }

    private void append(String text) {
        brokers.append(text);
        expected.add(text);
    }

    private Broker otherThan(Broker leader) {
        return brokers.running().stream().filter(one -> one != leader).findFirst().orElseThrow();
    }

    @Test
    void allAreToldTheSameAndOneLeads() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        for (int i = 0; i < 100; i++) {
            append("entry-" + i);
        }
        brokers.untilAllWereTold(expected);
        Broker other = otherThan(leader);
        CompletableFuture<Long> refused = other.append(leader.term, "refused");
        assertThatThrownBy(() -> get(refused)).hasCauseInstanceOf(LeadershipLostException.class);
    }

    @Test
    void anEntryLongerThanAMessageComesWhole() {
        brokers.startAll(1, 2, 3);
        append("x".repeat(5 * RatisSetup.PART_BYTES + 17));
        append("short");
        brokers.untilAllWereTold(expected);
    }

    @Test
    void theQuorumIsKnownToAllAndItsProgressToTheLeader() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        brokers.untilAllWereTold(expected);
        for (Broker broker : brokers.running()) {
            until("the leader is known", () -> broker.quorum().leader() == leader.id());
            assertThat(broker.quorum().term()).isEqualTo(leader.term);
            assertThat(broker.quorum().voters())
                    .extracting(Quorum.Member::brokerId)
                    .containsExactly(1, 2, 3);
        }
        until(
                "all voters are where the leader is",
                () ->
                        leader.quorum().voters().stream()
                                .allMatch(one -> one.endIndex() >= leader.indexes.getLast()));
        assertThat(leader.quorum().voters())
                .allMatch(one -> one.lastContactMs() > System.currentTimeMillis() - 60_000);
    }

    @Test
    void theLeaderDiesAndEntriesGoOn() {
        brokers.startAll(1, 2, 3);
        for (int round = 0; round < 3; round++) {
            Broker leader = brokers.leader();
            for (int i = 0; i < 20; i++) {
                append("round-%d-%d".formatted(round, i));
            }
            long before = leader.term;
            brokers.kill(leader.id());
            Broker next = brokers.leader();
            assertThat(next.term).isGreaterThan(before);
            append("next-" + round);
            get(brokers.start(leader.id()).started);
            brokers.untilAllWereTold(expected);
        }
    }

    @Test
    void whatIsUnderWayWhenTheLeaderGoesComesOnceOrNever() {
        brokers.startAll(1, 2, 3);
        for (int round = 0; round < 3; round++) {
            Broker leader = brokers.leader();
            Broker other = otherThan(leader);
            List<CompletableFuture<Long>> open = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                open.add(leader.append("round-%d-%d".formatted(round, i)));
            }
            leader.log.handOverTo(other.id());
            for (CompletableFuture<Long> one : open) {
                one.handle((index, lost) -> index == null ? -1L : index).join();
            }
            append("end-of-" + round);
            Broker now = brokers.leader();
            List<String> told = List.copyOf(now.told);
            assertThat(told).doesNotHaveDuplicates();
            brokers.untilAllWereTold(told);
            for (int i = 0; i < open.size(); i++) {
                if (!open.get(i).isCompletedExceptionally()) {
                    assertThat(told).contains("round-%d-%d".formatted(round, i));
                }
            }
            assertThat(told.stream().filter(one -> one.startsWith("round-")).toList())
                    .as("in the order they were proposed")
                    .isSortedAccordingTo((a, b) -> number(a).compareTo(number(b)));
        }
    }

    private static Long number(String entry) {
        String[] parts = entry.split("-");
        return Long.parseLong(parts[1]) * 1_000 + Long.parseLong(parts[2]);
    }

    @Test
    void anEntryOfAnEarlierTermIsPassedOverByAll() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        CompletableFuture<Long> stale = leader.appendUnchecked(leader.term - 1, "stale");
        assertThatThrownBy(() -> get(stale)).hasCauseInstanceOf(LeadershipLostException.class);
        append("b");
        brokers.untilAllWereTold(expected);
        brokers.stop(leader.id());
        get(brokers.start(leader.id()).started);
        brokers.untilAllWereTold(expected);
    }

    @Test
    void anyoneAsksAndTheLeaderAnswers() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        for (int i = 1; i <= 20; i++) {
            append("e" + i);
            for (Broker asking : brokers.running()) {
                assertThat(get(asking.ask("q"))).isEqualTo(leader.id() + " knows " + i + " for q");
            }
        }
    }

    @Test
    void aQuestionWaitsForTheNextLeader() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        Broker asking = otherThan(leader);
        brokers.kill(leader.id());
        assertThat(get(asking.ask("q")))
                .endsWith(" knows 1 for q")
                .doesNotStartWith(leader.id() + " ");
    }

    @Test
    void aQuestionWithoutAQuorumFailsInTime() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        assertThat(get(leader.ask("q")))
                .contains("knows 1"); // its office is confirmed at this index
        for (Broker other : brokers.running()) {
            if (other != leader) {
                brokers.kill(other.id());
            }
        }
        assertThatThrownBy(() -> get(leader.ask("q"))).hasMessageContaining("quorum");
        until("it does not lead", () -> !leader.leads());
    }

    @Test
    void aVoterComesBackWithItsLog() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        int away = otherThan(leader).id();
        brokers.stop(away);
        append("b");
        get(brokers.start(away).started);
        append("c");
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aVoterComesBackWithoutItsLogWhileNothingHappens() {
        brokers.startAll(1, 2, 3);
        Broker leader = brokers.leader();
        append("a");
        append("b");
        int lost = otherThan(leader).id();
        brokers.kill(lost);
        brokers.wipe(lost);
        get(brokers.start(lost).started);
        brokers.untilAllWereTold(expected);
        until(
                "it votes again",
                () ->
                        brokers.leader().quorum().voters().stream()
                                .anyMatch(one -> one.brokerId() == lost));
        brokers.kill(brokers.leader().id());
        append("c");
        brokers.untilAllWereTold(expected);
    }

    @Test
    void aBrokerWaitsForAQuorumAndNeverFormsAnotherOne() {
        brokers.startAll(1, 2, 3);
        append("a");
        brokers.kill(1);
        brokers.kill(2);
        brokers.kill(3);
        brokers.wipe(1);
        Broker lost = brokers.start(1);
        Broker second = brokers.start(2);
        until("the second is up", () -> second.quorum().term() >= 1);
        assertThat(lost.started).isNotDone();
        brokers.start(3);
        get(lost.started);
        append("b");
        brokers.untilAllWereTold(expected);
    }
}
