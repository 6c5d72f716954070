package io.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.simulator.Part.Size;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A search that proved nothing does not pass. */
final class SearchTest {

    private static final Part SMALL =
            Part.ALL.with(Size.BROKERS, 1).with(Size.BATCHES, 1).with(Size.FAULTS_MS, 100);

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private boolean search(Part part, long seeds) {
        Search search =
                new Search(part, Bug.NONE, new PrintStream(printed, true, StandardCharsets.UTF_8));
        search.run(1, seeds, Long.MAX_VALUE, 1);
        return search.conclude();
    }

    @Test
    void failsWhereNobodyFeltAFault() {
        assertThat(search(SMALL.withFaults(new TreeSet<>()), 50)).isFalse();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("nobody felt a fault: 50")
                .contains("0 failed, 50 felt no fault");
    }

    @Test
    void tellsOfEachRunThatFeltNothing() {
        assertThat(search(SMALL.withFaults(new TreeSet<>()), 2)).as("too few to tell").isTrue();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("2 felt no fault");
    }
}
