package io.sluice.metadata;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * Whether this broker still leads, as a majority of the voters says after it was asked. One round
 * at a time serves all that asked before it began.
 *
 * <p>Ratis has linearizable reads of its own, but a leader that was confirmed once at an index
 * takes itself for confirmed as long as nothing new is committed, also when it is cut off
 * meanwhile.
 */
final class OfficeCheck {

    private final BooleanSupplier round;
    private List<CompletableFuture<Boolean>> waiting = new ArrayList<>();
    private boolean running;

    /**
     * @param round asks the voters; waits
     */
    OfficeCheck(BooleanSupplier round) {
        this.round = round;
    }

    /** Completes on another thread. The caller bounds how many wait. */
    CompletableFuture<Boolean> confirm() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        synchronized (this) {
            waiting.add(done);
            if (running) {
                return done;
            }
            running = true;
        }
        Thread.ofVirtual().name("metadata-office").start(this::rounds);
        return done;
    }

    private void rounds() {
        while (true) {
            List<CompletableFuture<Boolean>> served;
            synchronized (this) {
                if (waiting.isEmpty()) {
                    running = false;
                    return;
                }
                served = waiting;
                waiting = new ArrayList<>();
            }
            boolean leads = round.getAsBoolean();
            served.forEach(one -> one.complete(leads));
        }
    }
}
