package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Optional;

/**
 * One registered broker.
 *
 * <pre>
 *   register ─▶ fenced ──first heartbeat──▶ serving ──wants to stop──▶ shutting down
 *                 ▲                            │                            │
 *                 └────── lease over, or wants fence, or leads nothing ◀────┘
 * </pre>
 *
 * @param epoch grows with every start, over all brokers of the cluster (KIP-631)
 * @param incarnation changes with every start of the process (KIP-631)
 * @param endpoints where clients reach it, by listener
 * @param logDirectories the directories that work, by identity (KIP-858); empty if it did not say
 * @param fenced it leads nothing and is in no ISR but as the last of it; clients do not see it
 * @param shuttingDown it has asked to stop: it leads nothing any more that another can
 */
public record BrokerImage(
        int id,
        long epoch,
        Uuid incarnation,
        Optional<String> rack,
        List<Endpoint> endpoints,
        List<Uuid> logDirectories,
        boolean fenced,
        boolean shuttingDown) {

    /** A listener as clients are told of it. */
    public record Endpoint(String listener, String host, int port) {}

    /** A broker that does not say where its logs lie, and does not stop. */
    public BrokerImage(
            int id,
            long epoch,
            Uuid incarnation,
            Optional<String> rack,
            List<Endpoint> endpoints,
            boolean fenced) {
        this(id, epoch, incarnation, rack, endpoints, List.of(), fenced, false);
    }

    /** Whether it may lead and be in sync. */
    public boolean isActive() {
        return !fenced && !shuttingDown;
    }

    BrokerImage standing(boolean nowFenced, boolean nowShuttingDown) {
        return new BrokerImage(
                id,
                epoch,
                incarnation,
                rack,
                endpoints,
                logDirectories,
                nowFenced,
                nowShuttingDown);
    }

    BrokerImage withDirectories(List<Uuid> directories) {
        return new BrokerImage(
                id, epoch, incarnation, rack, endpoints, directories, fenced, shuttingDown);
    }
}
