package io.sluice.core.share;

import org.jspecify.annotations.Nullable;

/** What happened to records of a queue. The number is stored; it never changes its meaning. */
public enum Deed {
    /** A member was given them. */
    TAKEN(1, "taken"),
    ACCEPTED(2, "accepted"),
    RELEASED(3, "released"),
    REJECTED(4, "rejected"),
    RENEWED(5, "renewed"),
    /** The member's time was up. */
    LOCK_ENDED(6, "lock-ended"),
    /** The member was gone. */
    LEFT(7, "left"),
    /** They did not reach the member: that was no delivery. */
    RETURNED(8, "returned"),
    /** They came back from their last delivery. */
    EXHAUSTED(9, "exhausted"),
    /** Their time to live was over. */
    EXPIRED(10, "expired"),
    /** Their dead letter is stored. */
    BURIED(11, "buried"),
    /** The log holds them no more. */
    DELETED(12, "deleted"),
    /** They were done, and are delivered again because somebody wants that. */
    REPLAYED(13, "replayed"),
    /** The member's time was up, or it was gone: it was asked what became of them. */
    ASKED(14, "asked"),
    /** An answer came in time; what it said is the next deed. */
    ANSWERED(15, "answered");

    private static final Deed[] BY_NUMBER = new Deed[128];

    static {
        for (Deed deed : values()) {
            BY_NUMBER[deed.number] = deed;
        }
    }

    private final byte number;
    private final String word;

    Deed(int number, String word) {
        this.number = (byte) number;
        this.word = word;
    }

    /** As people read it. */
    public String word() {
        return word;
    }

    byte number() {
        return number;
    }

    /** The deed of a number, which a later version may have; null if there is none. */
    static @Nullable Deed of(byte number) {
        return number < 0 ? null : BY_NUMBER[number];
    }
}
