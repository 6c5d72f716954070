package io.sluice.simulator;

import io.sluice.simulator.Plan.Fault;
import io.sluice.simulator.cluster.Machine;

/** The metadata quorum votes anew, lags, or has only a snapshot left to give. */
final class QuorumMischief implements Mischief {

    private static final int LEAST_LAG_MS = 500;

    private final Scene scene;

    QuorumMischief(Scene scene) {
        this.scene = scene;
    }

    @Override
    public boolean make(Fault fault, Machine machine) {
        switch (fault) {
            case METADATA_PURGED -> scene.site().quorum().purge();
            case METADATA_LAGS -> {
                int lagMs = LEAST_LAG_MS + scene.random().nextInt(scene.longestMs());
                scene.site().quorum().lag(machine.id(), lagMs);
            }
            default -> {
                return scene.site().quorum().depose();
            }
        }
        return true;
    }
}
