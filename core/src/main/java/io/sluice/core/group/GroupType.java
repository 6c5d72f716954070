package io.sluice.core.group;

/** Which protocol a group speaks. */
public enum GroupType {
    /** The members assign among themselves. */
    CLASSIC("classic"),
    /** The broker assigns partitions (KIP-848). */
    CONSUMER("consumer"),
    /** The broker assigns tasks of a topology (KIP-1071). */
    STREAMS("streams"),
    /** The members share partitions record by record (KIP-932). */
    SHARE("share");

    private final String shown;

    GroupType(String shown) {
        this.shown = shown;
    }

    /** As clients know it. */
    public String shown() {
        return shown;
    }
}
