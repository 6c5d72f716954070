package io.sluice.metadata;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a broker takes part in the quorum.
 *
 * @param group names the quorum: brokers of different groups do not speak with each other
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
        String group,
        Path directory,
        Endpoint bind,
        Endpoint address,
        List<Voter> voters,
        List<Endpoint> bootstrap,
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

    /** With the defaults; a voter is found by the others as the list of voters names it. */
    public static QuorumSettings of(
            int brokerId,
            String group,
            Path directory,
            Endpoint bind,
            List<Voter> voters,
            List<Endpoint> bootstrap) {
        Endpoint address =
                voters.stream()
                        .filter(voter -> voter.brokerId() == brokerId)
                        .map(Voter::address)
                        .findFirst()
                        .orElse(bind);
        return new QuorumSettings(
                brokerId,
                group,
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
                group,
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
                group,
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

    /** Where the others find this broker, when that is not what it listens on. */
    public QuorumSettings withAddress(Endpoint seen) {
        return new QuorumSettings(
                brokerId,
                group,
                directory,
                bind,
                Objects.requireNonNull(seen),
                voters,
                bootstrap,
                electionTimeoutMinMs,
                electionTimeoutMaxMs,
                askTimeoutMs,
                segmentBytes);
    }

    /** This broker among the voters, if it is one. */
    Optional<Voter> self() {
        return voters.stream().filter(voter -> voter.brokerId() == brokerId).findFirst();
    }
}
