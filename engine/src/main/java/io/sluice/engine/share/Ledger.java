package io.sluice.engine.share;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;

/** Where it is taken down what happens to records of queues. */
@FunctionalInterface
public interface Ledger {

    /** Nobody wants to know. */
    Ledger NONE = loop -> (queue, source, entry) -> {};

    /** The part of a loop. Any thread. */
    Book of(EventLoop loop);

    /** Belongs to a loop. */
    @FunctionalInterface
    interface Book {

        /**
         * Takes down one thing; later it is stored, if that can be.
         *
         * @param source the partition of the queue
         */
        void note(ShareKey queue, TopicPartition source, Entry entry);
    }
}
