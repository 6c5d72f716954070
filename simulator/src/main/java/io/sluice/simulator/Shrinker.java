package io.sluice.simulator;

import io.sluice.simulator.Part.Size;
import io.sluice.simulator.Simulation.Result;
import io.sluice.simulator.world.Trace;
import io.sluice.simulator.world.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds how little of a seed still fails, and of the same rule: first fewer faults (delta
 * debugging, Zeller and Hildebrandt 2002), then a smaller cluster with less to do, then faults once
 * more. Every fault and every component has its own chance, so most of what is left stays as it
 * was; where it does not, the attempt passes, and what was left out comes back.
 */
final class Shrinker {

    /** Each takes as long as the seed does. */
    private static final int MOST_RUNS = 500;

    private final long seed;
    private final Bug bug;
    private final Consumer<String> progress;
    private String wanted = "";
    private int runs;

    /**
     * @param progress is told of each step that worked
     */
    Shrinker(long seed, Bug bug, Consumer<String> progress) {
        this.seed = seed;
        this.bug = bug;
        this.progress = progress;
    }

    /** How often it played the seed. */
    int runs() {
        return runs;
    }

    /** The least that fails; empty if the seed passes. */
    Optional<Part> shrink(Part whole) {
        Result first = play(whole);
        wanted = kind(first.violation());
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        Part least = withFewerFaults(whole, new ArrayList<>(first.faults()));
        Part before;
        do {
            before = least;
            for (Size size : Size.values()) {
                least = withLess(least, size, first.plan().size(size));
            }
            if (!least.equals(before)) {
                least = withFewerFaults(least, new ArrayList<>(least.faults().orElseThrow()));
            }
        } while (!least.equals(before) && runs < MOST_RUNS);
        return Optional.of(least);
    }

    /** Leaves out stretches of faults, long ones first, and in the end one after the other. */
    private Part withFewerFaults(Part part, List<Long> all) {
        List<Long> faults = all;
        int length = all.size();
        while (length > 0) {
            List<Long> before = faults;
            for (int from = 0; from < faults.size(); ) {
                List<Long> fewer = without(faults, from, from + length);
                if (fails(part.withFaults(new TreeSet<>(fewer)))) {
                    faults = fewer;
                    progress.accept("run %d: faults %s".formatted(runs, faults));
                } else {
                    from += length;
                }
            }
            boolean isOver = length == 1 && faults.equals(before);
            length = isOver ? 0 : (length + 1) / 2;
        }
        return part.withFaults(new TreeSet<>(faults));
    }

    private static List<Long> without(List<Long> faults, int from, int to) {
        List<Long> fewer = new ArrayList<>(faults.subList(0, from));
        fewer.addAll(faults.subList(Math.min(to, faults.size()), faults.size()));
        return fewer;
    }

    private Part withLess(Part part, Size size, long whole) {
        long now = part.of(size, whole);
        for (long less : new long[] {size.least(), now / 4, now / 2, now * 3 / 4, now - 1}) {
            Part tried = part.with(size, less);
            if (less >= size.least() && less < now && fails(tried)) {
                progress.accept("run %d:%s".formatted(runs, tried.options()));
                return tried;
            }
        }
        return part;
    }

    private boolean fails(Part part) {
        return runs < MOST_RUNS && kind(play(part).violation()).equals(wanted);
    }

    private Result play(Part part) {
        runs++;
        return Simulation.run(seed, part, bug, new Trace());
    }

    /** What two failures must share. */
    private static String kind(@Nullable Throwable violation) {
        return switch (violation) {
            case null -> "";
            case Violation broken -> broken.rule();
            default -> violation.getClass().getName();
        };
    }
}
