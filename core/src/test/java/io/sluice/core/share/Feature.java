package io.sluice.core.share;

/** What decides when a record is delivered; each has to work with each. */
enum Feature {
    /** Released with the time of its next delivery. */
    AGAIN_AT,
    PRIORITY,
    KEY_ORDER,
    /** Pauses by the group's back-off. */
    RETRY,
    TTL,
    /** Its holder is asked when its lock ends. */
    ASK
}
