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
 * @param asking where who had a record is asked, if {@code share} says that somebody is
 */
public record QueueRules(
        ShareSettings share,
        boolean readCommitted,
        Start start,
        Sight sight,
        boolean ledger,
        Asking asking) {

    /** Of groups that are not asked. */
    public QueueRules(
            ShareSettings share, boolean readCommitted, Start start, Sight sight, boolean ledger) {
        this(share, readCommitted, start, sight, ledger, Asking.NOBODY);
    }

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

    /**
     * Who is asked before a record goes to somebody else, and what may be answered.
     *
     * @param topic of questions ({@code sluice.queue.ask.topic}); empty for nobody
     * @param mayRenew {@code share.renew.acknowledge.enable}
     */
    public record Asking(String topic, boolean mayRenew) {
        public static final Asking NOBODY = new Asking("", false);
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
