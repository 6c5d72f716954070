package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.config.BrokerConfig.Voter;
import io.sluice.engine.metadata.VoterChangeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.util.ProtoUtils;

/**
 * Who belongs to the quorum, as its leader knows it, and changes of that. A change names the
 * members it found, so that of two at once one finds others than it named and looks again. Waits;
 * for background threads.
 */
final class Membership {

    /** Between two tries of a change. */
    private static final int RETRY_MS = 200;

    /**
     * An observer silent for longer hinders others that join: the leader waits for it, too. It
     * leaves, and comes back by itself.
     */
    static final int SILENT_MS = RatisSetup.STAGING_TIMEOUT_MS / 2;

    /**
     * What the leader knows.
     *
     * @param silentMs since when the leader has not heard of the others
     */
    record View(
            RaftPeer leader,
            List<RaftPeer> voters,
            List<RaftPeer> observers,
            Map<RaftPeerId, Long> silentMs) {

        boolean votes(RaftPeerId id) {
            return find(voters, id).isPresent();
        }

        boolean observes(RaftPeerId id) {
            return find(observers, id).isPresent();
        }

        Optional<RaftPeer> member(RaftPeerId id) {
            return find(voters, id).or(() -> find(observers, id));
        }

        boolean hasSilentObserver() {
            return observers.stream().anyMatch(this::isSilent);
        }

        boolean isSilent(RaftPeer peer) {
            Long silent = silentMs.get(peer.getId()); // none: the leader does not even send to it
            return silent == null || silent > SILENT_MS;
        }

        private static Optional<RaftPeer> find(List<RaftPeer> in, RaftPeerId id) {
            return in.stream().filter(peer -> peer.getId().equals(id)).findFirst();
        }

        /** The change to other members. */
        private SetConfigurationRequest.Arguments to(
                List<RaftPeer> newVoters, List<RaftPeer> newObservers) {
            return SetConfigurationRequest.Arguments.newBuilder()
                    .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
                    .setServersInCurrentConf(voters)
                    .setListenersInCurrentConf(observers)
                    .setServersInNewConf(as(RaftPeerRole.FOLLOWER, newVoters))
                    .setListenersInNewConf(as(RaftPeerRole.LISTENER, newObservers))
                    .build();
        }

        SetConfigurationRequest.Arguments without(RaftPeerId id) {
            return to(less(voters, id), less(observers, id));
        }

        SetConfigurationRequest.Arguments withoutSilentObservers() {
            return to(voters, observers.stream().filter(peer -> !isSilent(peer)).toList());
        }

        SetConfigurationRequest.Arguments withVoter(RaftPeer peer) {
            return to(more(less(voters, peer.getId()), peer), less(observers, peer.getId()));
        }

        SetConfigurationRequest.Arguments withObserver(RaftPeer peer) {
            return to(less(voters, peer.getId()), more(less(observers, peer.getId()), peer));
        }

        private static List<RaftPeer> less(List<RaftPeer> peers, RaftPeerId id) {
            return peers.stream().filter(peer -> !peer.getId().equals(id)).toList();
        }

        private static List<RaftPeer> more(List<RaftPeer> peers, RaftPeer peer) {
            List<RaftPeer> all = new ArrayList<>(peers);
            all.add(peer);
            return all;
        }

        private static List<RaftPeer> as(RaftPeerRole role, List<RaftPeer> peers) {
            return peers.stream()
                    .map(peer -> RaftPeer.newBuilder(peer).setStartupRole(role).build())
                    .toList();
        }
    }

    private final QuorumSettings settings;
    private final QuorumClient client;
    private final Pause pause;

    /** Brokers seen in the quorum, newest last; asked before those of the configuration. */
    private final Map<RaftPeerId, RaftPeer> seen = new LinkedHashMap<>();

    Membership(QuorumSettings settings, QuorumClient client, Pause pause) {
        this.settings = settings;
        this.client = client;
        this.pause = pause;
    }

    /** Remembers members, so that the quorum is found again without those that are configured. */
    synchronized void saw(Iterable<RaftPeer> peers) {
        for (RaftPeer peer : peers) {
            if (!peer.getId().equals(RatisSetup.peerId(settings.brokerId()))) {
                seen.put(peer.getId(), peer);
            }
        }
    }

    private synchronized List<RaftPeer> known() {
        Map<String, RaftPeer> byAddress = new LinkedHashMap<>();
        seen.values().forEach(peer -> byAddress.put(peer.getAddress(), peer));
        for (Voter voter : settings.voters()) {
            byAddress.putIfAbsent(
                    voter.address().toString(),
                    RatisSetup.peer(voter.id(), voter.address(), RaftPeerRole.FOLLOWER));
        }
        for (Address address : settings.bootstrap()) {
            byAddress.putIfAbsent(address.toString(), QuorumClient.at(address));
        }
        String own = settings.address().toString();
        List<RaftPeer> all = new ArrayList<>();
        all.add(RatisSetup.peer(settings.brokerId(), settings.address(), RaftPeerRole.FOLLOWER));
        byAddress.forEach((address, peer) -> {
            if (!address.equals(own)) {
                all.add(peer);
            }
        });
        return all;
    }

    /** The quorum as its leader sees it, if one of the brokers known here leads to it. */
    Optional<View> look() {
        for (RaftPeer peer : known()) {
            try {
                Optional<View> view = lookAt(peer);
                if (view.isPresent()) {
                    saw(view.get().voters());
                    saw(view.get().observers());
                    return view;
                }
            } catch (IOException e) {
                // the next one may answer
            }
        }
        return Optional.empty();
    }

    private Optional<View> lookAt(RaftPeer peer) throws IOException {
        if (!client.hasGroup(peer)) {
            return Optional.empty();
        }
        GroupInfoReply info = client.info(peer);
        if (info.getRoleInfoProto().getRole() == RaftPeerRole.LEADER) {
            return view(info);
        }
        RaftPeerProto leader = info.getRoleInfoProto().getFollowerInfo().getLeaderInfo().getId();
        if (leader.getAddress().isEmpty()) {
            return Optional.empty();
        }
        RaftPeer named = ProtoUtils.toRaftPeer(leader);
        if (named.getId().equals(RatisSetup.peerId(settings.brokerId()))) {
            return Optional.empty(); // what it remembers of this broker's former life
        }
        GroupInfoReply told = client.info(named);
        return told.getRoleInfoProto().getRole() == RaftPeerRole.LEADER
                ? view(told)
                : Optional.empty();
    }

    /** The view of a broker that leads. */
    static Optional<View> view(GroupInfoReply info) {
        RaftConfigurationProto members = info.getConf().orElse(null);
        if (members == null || members.getPeersCount() == 0) {
            return Optional.empty();
        }
        RoleInfoProto role = info.getRoleInfoProto();
        Map<RaftPeerId, Long> silent = new HashMap<>();
        for (ServerRpcProto other : role.getLeaderInfo().getFollowerInfoList()) {
            silent.put(RaftPeerId.valueOf(other.getId().getId()), other.getLastRpcElapsedTimeMs());
        }
        return Optional.of(
                new View(
                        ProtoUtils.toRaftPeer(role.getSelf()),
                        peers(members.getPeersList()),
                        peers(members.getListenersList()),
                        silent));
    }

    private static List<RaftPeer> peers(List<RaftPeerProto> from) {
        return from.stream().map(ProtoUtils::toRaftPeer).toList();
    }

    /** The next change, or nothing when all is as it should be. */
    interface NextChange {
        Optional<SetConfigurationRequest.Arguments> after(View view) throws IOException;
    }

    /**
     * Changes members step by step until there is nothing left to change.
     *
     * @throws VoterChangeException when the change is not possible
     * @throws IOException when that took too long, with what went wrong last
     */
    void change(String what, long timeoutMs, NextChange next) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        IOException last = new IOException("no leader of the quorum is known");
        while (System.nanoTime() < deadline) {
            Optional<View> view = look();
            if (view.isPresent()) {
                try {
                    Optional<SetConfigurationRequest.Arguments> change = next.after(view.get());
                    if (change.isEmpty()) {
                        return;
                    }
                    client.setConfiguration(view.get().leader(), change.get());
                    continue;
                } catch (VoterChangeException e) {
                    throw e;
                } catch (IOException e) {
                    last = e;
                }
            }
            pause.forMs(RETRY_MS);
        }
        throw new IOException("%s: %s".formatted(what, last.getMessage()), last);
    }
}
