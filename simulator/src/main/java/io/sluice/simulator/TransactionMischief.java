package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.client.Teller;
import io.sluice.simulator.cluster.Machine;
import java.util.List;

/** Producers die in the middle of a transaction, or another one takes their place. */
final class TransactionMischief implements Mischief {

    /** Most come back before their transaction times out, some later. */
    private static final int AWAY_MS = 600;

    private final Scene scene;
    private final List<Teller> tellers;

    TransactionMischief(Scene scene, List<Teller> tellers) {
        this.scene = scene;
        this.tellers = tellers;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        if (tellers.isEmpty()) {
            return false;
        }
        Teller teller = scene.any(tellers);
        if (fault == Fault.PRODUCER_REPLACED) {
            return teller.replace();
        }
        int factor = scene.random().nextInt(4) == 0 ? 10 : 1;
        return teller.die(1 + scene.random().nextInt(AWAY_MS * factor));
    }
}
