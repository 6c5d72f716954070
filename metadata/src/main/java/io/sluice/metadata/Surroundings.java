package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.config.BrokerConfig.Voter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.ratis.proto.RaftProtos.LogInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;

/**
 * The brokers that the configuration names, and of which quorum each has a log. A cluster's quorum
 * bears its name, so that brokers of different clusters, brought together by mistake, are told
 * apart before they exchange anything. Waits; for background threads.
 */
final class Surroundings {

    private final QuorumSettings settings;
    private final QuorumClient client;

    Surroundings(QuorumSettings settings, QuorumClient client) {
        this.settings = settings;
        this.client = client;
    }

    /** All that are named but this one. */
    List<RaftPeer> others() {
        List<RaftPeer> others = new ArrayList<>(otherVoters());
        for (Address address : settings.bootstrap()) {
            if (!address.equals(settings.address())) {
                others.add(QuorumClient.at(address));
            }
        }
        return others;
    }

    private List<RaftPeer> otherVoters() {
        List<RaftPeer> others = new ArrayList<>();
        for (Voter voter : settings.voters()) {
            if (voter.id() != settings.brokerId()) {
                others.add(RatisSetup.peer(voter.id(), voter.address(), RaftPeerRole.FOLLOWER));
            }
        }
        return others;
    }

    /** What may be done about a quorum that is not there. */
    sealed interface Formation {

        /** All voters answer, and none has anything: it may be formed under that name. */
        record Possible(RaftGroupId name) implements Formation {}

        /** Somebody has to be waited for, or there is a quorum already. */
        record NotNow(Optional<RaftPeer> silent) implements Formation {}
    }

    /**
     * Whether this voter may form the quorum. The name is that which one of them gave it before, or
     * the first of them gives it: so they all mean the same.
     *
     * @throws IOException if all voters have nothing, and this one has data of a cluster: what it
     *     knew of them is gone, and an empty cluster would delete them
     */
    Formation formation() throws IOException {
        Optional<RaftGroupId> name = Optional.empty();
        for (RaftPeer voter : otherVoters()) {
            try {
                for (RaftGroupId group : client.groups(voter)) {
                    client.speakOf(group);
                    if (hasSomething(voter)) {
                        return new Formation.NotNow(Optional.empty());
                    }
                    name = Optional.of(group);
                }
            } catch (IOException e) {
                return new Formation.NotNow(Optional.of(voter));
            }
        }
        if (settings.cluster().isPresent()) {
            throw new IOException(
                    ("the data of this broker belong to cluster %s, but its metadata are gone, and no"
                                    + " voter has any; nothing was changed: restore %s on the voters"
                                    + " from a backup, or give all of them empty folders to begin"
                                    + " anew")
                            .formatted(settings.cluster().get(), settings.directory()));
        }
        return name.or(this::ownName)
                .<Formation>map(Formation.Possible::new)
                .orElseGet(() -> new Formation.NotNow(Optional.empty()));
    }

    private Optional<RaftGroupId> ownName() {
        boolean first =
                settings.voters().stream().allMatch(voter -> voter.id() >= settings.brokerId());
        return first ? Optional.of(RaftGroupId.valueOf(UUID.randomUUID())) : Optional.empty();
    }

    private boolean hasSomething(RaftPeer peer) throws IOException {
        LogInfoProto log = client.info(peer).getLogInfoProto();
        return log.hasLastEntry() || log.hasLastSnapshot();
    }

    /**
     * Quorums of which those that answer have a log, in the order of the configuration.
     *
     * @param own the one this broker belongs to, if it is known
     * @throws OtherClusterException if there are some, and none is that of this broker's data
     */
    List<RaftGroupId> quorums(Optional<RaftGroupId> own) throws OtherClusterException {
        List<RaftGroupId> found = new ArrayList<>();
        Optional<OtherClusterException> stranger = Optional.empty();
        for (RaftPeer other : others()) {
            try {
                for (RaftGroupId group : client.groups(other)) {
                    Optional<OtherClusterException> fault = strange(own, other, group);
                    if (fault.isEmpty() && !found.contains(group)) {
                        found.add(group);
                    }
                    stranger = stranger.or(() -> fault);
                }
            } catch (IOException e) {
                // the next one may answer
            }
        }
        if (found.isEmpty() && stranger.isPresent()) {
            throw stranger.get();
        }
        return found;
    }

    private static Optional<OtherClusterException> strange(
            Optional<RaftGroupId> own, RaftPeer other, RaftGroupId group) {
        return own.filter(one -> !one.equals(group))
                .map(one ->
                        new OtherClusterException(
                                RatisSetup.cluster(one),
                                other.getAddress(),
                                RatisSetup.cluster(group)));
    }
}
