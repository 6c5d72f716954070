package io.sluice.benchmarks.sidebyside;

/** One part of what is measured of clusters; runs both sides, and tells the report. */
interface ClusterPart {

    /** For --only. */
    String name();

    /**
     * Does it.
     *
     * @param pairs how often, where it is done in pairs
     */
    void run(ClusterSide sluice, ClusterSide kafka, int pairs, Report report);

    /** A row of the report. */
    record Row(String name, java.util.List<Work.Bar> bars) implements Measured {}
}
