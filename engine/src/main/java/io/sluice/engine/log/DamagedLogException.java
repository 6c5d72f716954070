package io.sluice.engine.log;

import java.io.IOException;

/**
 * Stored bytes of a log are not what was written; its directory is well. Nothing of it is served
 * that is not whole, and nothing is cut (I-4).
 */
public class DamagedLogException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message names the place
     */
    public DamagedLogException(String message) {
        super(message);
    }
}
