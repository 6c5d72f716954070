package io.sluice.outbox;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * Told what a relay does, on the relay's thread: for logs, metrics and alarms. Must not block; what
 * it throws is logged and forgotten.
 */
public interface RelayListener {

    /** This relay sends from now on. */
    default void active() {}

    /** This relay sends no longer: it was closed, or another one has taken over. */
    default void standby() {}

    /** So many messages were stored at the broker and deleted from the table. */
    default void published(int messages) {}

    /** A message will not be sent until somebody retries it ({@link ParkedMessages}). */
    default void parked(String topic, String messageId, String reason) {}

    /** A topic takes no messages for now; others go on. */
    default void held(String topic, String reason, Duration retryIn) {}

    /** The database or the publisher failed; tried again after that time. */
    default void failed(Throwable failure, Duration retryIn) {}

    /** Writes to the log that {@link System#getLogger} finds; what is normal at level DEBUG. */
    static RelayListener logging() {
        Logger log = System.getLogger(RelayListener.class.getPackageName());
        return new RelayListener() {
            @Override
            public void active() {
                log.log(Level.INFO, "this relay is the active one");
            }

            @Override
            public void standby() {
                log.log(Level.INFO, "this relay stands by");
            }

            @Override
            public void published(int messages) {
                log.log(Level.DEBUG, "published {0} messages", messages);
            }

            @Override
            public void parked(String topic, String messageId, String reason) {
                log.log(Level.ERROR, "parked message {0} to {1}: {2}", messageId, topic, reason);
            }

            @Override
            public void held(String topic, String reason, Duration retryIn) {
                log.log(Level.WARNING, "topic {0} waits {1}: {2}", topic, retryIn, reason);
            }

            @Override
            public void failed(Throwable failure, Duration retryIn) {
                log.log(Level.WARNING, "tried again in " + retryIn, failure);
            }
        };
    }
}
