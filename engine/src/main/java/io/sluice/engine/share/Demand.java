package io.sluice.engine.share;

import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.ShareKey;
import java.util.List;

/**
 * What a member asks for, of one queue or of many.
 *
 * @param who the member, and where it is
 * @param queues in the order in which they are asked; each once
 * @param maxRecords a bound over all of them, unless not {@code strict}: then the last batch is
 *     given whole (KIP-1206)
 * @param batchSize ranges that are given hold no more records than this
 * @param maxBytes a bound over all of them, but for the first batch
 * @param minBytes it waits until about as much is there; 0 and 1 are the same
 * @param maxWaitMs and no longer than this; 0 does not wait
 */
public record Demand(
        Who who,
        List<Wanted> queues,
        int maxRecords,
        boolean strict,
        int batchSize,
        int maxBytes,
        int minBytes,
        long maxWaitMs) {

    /** Of a member that nothing else is known of. */
    public Demand(
            String member,
            List<Wanted> queues,
            int maxRecords,
            boolean strict,
            int batchSize,
            int maxBytes,
            int minBytes,
            long maxWaitMs) {
        this(
                new Who(member, "", ""),
                queues,
                maxRecords,
                strict,
                batchSize,
                maxBytes,
                minBytes,
                maxWaitMs);
    }

    public String member() {
        return who.member();
    }

    /**
     * One of the queues.
     *
     * @param fresh the member asks it for the first time in its session: the queue makes sure that
     *     it was not set anew meanwhile (KIP-932, AlterShareGroupOffsets)
     */
    public record Wanted(ShareKey key, boolean fresh) {}

    public Demand {
        if (maxRecords <= 0 || batchSize <= 0) {
            throw new IllegalArgumentException(
                    "%d records in batches of %d".formatted(maxRecords, batchSize));
        }
    }
}
