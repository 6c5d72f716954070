package io.sluice.kafka.peer;

import io.sluice.kafka.codec.Api;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * What another broker is asked.
 *
 * @param timeoutMs after which the answer counts as lost
 */
public record PeerRequest(Api api, short version, ApiMessage message, long timeoutMs) {}
