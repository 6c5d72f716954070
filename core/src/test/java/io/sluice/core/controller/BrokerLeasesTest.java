package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import java.util.SortedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class BrokerLeasesTest {

    private static final long TIMEOUT_MS = 1_000;

    private final Brokers brokers = new Brokers(3);
    private final BrokerLeases leases = new BrokerLeases(TIMEOUT_MS);

    private SortedMap<Integer, BrokerImage> image() {
        return brokers.given.image().brokers();
    }

    private void heartbeat(int broker, long nowMs) {
        leases.heartbeat(broker, brokers.epoch(broker), 7, nowMs);
    }

    @BeforeEach
    void begins() {
        brokers.fence(3);
        leases.reset(image(), 0);
    }

    @Test
    void everybodyThatServesBeginsWithAWholeLease() {
        assertThat(leases.nextDeadlineMs()).isEqualTo(TIMEOUT_MS);
        assertThat(leases.expired(image(), TIMEOUT_MS - 1)).isEmpty();
        assertThat(leases.expired(image(), TIMEOUT_MS))
                .containsExactly(
                        new BrokerEpoch(1, brokers.epoch(1)), new BrokerEpoch(2, brokers.epoch(2)));
    }

    @Test
    void aHeartbeatRenewsALease() {
        heartbeat(1, 500);
        assertThat(leases.expired(image(), 1_000))
                .extracting(BrokerEpoch::brokerId)
                .containsOnly(2);
        assertThat(leases.expired(image(), 1_500)).extracting(BrokerEpoch::brokerId).contains(1);
    }

    @Test
    void whoIsNotFencedYetIsToldAgain() {
        assertThat(leases.expired(image(), 1_000)).hasSize(2);
        assertThat(leases.expired(image(), 1_001)).isEmpty();
        assertThat(leases.nextDeadlineMs()).isEqualTo(1_250);
        assertThat(leases.expired(image(), 1_250)).hasSize(2);
        brokers.fence(1);
        assertThat(leases.expired(image(), 1_500)).hasSize(1);
        brokers.fence(2);
        assertThat(leases.expired(image(), 1_750)).isEmpty();
        assertThat(leases.nextDeadlineMs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void anEarlierRunRenewsNothing() {
        long old = brokers.epoch(1);
        brokers.start(1);
        heartbeat(1, 100);
        leases.heartbeat(1, old, 7, 900);
        assertThat(leases.expired(image(), 1_100)).extracting(BrokerEpoch::brokerId).contains(1);
    }

    @Test
    void aRunThatIsKnownToBeOverIsToldAtOnce() {
        heartbeat(2, 300);
        leases.end(new BrokerEpoch(1, brokers.epoch(1)), 400);
        assertThat(leases.nextDeadlineMs()).isEqualTo(400);
        assertThat(leases.expired(image(), 400))
                .containsExactly(new BrokerEpoch(1, brokers.epoch(1)));
    }

    @Test
    void theEndOfAnEarlierRunIsNotThatOfTheNewOne() {
        long old = brokers.epoch(1);
        brokers.start(1);
        heartbeat(1, 100);
        heartbeat(2, 100);
        leases.end(new BrokerEpoch(1, old), 200);
        assertThat(leases.expired(image(), 1_000)).isEmpty();
    }

    @Test
    void aNewRunThatWasNotHeardOfOutlivesTheEndOfTheEarlierOne() {
        long old = brokers.epoch(1);
        brokers.start(1);
        heartbeat(2, 100);
        leases.end(new BrokerEpoch(1, old), 200);
        assertThat(leases.expired(image(), 200)).isEmpty();
        assertThat(leases.expired(image(), 1_100)).extracting(BrokerEpoch::brokerId).contains(2);
        assertThat(leases.expired(image(), 1_200)).extracting(BrokerEpoch::brokerId).contains(1);
    }

    @Test
    void whoIsHeardOfAllTheSameLives() {
        leases.end(new BrokerEpoch(1, brokers.epoch(1)), 400);
        heartbeat(1, 401);
        assertThat(leases.expired(image(), 401)).isEmpty();
    }

    @Test
    void aNewRunHasAWholeLeaseThoughNothingWasHeardOfIt() {
        brokers.start(1);
        assertThat(leases.expired(image(), 1_000))
                .extracting(BrokerEpoch::brokerId)
                .containsOnly(2);
        assertThat(leases.expired(image(), 2_000)).extracting(BrokerEpoch::brokerId).contains(1);
    }

    @Test
    void howFarTheOthersHaveAppliedIsKnown() {
        assertThat(leases.appliedByOthers(image(), 1)).isEqualTo(-1);
        leases.heartbeat(1, brokers.epoch(1), 9, 10);
        leases.heartbeat(2, brokers.epoch(2), 5, 10);
        assertThat(leases.appliedByOthers(image(), 1)).as("3 is fenced").isEqualTo(5);
        assertThat(leases.appliedByOthers(image(), 2)).isEqualTo(9);
        brokers.fence(1, 2);
        assertThat(leases.appliedByOthers(image(), 2)).isEqualTo(Long.MAX_VALUE);
    }
}
