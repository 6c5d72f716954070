package io.sluice.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What has to hold before all is well, and in what words to tell what does not. It is asked after
 * every event, so what did not hold when it was asked last is looked at first.
 */
final class Health {

    private record Demand(BooleanSupplier isMet, Supplier<String> undone) {}

    private final List<Demand> demands = new ArrayList<>();
    private int unmet;

    /**
     * One more thing has to hold.
     *
     * @param undone tells what is left to do
     */
    void demand(BooleanSupplier isMet, Supplier<String> undone) {
        demands.add(new Demand(isMet, undone));
    }

    /** Whether everything holds. */
    boolean isWell() {
        for (int i = 0; i < demands.size(); i++) {
            if (!demands.get(unmet).isMet.getAsBoolean()) {
                return false;
            }
            unmet = (unmet + 1) % demands.size();
        }
        return true;
    }

    /** What does not hold, one after the other. */
    List<String> undone() {
        return demands.stream()
                .filter(one -> !one.isMet.getAsBoolean())
                .map(one -> one.undone.get())
                .toList();
    }
}
