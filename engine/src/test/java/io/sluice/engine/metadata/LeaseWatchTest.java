package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.FenceBrokers;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.CallerDrivenLoop;
import io.sluice.engine.loop.CallerDrivenScheduler;
import io.sluice.engine.loop.ManualClock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeaseWatchTest {

    private static final long SESSION_MS = 3_000;

    private final ManualClock clock = new ManualClock(1_700_000_000_000L);
    private final CallerDrivenScheduler scheduler = new CallerDrivenScheduler(clock);
    private final List<FenceBrokers> fenced = new ArrayList<>();
    private final CallerDrivenLoop loop = new CallerDrivenLoop(scheduler);
    private final LeaseWatch watch =
            new LeaseWatch(loop, SESSION_MS, () -> image(1, 2), fenced::add);

    private static ClusterImage image(int... ids) {
        TreeMap<Integer, BrokerImage> brokers = new TreeMap<>();
        for (int id : ids) {
            brokers.put(id, new BrokerImage(id, 7, Uuid.ZERO, Optional.empty(), List.of(), false));
        }
        return new ClusterImage(
                1,
                Uuid.ZERO,
                Collections.unmodifiableSortedMap(brokers),
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                Collections.emptySortedMap(),
                0);
    }

    @Test
    void whoIsSilentIsFenced() {
        loop.execute(watch::begin);
        scheduler.runReady();
        scheduler.advanceMs(SESSION_MS + 1);
        assertThat(fenced)
                .containsExactly(
                        new FenceBrokers(List.of(new BrokerEpoch(1, 7), new BrokerEpoch(2, 7))));
    }

    /** Found by real processes: a controller that stood still fenced all, itself among them. */
    @Test
    void whoStoodStillFencesNobodyForIt() {
        loop.execute(watch::begin);
        scheduler.runReady();
        scheduler.advanceMs(1_000);
        clock.advanceTo(clock.monotonicNanos() + 60_000_000_000L);
        scheduler.runReady();
        assertThat(fenced).isEmpty();
        scheduler.advanceMs(SESSION_MS + 1);
        assertThat(fenced).as("and those who stay silent, a little later").isNotEmpty();
    }
}
