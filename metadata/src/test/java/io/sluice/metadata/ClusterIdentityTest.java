package io.sluice.metadata;

import static io.sluice.metadata.Brokers.get;
import static io.sluice.metadata.Brokers.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.Uuid;
import io.sluice.metadata.Brokers.Broker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Brokers know which cluster they are of, and one that was by itself begins a cluster. */
final class ClusterIdentityTest {

    private static final Uuid ALONE = new Uuid(4711L, 42L);

    @TempDir Path folder;
    private Brokers brokers = new Brokers(Path.of("unset"));

    /** What a broker knew, and how often it was told that a quorum has it. */
    private static final class Lone implements FirstState {
        private final AtomicInteger taken = new AtomicInteger();

        @Override
        public Optional<Known> read() {
            return taken.get() > 0
                    ? Optional.empty()
                    : Optional.of(new Known(ALONE, Brokers.bytes("all it knew")));
        }

        @Override
        public void taken() {
            taken.incrementAndGet();
        }
    }

    @BeforeEach
    void begin() {
        brokers = new Brokers(folder);
    }

    @AfterEach
    void end() {
        brokers.close();
    }

    @Test
    void aClusterHasOneNameOnAllBrokersAndKeepsIt() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        brokers.append("a");
        get(brokers.start(4).started);
        Optional<Uuid> name = brokers.broker(1).log.cluster();
        assertThat(name).isPresent();
        brokers.running().forEach(one -> assertThat(one.log.cluster()).isEqualTo(name));
        brokers.stop(2);
        get(brokers.start(2).started);
        assertThat(brokers.broker(2).log.cluster()).isEqualTo(name);
    }

    @Test
    void aBrokerWithTheLogOfAnotherClusterIsRefused() {
        brokers.voters(1).startAll(1);
        brokers.append("ours");
        try (Brokers others = new Brokers(folder.resolve("other")).voters(2).startAll(2)) {
            others.append("theirs");
            get(others.start(5).started);
            Path marker = others.settings(5).directory().resolve(QuorumFolder.JOINING);
            until("its log counts", () -> !Files.exists(marker));
            others.stop(5);
            QuorumSettings wrong =
                    QuorumSettings.of(
                            5,
                            others.settings(5).directory(),
                            others.address(5),
                            others.address(5),
                            List.of(),
                            List.of(brokers.address(1)));
            others.stop(2);
            Broker lost = new Broker(wrong);
            lost.start();
            assertThatThrownBy(() -> get(lost.started))
                    .hasMessageContaining("nothing was changed")
                    .hasMessageContaining(brokers.broker(1).log.cluster().get().toString());
            lost.kill();
        }
        brokers.append("more");
        brokers.untilAllWereTold(List.of("ours", "more"));
    }

    @Test
    void aBrokerWhoseDataAreOfAnotherClusterDoesNotJoin() {
        brokers.voters(1).startAll(1);
        Broker stranger = brokers.start(brokers.settings(4).withCluster(Optional.of(ALONE)));
        assertThatThrownBy(() -> get(stranger.started))
                .hasMessageContaining("belong to cluster " + ALONE);
        assertThat(brokers.broker(1).quorum().observers()).isEmpty();
    }

    @Test
    void anEmptyQuorumIsNotFormedOverData() {
        brokers.voters(1);
        Broker wiped = brokers.start(brokers.settings(1).withCluster(Optional.of(ALONE)));
        assertThatThrownBy(() -> get(wiped.started))
                .hasMessageContaining("its metadata are gone")
                .hasMessageContaining("from a backup");
    }

    @Test
    void aVoterWithItsDataAndWithoutItsLogComesBack() {
        brokers.voters(1, 2, 3).startAll(1, 2, 3);
        brokers.append("a");
        Optional<Uuid> name = brokers.broker(1).log.cluster();
        brokers.stop(3);
        brokers.wipe(3);
        get(brokers.start(brokers.settings(3).withCluster(name)).started);
        brokers.append("b");
        brokers.untilAllWereTold(List.of("a", "b"));
    }

    @Test
    void whatABrokerKnewByItselfIsTheFirstStateOfTheQuorum() throws IOException {
        brokers.voters(1, 2, 3);
        Lone lone = new Lone();
        // A start that was cut short before the state was committed.
        Path before = Files.createDirectories(brokers.settings(2).directory());
        Files.write(before.resolve(QuorumFolder.BEGINNING), new byte[0]);
        Broker third = brokers.start(3);
        Broker first = brokers.start(brokers.settings(2), lone);
        get(first.started);
        assertThat(first.told).containsExactly("all it knew");
        assertThat(lone.taken).hasValue(1);
        assertThat(before.resolve(QuorumFolder.BEGINNING)).doesNotExist();
        assertThat(first.log.cluster()).contains(ALONE);
        get(third.started);
        get(brokers.start(1).started);
        brokers.append("more");
        brokers.untilAllWereTold(List.of("all it knew", "more"));
        assertThat(brokers.leader().quorum().voters()).hasSize(3);
        brokers.stop(2);
        brokers.append("on");
        get(brokers.start(brokers.settings(2), lone).started);
        brokers.untilAllWereTold(List.of("all it knew", "more", "on"));
    }

    @Test
    void oneThatWasByItselfDoesNotBecomeAnObserver() {
        brokers.voters(1).startAll(1);
        Broker lone = brokers.start(brokers.settings(4), new Lone());
        assertThatThrownBy(() -> get(lone.started))
                .hasMessageContaining("name it in controller.quorum.voters");
    }
}
