package io.sluice.simulator;

import io.sluice.simulator.world.Effects;
import io.sluice.simulator.world.Trace;
import java.io.PrintStream;
import java.util.List;

/** Many seeds, one after the other, and what they met together. */
final class Search {

    /** Seeds from which on every situation has to have come up. */
    private static final long LONG = 1_000;

    /** Seeds from which on the share of empty runs counts. */
    private static final long SOME = 50;

    /** More empty runs than that, in a hundred, and the search proves too little. */
    private static final int MOST_EMPTY_PERCENT = 5;

    private static final List<String> SITUATIONS =
            List.of(
                    "leader elections",
                    "partitions without a leader",
                    "in-sync replicas fewer",
                    "in-sync replicas more",
                    "eligible leaders outside the ISR",
                    "brokers fenced",
                    "brokers struck off",
                    "orders followed",
                    "moves begun",
                    "moves by the cluster itself",
                    "moves over",
                    "replicas gone",
                    "leaderships handed over",
                    "topics made again",
                    "batches read from followers",
                    "offsets committed",
                    "replicas given up",
                    "topics grown",
                    "batches whose topic went",
                    "transactions committed",
                    "transactions aborted",
                    "transactions left open",
                    "transactional producers fenced",
                    "offsets committed by members",
                    "partitions passed on to other members",
                    "members fenced",
                    "records accepted",
                    "records released",
                    "records dead",
                    "records too old",
                    "locks renewed",
                    "locks expired",
                    "settled too late",
                    "records given again by another leader",
                    "records brought back",
                    "records that the ledger tells of",
                    "orders asked for at another leader",
                    "messages delivered later",
                    "messages that came again",
                    "messages cancelled",
                    "messages rescheduled",
                    "messages carried to the log's end",
                    "floors of schedules",
                    "logs cut",
                    "metadata entries of unknown outcome",
                    "metadata snapshots given to brokers");

    private final Part part;
    private final Bug bug;
    private final PrintStream out;
    private final Coverage coverage = new Coverage();
    private long from;
    private long nanos;
    private long done;
    private int failed;

    /** Runs in which nobody felt a fault. */
    private long empty;

    /** Runs in which nothing came up that readers and writers do not see on any day. */
    private long quiet;

    Search(Part part, Bug bug, PrintStream out) {
        this.part = part;
        this.bug = bug;
        this.out = out;
    }

    /** Plays seeds until one of the bounds is reached, and prints those that fail. */
    void run(long first, long seeds, long withinNanos, int failures) {
        from = first;
        long start = System.nanoTime();
        while (done < seeds && nanos < withinNanos && failed < failures) {
            take(Simulation.run(from + done, part, bug, new Trace()));
            nanos = System.nanoTime() - start;
        }
    }

    private void take(Simulation.Result result) {
        done++;
        coverage.add(result.coverage());
        empty += result.empty() ? 1 : 0;
        quiet += result.coverage().missing(SITUATIONS).size() == SITUATIONS.size() ? 1 : 0;
        if (result.violation() != null) {
            failed++;
            out.println(result.summary());
        }
    }

    /**
     * Prints what was met.
     *
     * @return whether all seeds passed, and that says something
     */
    boolean conclude() {
        out.print(coverage);
        boolean saysMuch = hasMetAll();
        out.printf(
                "%d seeds from %d on, %d failed, %d felt no fault, %d met no situation, %.1f seeds a second%n",
                done, from, failed, empty, quiet, done * 1e9 / Math.max(1L, nanos));
        return failed == 0 && saysMuch;
    }

    /** A search that never met a situation has proved nothing about it. */
    private boolean hasMetAll() {
        boolean all = true;
        if (done >= SOME && 100 * empty > MOST_EMPTY_PERCENT * done) {
            out.println("too many runs in which nobody felt a fault: " + empty);
            all = false;
        }
        if (done < LONG || bug != Bug.NONE) {
            return all;
        }
        List<String> missing = coverage.missing(SITUATIONS);
        for (Plan.Fault fault : Plan.Fault.values()) {
            missing.addAll(coverage.missing(List.of("fault " + fault)));
        }
        missing.addAll(coverage.missing(Effects.names()));
        missing.forEach(one -> out.println("never met: " + one));
        return all && missing.isEmpty();
    }
}
