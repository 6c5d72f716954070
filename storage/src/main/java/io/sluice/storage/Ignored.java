package io.sluice.storage;

import io.sluice.engine.loop.Completion;
import java.io.IOException;

/** Nobody waits; a failure has failed the directory already. */
final class Ignored implements Completion<Long> {

    static final Ignored INSTANCE = new Ignored(() -> {});

    private final Runnable next;

    private Ignored(Runnable next) {
        this.next = next;
    }

    /** Goes on with something whatever came of it. */
    static Ignored then(Runnable next) {
        return new Ignored(next);
    }

    @Override
    public void succeeded(Long value) {
        next.run();
    }

    @Override
    public void failed(IOException fault) {
        next.run();
    }
}
