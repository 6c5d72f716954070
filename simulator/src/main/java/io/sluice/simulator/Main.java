package io.sluice.simulator;

import io.sluice.simulator.world.Trace;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/sluice-sim}: plays one seed for a person, or many for their failures. */
@Command(
        name = "sluice-sim",
        mixinStandardHelpOptions = true,
        description = {
            "Runs whole clusters under faults, in one thread and virtual time. The same seed is the"
                    + " same history.",
            "--seed N plays one and prints what happens; --seeds N or --hours H search on from"
                    + " --from and print the seeds that fail."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice-sim --seed 42",
            "  sluice-sim --seeds 10000 --from 1",
            "  sluice-sim --hours 8",
            "  sluice-sim --seeds 1000 --bug RECORDS_NOT_FLUSHED",
            "",
            "Exit codes: 0 every seed passed, 1 a seed failed, 2 bad usage."
        })
public final class Main implements Callable<Integer> {

    /** Seeds from which on every situation has to have come up. */
    private static final long LONG_SEARCH = 1_000;

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
                    "moves over",
                    "replicas gone",
                    "leaderships handed over",
                    "topics made again",
                    "batches read from followers",
                    "offsets committed",
                    "replicas given up",
                    "topics grown",
                    "batches whose topic went",
                    "logs cut",
                    "metadata entries of unknown outcome",
                    "metadata snapshots given to brokers");

    private static final long NANOS_PER_HOUR = 3_600_000_000_000L;

    @Option(names = "--seed", description = "Play this seed, with a transcript.")
    private @Nullable Long seed;

    @Option(names = "--seeds", description = "Run so many seeds.")
    private long seeds = Long.MAX_VALUE;

    @Option(names = "--hours", description = "Run seeds for so long, by the clock on the wall.")
    private double hours = Double.MAX_VALUE;

    @Option(names = "--from", description = "The first seed of a search (1).")
    private long from = 1;

    @Option(names = "--bug", description = "Plant a mistake: ${COMPLETION-CANDIDATES}.")
    private Bug bug = Bug.NONE;

    @Option(names = "--failures", description = "Stop after so many seeds that failed (10).")
    private int failures = 10;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() {
        Long one = seed;
        if (one != null) {
            Simulation.Result result = Simulation.run(one, bug, new Trace(System.out::println));
            System.out.print(result.coverage());
            System.out.println(result.summary());
            Throwable violation = result.violation();
            if (violation != null) {
                violation.printStackTrace(System.out);
            }
            return violation == null ? 0 : 1;
        }
        if (seeds == Long.MAX_VALUE && hours == Double.MAX_VALUE) {
            System.err.println("sluice-sim: name --seed, --seeds or --hours (--help tells more)");
            return CommandLine.ExitCode.USAGE;
        }
        return search();
    }

    private int search() {
        long start = System.nanoTime();
        double bound = hours * NANOS_PER_HOUR;
        Coverage coverage = new Coverage();
        long done = 0;
        int failed = 0;
        while (done < seeds && System.nanoTime() - start < bound && failed < failures) {
            Simulation.Result result = Simulation.run(from + done, bug, new Trace());
            done++;
            coverage.add(result.coverage());
            if (result.violation() != null) {
                failed++;
                System.out.println(result.summary());
            }
        }
        System.out.print(coverage);
        System.out.printf(
                "%d seeds from %d on, %d failed, %.1f seeds a second%n",
                done, from, failed, done * 1e9 / (System.nanoTime() - start));
        return failed == 0 && sawAll(coverage, done) ? 0 : 1;
    }

    /** A long search that never met a situation has proved nothing about it. */
    private boolean sawAll(Coverage coverage, long done) {
        if (done < LONG_SEARCH || bug != Bug.NONE) {
            return true;
        }
        List<String> missing = coverage.missing(SITUATIONS);
        for (Plan.Fault fault : Plan.Fault.values()) {
            missing.addAll(coverage.missing(List.of("fault " + fault)));
        }
        missing.forEach(one -> System.out.println("never met: " + one));
        return missing.isEmpty();
    }
}
