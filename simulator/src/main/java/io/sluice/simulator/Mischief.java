package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** One kind of what may go wrong, or be done: made now, and mended or finished after a while. */
interface Mischief {

    /** Whether it could be made. */
    boolean make(Fault fault, Machine machine);

    /** Whether nothing else may go wrong now: it might hit the only copies left. */
    default boolean isDelicate() {
        return false;
    }

    /** The faults are over. */
    default void heal() {}
}
