package io.sluice.kafka.connection;

import org.apache.kafka.common.protocol.ApiMessage;

/** Knows what to tell a client whose ApiVersions request is newer than we are (KIP-511). */
public interface VersionRefusal {

    /** The answer in version 0, which every client can read. */
    ApiMessage unsupportedVersion();
}
