package io.sluice.core.group;

/**
 * Where a group is.
 *
 * <pre>
 *   EMPTY ──a member joins──▶ PREPARING ──all joined, or time is up──▶ COMPLETING
 *     ▲                         ▲    ▲                                     │
 *     └──nobody is left─────────┘    └──a member comes, goes, changes──────┤
 *                                                                          ▼
 *                                              STABLE ◀──the leader assigned
 * </pre>
 *
 * A group whose partitions the broker assigns is ASSIGNING while new targets are due and
 * RECONCILING while members are on their way to them. One whose application lacks topics is
 * NOT_READY.
 */
public enum GroupState {
    EMPTY("Empty"),
    PREPARING("PreparingRebalance"),
    COMPLETING("CompletingRebalance"),
    STABLE("Stable"),
    ASSIGNING("Assigning"),
    RECONCILING("Reconciling"),
    NOT_READY("NotReady"),
    DEAD("Dead");

    private final String shown;

    GroupState(String shown) {
        this.shown = shown;
    }

    /** The name that clients know. */
    public String shown() {
        return shown;
    }
}
