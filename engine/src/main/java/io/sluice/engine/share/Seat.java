package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.partition.Partition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A place where a demand waits at one queue. Taken and left from the demand's loop; what is inside
 * belongs to the partition's, which does both in this order.
 */
final class Seat {
    private final HostedQueues queues;
    private final Partition partition;
    private final ShareKey key;
    private final long awaits;
    private @Nullable HostedQueue queue;
    private Waiters.@Nullable Parked parked;
    private boolean woken;

    Seat(HostedQueues queues, Partition partition, ShareKey key, long awaits) {
        this.queues = queues;
        this.partition = partition;
        this.key = key;
        this.awaits = awaits;
    }

    /**
     * @param wake told once on the partition's loop, unless the seat was left before; an error says
     *     that there will be nothing
     */
    void sit(Consumer<ErrorCode> wake) {
        partition
                .loop()
                .execute(() -> {
                    HostedQueue at = queues.of(partition.loop()).at(key, partition);
                    if (at == null) {
                        wake.accept(LoopQueues.refusal(partition));
                        return;
                    }
                    queue = at;
                    parked =
                            at.park(
                                    awaits,
                                    error -> {
                                        woken = true;
                                        wake.accept(error);
                                    });
                });
    }

    /** Somebody who was woken and does not come wakes the next. */
    void leave() {
        partition
                .loop()
                .execute(() -> {
                    HostedQueue at = queue;
                    if (at != null && woken) {
                        at.passOn();
                    } else if (at != null && parked != null) {
                        at.unpark(parked);
                    }
                });
    }
}
