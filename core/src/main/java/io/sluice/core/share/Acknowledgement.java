package io.sluice.core.share;

import java.util.List;

/**
 * What a member says of records it holds.
 *
 * @param last inclusive
 * @param againAtMs of a release: not delivered before; 0 leaves it to the group's {@link BackOff}
 */
public record Acknowledgement(long first, long last, Type type, long againAtMs) {

    /** As KIP-932 and KIP-1222 number them. */
    public enum Type {
        /** There is no such record. */
        GAP,
        /** It is done. */
        ACCEPT,
        /** Somebody may try again. */
        RELEASE,
        /** Nobody shall. */
        REJECT,
        /** It takes longer. */
        RENEW;

        private static final Type[] BY_CODE = values();

        /** Whether a type has that number. */
        public static boolean known(byte code) {
            return code >= 0 && code < BY_CODE.length;
        }

        /** The type of that number on the wire. */
        public static Type of(byte code) {
            return BY_CODE[code];
        }
    }

    public Acknowledgement(long first, long last, Type type) {
        this(first, last, type, 0L);
    }

    boolean renews() {
        return type == Type.RENEW;
    }

    /** Whether nothing else is said. */
    static boolean onlyRenew(List<Acknowledgement> items) {
        for (Acknowledgement item : items) {
            if (!item.renews()) {
                return false;
            }
        }
        return true;
    }

    public Acknowledgement {
        if (last < first) {
            throw new IllegalArgumentException("records %d to %d".formatted(first, last));
        }
    }
}
