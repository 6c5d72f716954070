package io.sluice.core.share;

/** Mistakes made on purpose in a {@link ShareWorld}, each at a port. */
enum PlantedBug {
    NONE,
    ANSWERED_BEFORE_STORED,
    CHANGES_LOST,
    FORGOTTEN_AT_FAILOVER,
    LATE_ACKNOWLEDGEMENT_BELIEVED,
    DEAD_LETTER_NOT_WRITTEN,
    KEYS_NOT_READ,
    PRIORITIES_NOT_READ,
    EXPIRY_NOT_READ,
    LIMIT_FORGOTTEN,
    PAUSE_FORGOTTEN,
    GONE_MEMBER_FORGOTTEN,
    NEIGHBOURS_REPLAYED,
    REPLAY_NOT_REMEMBERED,
    ANSWER_NOT_WAITED_FOR,
    STALE_ANSWER_BELIEVED;

    /** The settings as the machine is given them. */
    ShareSettings settings(ShareSettings right) {
        return new ShareSettings(
                right.lockMs(),
                right.deliveryLimit() + (this == LIMIT_FORGOTTEN ? 1 : 0),
                right.maxLocks(),
                right.maxPending(),
                right.keyOrder(),
                right.deadLetters(),
                this == PAUSE_FORGOTTEN ? BackOff.NONE : right.backOff(),
                this == ANSWER_NOT_WAITED_FOR ? 0 : right.askMs());
    }

    /** What the machine is told of a record. */
    Facts facts(Facts facts) {
        return new Facts(
                facts.keyed() && this != KEYS_NOT_READ,
                facts.keyHash(),
                this == PRIORITIES_NOT_READ ? 0 : facts.priority(),
                this == EXPIRY_NOT_READ ? Facts.NEVER : facts.expiresAtMs());
    }
}
