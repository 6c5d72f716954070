package io.sluice.engine.transaction;

import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;

/**
 * Writes the markers of all transactions that are coordinated here: a sender for each partition of
 * the transactions' topic, from when the partition opens until it goes.
 */
public final class MarkerSenders {

    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;
    private final Partitions partitions;
    private final Metadata metadata;
    private final MarkerTarget target;

    public MarkerSenders(
            CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
            Partitions partitions,
            Metadata metadata,
            MarkerTarget target) {
        this.host = host;
        this.partitions = partitions;
        this.metadata = metadata;
        this.target = target;
    }

    /** A partition of any topic can be used from now on. On the partition's loop. */
    public void opened(Partition partition) {
        if (partition.name().topic().equals(host.topic())) {
            new MarkerSender(
                            partition,
                            () -> partitions.find(partition.name()) != partition,
                            host,
                            metadata,
                            target)
                    .start();
        }
    }
}
