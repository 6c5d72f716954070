package io.sluice.simulator;

import io.sluice.simulator.cluster.Site;

/** Mistakes made on purpose: a simulator that does not find them is blind. */
public enum Bug {
    /** None: production as it is. */
    NONE {
        @Override
        Site.Spoilt spoil() {
            return Site.Spoilt.NOTHING;
        }
    };

    abstract Site.Spoilt spoil();
}
