package io.sluice.core.model;

/**
 * What the one record of a control batch says (KIP-98): how a transaction ended, and by which
 * coordinator's word.
 *
 * @param coordinatorEpoch -1 of what is no end of a transaction
 */
public record ControlRecord(Kind kind, int coordinatorEpoch) {

    /** A control batch that ends nothing: emptied by compaction, or of a kind we do not know. */
    public static final ControlRecord NOTHING = new ControlRecord(Kind.OTHER, -1);

    /** What kinds there are. */
    public enum Kind {
        ABORT,
        COMMIT,
        OTHER
    }
}
