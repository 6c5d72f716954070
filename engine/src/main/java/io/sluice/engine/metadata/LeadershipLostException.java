package io.sluice.engine.metadata;

import java.io.IOException;

/**
 * This broker does not decide for the cluster, or does so no longer; another one will. What was
 * under way may be committed or not.
 */
public final class LeadershipLostException extends IOException {

    private static final long serialVersionUID = 1L;

    public LeadershipLostException(String message) {
        super(message);
    }
}
