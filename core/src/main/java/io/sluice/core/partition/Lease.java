package io.sluice.core.partition;

/**
 * Until when the cluster surely counts on this broker, as the broker knows by its own clock. The
 * controller counts a lease from when it hears a heartbeat; here it is counted from when one was
 * sent that was answered, so it is over here first. Written by whoever sends heartbeats, read by
 * the leaders on their loops.
 */
public final class Lease {

    private final long sessionMs;
    private volatile long untilMs;

    private Lease(long sessionMs, long untilMs) {
        this.sessionMs = sessionMs;
        this.untilMs = untilMs;
    }

    /**
     * Not granted yet.
     *
     * @param sessionMs how long it lasts (broker.session.timeout.ms)
     */
    public static Lease of(long sessionMs) {
        return new Lease(sessionMs, Long.MIN_VALUE);
    }

    /** Of a broker by itself, or of one that nobody could replace. */
    public static Lease forEver() {
        return new Lease(Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * The controller counts on this broker.
     *
     * @param sentMs when that heartbeat was sent to which it said so
     */
    public void renew(long sentMs) {
        untilMs = Math.max(untilMs, sentMs + sessionMs);
    }

    /** Whether others may have been told to do this broker's work. */
    public boolean isOver(long nowMs) {
        return nowMs >= untilMs;
    }

    /** When it is over, if it is not renewed. */
    public long untilMs() {
        return untilMs;
    }

    /** How long it lasts. */
    public long sessionMs() {
        return sessionMs;
    }
}
