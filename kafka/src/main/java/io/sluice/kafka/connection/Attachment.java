package io.sluice.kafka.connection;

/** What a handler keeps with a connection, as a fetch session. Owned by the connection's loop. */
public interface Attachment {

    /** The connection is gone. */
    void connectionGone();
}
