package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.config.BrokerConfig.Voter;
import io.sluice.core.model.Uuid;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a broker takes part in the quorum.
 *
 * @param cluster the cluster that this broker's data belong to, if they belong to one: it forms or
 *     joins no other
 * @param directory where the log lies; nothing else may
 * @param bind what the server listens on; an empty host is every address
 * @param address where the others find this broker; it must stay as it is as long as the cluster
 *     runs
 * @param voters those that form the quorum at its first start; empty for a broker that joins
 * @param bootstrap any brokers of a running quorum, for one that joins it
 * @param electionTimeoutMinMs a follower waits so long at least for its leader
 * @param electionTimeoutMaxMs and at most so long; a leader cut off from the majority gives up then
 * @param askTimeoutMs after which a question without an answer fails
 * @param segmentBytes of one file of the log; what a snapshot covers goes by whole files
 */
public record QuorumSettings(
        int brokerId,
        Optional<Uuid> cluster,
        Path directory,
        Address bind,
        Address address,
        List<Voter> voters,
        List<Address> bootstrap,
        int electionTimeoutMinMs,
        int electionTimeoutMaxMs,
        int askTimeoutMs,
        int segmentBytes) {

    public static final int DEFAULT_ELECTION_TIMEOUT_MIN_MS = 500;
    public static final int DEFAULT_ELECTION_TIMEOUT_MAX_MS = 1000;
    public static final int DEFAULT_ASK_TIMEOUT_MS = 5000;
    public static final int DEFAULT_SEGMENT_BYTES = 8 << 20;

    public QuorumSettings {
        voters = List.copyOf(voters);
        bootstrap = List.copyOf(bootstrap);
        if (voters.isEmpty() && bootstrap.isEmpty()) {
            throw new IllegalArgumentException(
                    "name the voters (controller.quorum.voters) or a broker to join"
                            + " (controller.quorum.bootstrap.servers)");
        }
        if (!voters.isEmpty() && voters.size() % 2 == 0) {
            throw new IllegalArgumentException(
                    "%d voters bear no more failures than %d: name 1, 3 or 5"
                            .formatted(voters.size(), voters.size() - 1));
        }
        if (electionTimeoutMinMs < 50 || electionTimeoutMaxMs <= electionTimeoutMinMs) {
            throw new IllegalArgumentException(
                    "election timeouts of %d to %d ms"
                            .formatted(electionTimeoutMinMs, electionTimeoutMaxMs));
        }
    }

    /** With the defaults, for a broker whose data belong to no cluster yet. */
    public static QuorumSettings of(
            int brokerId,
            Path directory,
            Address bind,
            Address address,
            List<Voter> voters,
            List<Address> bootstrap) {
        return new QuorumSettings(
                brokerId,
                Optional.empty(),
                directory,
                bind,
                address,
                voters,
                bootstrap,
                DEFAULT_ELECTION_TIMEOUT_MIN_MS,
                DEFAULT_ELECTION_TIMEOUT_MAX_MS,
                DEFAULT_ASK_TIMEOUT_MS,
                DEFAULT_SEGMENT_BYTES);
    }

    public QuorumSettings withElectionTimeouts(int minMs, int maxMs) {
        return new QuorumSettings(
                brokerId,
                cluster,
                directory,
                bind,
                address,
                voters,
                bootstrap,
                minMs,
                maxMs,
                askTimeoutMs,
                segmentBytes);
    }

    public QuorumSettings withSegmentBytes(int bytes) {
        return new QuorumSettings(
                brokerId,
                cluster,
                directory,
                bind,
                address,
                voters,
                bootstrap,
                electionTimeoutMinMs,
                electionTimeoutMaxMs,
                askTimeoutMs,
                bytes);
    }

    /** Of a broker whose data belong to that cluster. */
    public QuorumSettings withCluster(Optional<Uuid> belongsTo) {
        return new QuorumSettings(
                brokerId,
                belongsTo,
                directory,
                bind,
                address,
                voters,
                bootstrap,
                electionTimeoutMinMs,
                electionTimeoutMaxMs,
                askTimeoutMs,
                segmentBytes);
    }

    /** This broker among the voters, if it is one. */
    Optional<Voter> self() {
        return voters.stream().filter(voter -> voter.id() == brokerId).findFirst();
    }
}
