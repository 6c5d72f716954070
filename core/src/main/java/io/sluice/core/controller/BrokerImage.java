package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Optional;

/**
 * One registered broker.
 *
 * @param incarnation changes with every start of the process (KIP-631)
 * @param endpoints where clients reach it, by listener
 */
public record BrokerImage(
        int id,
        long epoch,
        Uuid incarnation,
        Optional<String> rack,
        List<Endpoint> endpoints,
        boolean fenced) {

    /** A listener as clients are told of it. */
    public record Endpoint(String listener, String host, int port) {}
}
