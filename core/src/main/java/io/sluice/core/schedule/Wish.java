package io.sluice.core.schedule;

/** What a produced record wants of the schedule, by its headers. */
public sealed interface Wish {

    /** There is no id to name. */
    long NO_ID = -1L;

    /** Nothing: it is visible at once. */
    record Visible() implements Wish {}

    /**
     * To be delivered at a time.
     *
     * @param dueMs milliseconds since 1970; past times are due at once
     * @param replaces the id of the message whose place it takes, or {@link #NO_ID}
     */
    record At(long dueMs, long replaces) implements Wish {}

    /**
     * To be delivered again and again.
     *
     * @param zone of the time zone database
     * @param replaces as of {@link At}
     */
    record Recurring(String cron, String zone, long replaces) implements Wish {}

    /** A message is not to be delivered any more. */
    record Cancel(long id) implements Wish {}

    /** It cannot be understood; says what is wrong, and what would be right. */
    record Wrong(String why) implements Wish {}

    /** The id of the message that is cancelled or replaced, or {@link #NO_ID}. */
    default long target() {
        return switch (this) {
            case At at -> at.replaces();
            case Recurring recurring -> recurring.replaces();
            case Cancel cancel -> cancel.id();
            case Visible visible -> NO_ID;
            case Wrong wrong -> NO_ID;
        };
    }
}
