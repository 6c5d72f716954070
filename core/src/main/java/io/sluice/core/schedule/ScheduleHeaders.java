package io.sluice.core.schedule;

import java.nio.charset.StandardCharsets;

/**
 * Headers by which a client says when, and those by which it is told. All values but one are text.
 */
public final class ScheduleHeaders {

    /** When to deliver: milliseconds since 1970. */
    public static final String DELIVER_AT = "sluice-deliver-at";

    /** In how long to deliver: milliseconds, or a duration of ISO-8601. */
    public static final String DELAY = "sluice-delay";

    /** When to deliver, again and again: a cron expression of five or six fields. */
    public static final String CRON = "sluice-cron";

    /** The time zone of {@link #CRON}; UTC without it. */
    public static final String CRON_ZONE = "sluice-cron-zone";

    /** The id of a message that is not to be delivered any more. */
    public static final String CANCEL = "sluice-cancel";

    /** The id of a message that this one takes the place of, at another time. */
    public static final String RESCHEDULE = "sluice-reschedule";

    /** Of a delivered message: its id. */
    public static final String ID = "sluice-id";

    /** Of a delivered message: when it was due, milliseconds since 1970. */
    public static final String DUE = "sluice-due";

    /** Of a delivered message: the timestamp it was sent with. */
    public static final String SENT_AT = "sluice-sent-at";

    /** Of a delivered message: the offset (int64) of the {@link Later} it comes from. */
    public static final String FROM = "sluice-from";

    private static final byte[] PREFIX = "sluice-".getBytes(StandardCharsets.UTF_8);

    private ScheduleHeaders() {}

    /** What the names of all begin with. */
    public static byte[] prefix() {
        return PREFIX.clone();
    }
}
