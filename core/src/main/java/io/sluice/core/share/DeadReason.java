package io.sluice.core.share;

/** Why a record is delivered no more. */
public enum DeadReason {
    /** A consumer rejected it. */
    REJECTED,
    /** It was delivered as often as the limit allows. */
    DELIVERY_LIMIT,
    /** Its time to live is over. */
    EXPIRED
}
