package io.sluice.kafka.peer;

import io.sluice.kafka.codec.Api;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * What another broker is asked, in the highest version of a range that it serves.
 *
 * @param lowest the lowest version in which the message means the same
 * @param timeoutMs after which the answer counts as lost
 */
public record PeerRequest(
        Api api, short lowest, short highest, ApiMessage message, long timeoutMs) {

    /** In that version alone. */
    public PeerRequest(Api api, short version, ApiMessage message, long timeoutMs) {
        this(api, version, version, message, timeoutMs);
    }
}
