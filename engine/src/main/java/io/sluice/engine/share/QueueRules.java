package io.sluice.engine.share;

import io.sluice.core.share.ShareSettings;

/**
 * What a group's settings say of its queues.
 *
 * @param readCommitted nothing of transactions that are open or were aborted is delivered ({@code
 *     share.isolation.level})
 * @param start where a queue begins that nobody set a start for ({@code share.auto.offset.reset})
 * @param sight what is looked at in each record; keys where {@code share} orders by them
 * @param ledger whether what happens is taken down ({@code sluice.queue.ledger.enable})
 */
public record QueueRules(
        ShareSettings share, boolean readCommitted, Start start, Sight sight, boolean ledger) {

    /** Of queues that keep no ledger. */
    public QueueRules(ShareSettings share, boolean readCommitted, Start start, Sight sight) {
        this(share, readCommitted, start, sight, false);
    }

    /** As Kafka has them: what is not committed is delivered, too, and only what is new. */
    public static final QueueRules DEFAULTS =
            new QueueRules(ShareSettings.DEFAULTS, false, new Start.Latest());

    /** Of a group that looks into no records. */
    public QueueRules(ShareSettings share, boolean readCommitted, Start start) {
        this(share, readCommitted, start, Sight.NONE);
    }

    /** Where a queue begins. */
    public sealed interface Start {
        /** At the first record that is there. */
        record Earliest() implements Start {}

        /** Behind the last record. */
        record Latest() implements Start {}

        /** At the first record that is not older than this, or behind the last. */
        record Ago(long ms) implements Start {}
    }
}
