package io.sluice.core.share;

/**
 * What the order of delivery looks at in a record. Records of a batch that no order looks into
 * share {@link #PLAIN}.
 *
 * @param keyed whether it has a key; without one it waits for nobody
 * @param keyHash of the key; two keys of one hash are delivered as if they were one
 * @param priority larger ones go first
 * @param expiresAtMs milliseconds since 1970 from when on it is not delivered, or {@link #NEVER}
 */
public record Facts(boolean keyed, long keyHash, int priority, long expiresAtMs) {

    /** It does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    /** No key, no priority, no end. */
    public static final Facts PLAIN = new Facts(false, 0L, 0, NEVER);
}
