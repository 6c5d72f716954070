package io.sluice.simulator;

import io.sluice.simulator.world.Trace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
            "--seed N plays one and prints what happens, and with --shrink how little of it fails"
                    + " alike; --seeds N or --hours H search on from --from and print the seeds that"
                    + " fail."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice-sim --seed 42",
            "  sluice-sim --seed 42 --follow orders-0,payments-1",
            "  sluice-sim --seed 42 --shrink",
            "  sluice-sim --seed 42 --only-faults 3,7 --at-most brokers=3,producers=1",
            "  sluice-sim --seeds 10000 --from 1",
            "  sluice-sim --hours 8",
            "  sluice-sim --seeds 1000 --bug RECORDS_NOT_FLUSHED",
            "",
            "Exit codes: 0 every seed passed, 1 a seed failed or the search proved too little, 2 bad"
                    + " usage."
        })
public final class Main implements Callable<Integer> {

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

    @Option(names = "--shrink", description = "Find the least of --seed that fails alike.")
    private boolean shrink;

    @Option(
            names = "--only-faults",
            split = ",",
            paramLabel = "N",
            description =
                    "Make only the faults of these numbers, as the transcript has them; 0: none.")
    private @Nullable List<Long> onlyFaults;

    @Option(
            names = "--at-most",
            split = ",",
            paramLabel = "SIZE=N",
            description = {
                "Play with less: brokers, partitions, producers, consumers (of each partition),"
                        + " batches, loops, faults_ms."
            })
    private Map<Part.Size, Long> atMost = Map.of();

    @Option(
            names = "--follow",
            split = ",",
            paramLabel = "PARTITION",
            description = "With --seed: tell all that changes about it at every broker.")
    private Set<String> followed = Set.of();

    @Option(names = "--failures", description = "Stop after so many seeds that failed (10).")
    private int failures = 10;

    public static void main(String[] arguments) {
        System.exit(execute(arguments));
    }

    static int execute(String... arguments) {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
    }

    @Override
    public Integer call() {
        Part part = new Part(Optional.ofNullable(onlyFaults).map(TreeSet::new), atMost);
        Long one = seed;
        if (one != null) {
            return shrink ? shrink(one, part) : play(one, part);
        }
        if (shrink || seeds == Long.MAX_VALUE && hours == Double.MAX_VALUE) {
            System.err.println("sluice-sim: name --seed, --seeds or --hours (--help tells more)");
            return CommandLine.ExitCode.USAGE;
        }
        Search search = new Search(part, bug, System.out);
        search.run(from, seeds, (long) Math.min(Long.MAX_VALUE, hours * NANOS_PER_HOUR), failures);
        return search.conclude() ? 0 : 1;
    }

    private int play(long one, Part part) {
        Simulation.Result result =
                Simulation.run(one, part, bug, new Trace(System.out::println, followed));
        System.out.print(result.coverage());
        System.out.println(result.summary());
        Throwable violation = result.violation();
        if (violation != null) {
            violation.printStackTrace(System.out);
        }
        return violation == null ? 0 : 1;
    }

    private int shrink(long one, Part part) {
        Shrinker shrinker = new Shrinker(one, bug, System.err::println);
        Optional<Part> left = shrinker.shrink(part);
        if (left.isEmpty()) {
            System.out.println("seed " + one + " passes");
            return 0;
        }
        int failed = play(one, left.get());
        System.out.printf("shrunk in %d runs:%n", shrinker.runs());
        System.out.printf(
                "  sluice-sim --seed %d%s%s%n",
                one, bug == Bug.NONE ? "" : " --bug " + bug, left.get().options());
        return failed;
    }
}
