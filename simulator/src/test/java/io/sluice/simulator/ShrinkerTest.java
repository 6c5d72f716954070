package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A seed that fails is told with as little as it takes. */
final class ShrinkerTest {

    private static final Bug BUG = Bug.RECORDS_NOT_FLUSHED;

    private static long firstThatFails() {
        long seed = 1;
        while (Simulation.run(seed, BUG, new Trace()).violation() == null) {
            seed++;
        }
        return seed;
    }

    private static String rule(Simulation.Result result) {
        return result.violation() instanceof Violation broken ? broken.rule() : "none";
    }

    @Test
    void leavesOutWhatTheFailureDoesNotNeed() {
        long seed = firstThatFails();
        Simulation.Result whole = Simulation.run(seed, BUG, new Trace());
        Part least = new Shrinker(seed, BUG, line -> {}).shrink(Part.ALL).orElseThrow();
        Simulation.Result left = Simulation.run(seed, least, BUG, new Trace());
        assertThat(left.violation()).as("seed %d%s", seed, least.options()).isNotNull();
        assertThat(left.faults()).hasSizeLessThanOrEqualTo(whole.faults().size());
        assertThat(left.events()).isLessThan(whole.events());
        SortedSet<Long> faults = least.faults().orElseThrow();
        for (long one : faults) {
            SortedSet<Long> fewer = new TreeSet<>(faults);
            fewer.remove(one);
            Part without = least.withFaults(fewer);
            assertThat(rule(Simulation.run(seed, without, BUG, new Trace())))
                    .as("seed %d%s without fault %d", seed, least.options(), one)
                    .isNotEqualTo(rule(left));
        }
    }

    @Test
    void leavesNothingOfASeedThatPasses() {
        Part none = Part.ALL.withFaults(new TreeSet<>());
        assertThat(new Shrinker(1, Bug.NONE, line -> {}).shrink(none)).isEqualTo(Optional.empty());
    }

    @Test
    void leavesOutWhoIsNotWanted() {
        long seed = 1;
        while (Simulation.run(seed, Bug.NONE, new Trace()).coverage().of("members fenced") == 0) {
            seed++;
        }
        Part part = Part.ALL.with(Part.Size.TELLERS, 0).with(Part.Size.MEMBERS, 0);
        Simulation.Result result = Simulation.run(seed, part, Bug.NONE, new Trace());
        assertThat(result.violation()).as("seed %d", seed).isNull();
        assertThat(result.coverage().of("batches acknowledged")).isPositive();
        assertThat(result.coverage().of("transactions committed")).isZero();
        assertThat(result.coverage().of("offsets committed by members")).isZero();
    }

    @Test
    void tellsWhichOptionsPlayIt() {
        Part part =
                Part.ALL
                        .withFaults(new TreeSet<>(List.of(7L, 3L)))
                        .with(Part.Size.PRODUCERS, 1)
                        .with(Part.Size.BROKERS, 3);
        assertThat(part.options()).isEqualTo(" --only-faults 3,7 --at-most brokers=3,producers=1");
        assertThat(Part.ALL.options()).isEmpty();
        assertThat(Part.ALL.withFaults(new TreeSet<>()).options()).isEqualTo(" --only-faults 0");
    }
}
