package io.sluice.engine.transaction;

import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes the markers of all transactions that are coordinated here: a sender for each partition of
 * the transactions' topic, which works while the partition is led here.
 */
public final class MarkerSenders {

    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;
    private final Partitions partitions;
    private final Metadata metadata;
    private final MarkerTarget target;

    /** By the partition's number. */
    private final Map<Integer, MarkerSender> senders = new ConcurrentHashMap<>();

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

    /** The coordinator of a partition begins to serve. On the partition's loop. */
    public void serving(Partition partition) {
        // A topic that is deleted and made again has new partitions.
        senders.compute(
                        partition.name().partition(),
                        (number, known) ->
                                known != null && known.partition() == partition
                                        ? known
                                        : sender(partition))
                .serve();
    }

    private MarkerSender sender(Partition partition) {
        return new MarkerSender(
                partition,
                () -> partitions.find(partition.name()) == partition && host.leads(partition),
                host,
                metadata,
                target);
    }
}
