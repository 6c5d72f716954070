package io.sluice.core.transaction;

/**
 * A producer as the partitions know it.
 *
 * @param epoch a higher one fences those below
 */
public record Producer(long id, short epoch) {

    /** No producer. */
    public static final Producer NONE = new Producer(-1L, (short) -1);

    /**
     * The last epoch but one is the last that a client gets: there is always one left to fence it
     * with.
     */
    static boolean isExhausted(short epoch) {
        return epoch >= Short.MAX_VALUE - 1;
    }
}
