package io.sluice.core.share;

/**
 * When records were delivered, in milliseconds since 1970; 0 for what is not known. It is
 * remembered with how often.
 */
public record Times(long firstMs, long lastMs) {

    /** Nothing is known. */
    public static final Times UNKNOWN = new Times(0L, 0L);

    /**
     * They are delivered now.
     *
     * @param deliveries before
     */
    Times delivered(int deliveries, long nowMs) {
        return new Times(deliveries == 0 ? nowMs : firstMs, nowMs);
    }

    /**
     * The last delivery was none.
     *
     * @param deliveries without it
     */
    Times undelivered(int deliveries) {
        return deliveries == 0 ? UNKNOWN : new Times(firstMs, 0L);
    }
}
