package io.sluice.benchmarks.sidebyside;

import java.util.List;
import java.util.Optional;

/** What has figures of both sides, and what Sluice is to reach in them. */
interface Measured {

    /** For the report and for --only. */
    String name();

    List<Work.Bar> bars();

    /** What is to be reached of that figure, if anything. */
    default Optional<Work.Bar> bar(Metric metric) {
        return bars().stream().filter(bar -> bar.metric() == metric).findFirst();
    }
}
