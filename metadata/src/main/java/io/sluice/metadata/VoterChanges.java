package io.sluice.metadata;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.metadata.VoterChangeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;

/**
 * Changes of voters that an operator asks for, on whichever broker. What could cost the quorum its
 * majority is refused before anything is changed. Waits; for background threads.
 */
final class VoterChanges {

    /** A broker that gets a vote has caught up by then, or does not get it. */
    private static final int CHANGE_TIMEOUT_MS = 20_000;

    private final QuorumClient client;
    private final Membership membership;

    VoterChanges(QuorumClient client, Membership membership) {
        this.client = client;
        this.membership = membership;
    }

    /** An observer is taken out and comes in as a voter: as such the leader begins with it anew. */
    void add(int brokerId) throws IOException {
        RaftPeerId id = RatisSetup.peerId(brokerId);
        List<RaftPeer> joining = new ArrayList<>();
        membership.change(
                "broker %d does not vote yet".formatted(brokerId),
                CHANGE_TIMEOUT_MS,
                view -> {
                    if (view.votes(id)) {
                        if (joining.isEmpty()) {
                            throw refused(
                                    ErrorCode.DUPLICATE_VOTER,
                                    "broker %d is a voter already".formatted(brokerId));
                        }
                        return Optional.empty();
                    }
                    if (view.observes(id)) {
                        RaftPeer peer = view.member(id).orElseThrow();
                        if (joining.isEmpty() && view.isSilent(peer)) {
                            throw refused(
                                    ErrorCode.INVALID_REQUEST,
                                    "broker %d is not heard of: start it first"
                                            .formatted(brokerId));
                        }
                        joining.add(peer);
                        return Optional.of(view.without(id));
                    }
                    if (joining.isEmpty()) {
                        throw refused(
                                ErrorCode.INVALID_REQUEST,
                                "broker %d does not follow the metadata: start it first, with"
                                                .formatted(brokerId)
                                        + " controller.quorum.bootstrap.servers");
                    }
                    return Optional.of(view.withVoter(joining.getLast()));
                });
    }

    /** A voter that lives goes on as an observer; one that does not is taken out. */
    void remove(int brokerId) throws IOException {
        RaftPeerId id = RatisSetup.peerId(brokerId);
        boolean[] begun = {false};
        membership.change(
                "broker %d still votes".formatted(brokerId),
                CHANGE_TIMEOUT_MS,
                view -> {
                    if (!view.votes(id)) {
                        if (!begun[0]) {
                            throw refused(
                                    ErrorCode.VOTER_NOT_FOUND,
                                    "broker %d is no voter".formatted(brokerId));
                        }
                        return Optional.empty();
                    }
                    checkMajorityWithout(view, brokerId);
                    begun[0] = true;
                    RaftPeer peer = view.member(id).orElseThrow();
                    if (view.leader().getId().equals(id)) {
                        handOver(view, id);
                    } else if (view.isSilent(peer)) {
                        return Optional.of(view.without(id));
                    }
                    return Optional.of(view.withObserver(peer));
                });
    }

    /** A broker that is gone for good. */
    void takeOut(int brokerId) throws IOException {
        RaftPeerId id = RatisSetup.peerId(brokerId);
        membership.change(
                "broker %d is still a member".formatted(brokerId),
                CHANGE_TIMEOUT_MS,
                view -> {
                    if (view.member(id).isEmpty()) {
                        return Optional.empty();
                    }
                    if (view.votes(id)) {
                        checkMajorityWithout(view, brokerId);
                    }
                    if (view.leader().getId().equals(id)) {
                        handOver(view, id);
                    }
                    return Optional.of(view.without(id));
                });
    }

    /** Asks them: one that has just died is not known to be silent yet. */
    private void checkMajorityWithout(Membership.View view, int brokerId)
            throws VoterChangeException {
        RaftPeerId id = RatisSetup.peerId(brokerId);
        RaftPeerId leader = view.leader().getId();
        List<RaftPeer> left =
                view.voters().stream().filter(peer -> !peer.getId().equals(id)).toList();
        if (left.isEmpty()) {
            throw refused(
                    ErrorCode.INVALID_REQUEST,
                    "broker %d is the only voter: add another one first".formatted(brokerId));
        }
        List<RaftPeerId> silent =
                left.stream()
                        .filter(peer ->
                                !peer.getId().equals(leader) && !client.saysLeader(peer, leader))
                        .map(RaftPeer::getId)
                        .toList();
        if (silent.size() * 2 >= left.size()) {
            throw refused(
                    ErrorCode.INVALID_REQUEST,
                    ("without broker %d those that vote and live are no majority, for %s are not heard"
                                    + " of: start them, or remove those first")
                            .formatted(brokerId, silent));
        }
    }

    /** A leader without a vote would go on leading. */
    private void handOver(Membership.View view, RaftPeerId id) throws IOException {
        RaftPeer other =
                view.voters().stream()
                        .filter(peer -> !peer.getId().equals(id) && !view.isSilent(peer))
                        .findFirst()
                        .orElseThrow(() -> new IOException("no other voter is heard of"));
        client.handOver(view.leader(), other.getId());
    }

    private static VoterChangeException refused(ErrorCode error, String why) {
        return new VoterChangeException(error, why);
    }
}
