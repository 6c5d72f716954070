package io.sluice.metadata;

import io.sluice.core.model.Uuid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * What a broker knew that was by itself before: the state with which it begins a quorum. Called on
 * background threads; may wait.
 */
public interface FirstState {

    /** Of a broker that never was by itself. */
    FirstState NONE =
            new FirstState() {
                @Override
                public Optional<Known> read() {
                    return Optional.empty();
                }

                @Override
                public void taken() {}
            };

    /**
     * @param cluster its name
     * @param state an entry that leads from nothing to all of it
     */
    record Known(Uuid cluster, ByteBuffer state) {}

    /** What there is, if there is anything. */
    Optional<Known> read() throws IOException;

    /** A quorum has it, durably: from now on it must not be found here any more. */
    void taken() throws IOException;
}
