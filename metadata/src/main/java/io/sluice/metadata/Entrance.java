package io.sluice.metadata;

import io.sluice.core.model.Uuid;
import io.sluice.metadata.Surroundings.Formation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a broker gets into the quorum.
 *
 * <pre>
 *   log on disk ───────────────────────────────────────────▶ opens it, goes on
 *   none, but what it knew when it was by itself ──────────▶ forms a quorum of its own
 *   none, a voter, and no voter has one ───────────────────▶ forms the quorum
 *   none, and there is a quorum: out of it, if it was in ──▶ opens an empty log, is let in
 * </pre>
 *
 * A voter without its log is a stranger: it may have voted and acknowledged what it forgot. So it
 * leaves the quorum first, and votes again only when the leader has found it caught up. The first
 * start of a quorum needs all its voters, because one that does not answer may hold what the others
 * lost. A broker whose data belong to a cluster enters no other. Waits; for a background thread.
 */
final class Entrance {

    private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

    private static final int RETRY_MS = 100;

    /** A quorum has elected a leader by then, or cannot. */
    private static final int LEADER_WITHIN_MS = 30_000;

    private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final QuorumSettings settings;
    private final QuorumClient client;
    private final Membership membership;
    private final Surroundings surroundings;
    private final Pause pause;
    private final QuorumFolder folder;
    private final RaftPeerId self;
    private long toldAt = System.nanoTime();

    Entrance(QuorumSettings settings, QuorumClient client, Membership membership, Pause pause) {
        this.settings = settings;
        this.client = client;
        this.membership = membership;
        this.surroundings = new Surroundings(settings, client);
        this.pause = pause;
        this.folder = new QuorumFolder(settings.directory());
        this.self = RatisSetup.peerId(settings.brokerId());
    }

    private boolean isToVote() {
        return settings.self().isPresent() && !folder.isMarked(QuorumFolder.NO_VOTE);
    }

    /** What the Raft server opens at its start; nothing for a broker without a log. */
    Optional<RaftGroup> stored() throws IOException {
        Optional<RaftGroupId> group = folder.group();
        boolean usable =
                group.isPresent()
                        && !folder.isUnfinished()
                        && (isToVote() || folder.knowsMembers(group.get()));
        if (!usable) {
            folder.clear();
            return Optional.empty();
        }
        client.speakOf(group.get());
        return Optional.of(initialMembers(group.get()));
    }

    /** Holds until the log tells others. */
    private RaftGroup initialMembers(RaftGroupId group) {
        RaftGroup voters = RatisSetup.votersGroup(group, settings);
        return isToVote() || settings.voters().isEmpty()
                ? voters
                : withSelf(List.copyOf(voters.getPeers()));
    }

    private RaftGroup withSelf(List<RaftPeer> voters) {
        List<RaftPeer> all = new ArrayList<>(voters);
        all.add(me(RaftPeerRole.LISTENER));
        return RaftGroup.valueOf(client.group(), all);
    }

    private RaftPeer me(RaftPeerRole role) {
        return RatisSetup.peer(settings.brokerId(), settings.address(), role);
    }

    /** Gets a broker without a log into the quorum; returns when its log is open. */
    void enter(RaftServer server) throws IOException {
        Optional<RaftGroupId> own = settings.cluster().map(RatisSetup::groupId);
        while (true) {
            if (isToVote() && form(server) || join(server, own)) {
                return;
            }
            pause.forMs(RETRY_MS);
        }
    }

    private boolean form(RaftServer server) throws IOException {
        return switch (surroundings.formation()) {
            case Formation.Possible(RaftGroupId name) -> {
                client.speakOf(name);
                client.addGroup(server, RatisSetup.votersGroup(name, settings));
                yield true;
            }
            case Formation.NotNow(Optional<RaftPeer> silent) -> {
                silent.ifPresent(one ->
                        tell(
                                "the first start of a quorum needs all its voters: waiting for "
                                        + one.getAddress()));
                yield false;
            }
        };
    }

    private boolean join(RaftServer server, Optional<RaftGroupId> own) throws IOException {
        for (RaftGroupId quorum : surroundings.quorums(own)) {
            client.speakOf(quorum);
            Optional<Membership.View> view = membership.look();
            if (view.isPresent()) {
                join(server, view.get());
                return true;
            }
        }
        tell("waiting for the metadata quorum: they do not answer, or have no leader");
        return false;
    }

    /**
     * Forms a quorum of this broker alone, which is to begin with what it knew when it was by
     * itself; the other voters join it. Until {@link #begun} a start does it all again.
     *
     * @return false if there is that quorum already
     */
    boolean formAlone(RaftServer server, Uuid cluster) throws IOException {
        RaftGroupId own = RatisSetup.groupId(cluster);
        if (!isToVote()) {
            throw new IOException(
                    ("broker %d was by itself and has metadata of its own: name it in"
                                    + " controller.quorum.voters to begin a cluster with them, or give"
                                    + " it empty folders to join one")
                            .formatted(settings.brokerId()));
        }
        if (!settings.cluster().orElse(cluster).equals(cluster)) {
            throw new IOException(
                    ("the log directories belong to cluster %s, the metadata of this broker are of"
                                    + " cluster %s: correct log.dirs or metadata.log.dir")
                            .formatted(settings.cluster().get(), cluster));
        }
        if (!surroundings.quorums(Optional.of(own)).isEmpty()) {
            return false;
        }
        LOG.info(
                "broker {} was by itself: its metadata become the first of the cluster",
                settings.brokerId());
        folder.mark(QuorumFolder.BEGINNING);
        client.speakOf(own);
        client.addGroup(server, RaftGroup.valueOf(own, me(RaftPeerRole.FOLLOWER)));
        return true;
    }

    /** The first state of the quorum is committed. */
    void begun() throws IOException {
        folder.unmark(QuorumFolder.BEGINNING);
    }

    /**
     * Makes sure that those around belong to the same cluster.
     *
     * @throws OtherClusterException if those that answer have another one's metadata
     */
    void checkSurroundings() throws OtherClusterException {
        surroundings.quorums(Optional.of(client.group()));
    }

    private void tell(String what) {
        if (System.nanoTime() - toldAt > TELL_EVERY_NANOS) {
            toldAt = System.nanoTime();
            List<String> whom = surroundings.others().stream().map(RaftPeer::getAddress).toList();
            LOG.warn("{}; named are {}", what, whom);
        }
    }

    private void join(RaftServer server, Membership.View found) throws IOException {
        boolean votes = found.member(self).isPresent() ? found.votes(self) : isToVote();
        LOG.info(
                "broker {} joins the metadata quorum led by {} as {}",
                settings.brokerId(),
                found.leader().getId(),
                votes ? "a voter" : "an observer");
        persistently(() ->
                membership.change(
                        "leaving the quorum",
                        RatisSetup.STAGING_TIMEOUT_MS,
                        view ->
                                view.member(self).isPresent()
                                        ? Optional.of(view.without(self))
                                        : Optional.empty()));
        folder.mark(QuorumFolder.JOINING);
        client.addGroup(
                server, votes ? RaftGroup.valueOf(client.group()) : withSelf(found.voters()));
        persistently(() -> admit(votes));
    }

    private interface Step {
        void run() throws IOException;
    }

    /** A broker that cannot get in has nothing better to do than to try. */
    private void persistently(Step step) throws IOException {
        while (true) {
            try {
                step.run();
                return;
            } catch (IOException e) {
                tell("joining the metadata quorum takes long: " + e.getMessage());
                pause.forMs(RETRY_MS);
            }
        }
    }

    /** Becomes a member. */
    private void admit(boolean asVoter) throws IOException {
        membership.change(
                "joining the quorum",
                2L * RatisSetup.STAGING_TIMEOUT_MS,
                view -> {
                    if (asVoter ? view.votes(self) : view.member(self).isPresent()) {
                        return Optional.empty();
                    }
                    if (view.hasSilentObserver()) {
                        return Optional.of(view.withoutSilentObservers());
                    }
                    if (view.observes(self)) {
                        return Optional.of(view.without(self));
                    }
                    return Optional.of(
                            asVoter
                                    ? view.withVoter(me(RaftPeerRole.FOLLOWER))
                                    : view.withObserver(me(RaftPeerRole.LISTENER)));
                });
    }

    /**
     * Leaves and comes back: the leader begins with this broker anew. It has no vote, whatever the
     * configuration says: the quorum took it, or never gave it.
     */
    void rejoin() throws IOException {
        membership.change(
                "joining the quorum again",
                RatisSetup.STAGING_TIMEOUT_MS,
                view -> view.observes(self) ? Optional.of(view.without(self)) : Optional.empty());
        admit(false);
    }

    /**
     * Whether the quorum took the vote of this broker. Then its log does not count any more: it
     * begins with an empty one, without a vote.
     */
    boolean wasTakenOut() throws IOException {
        Optional<Membership.View> view = lookFor(LEADER_WITHIN_MS);
        if (view.isEmpty() || view.get().votes(self)) {
            return false;
        }
        folder.mark(QuorumFolder.NO_VOTE);
        folder.mark(QuorumFolder.JOINING);
        return true;
    }

    private Optional<Membership.View> lookFor(long timeoutMs) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        Optional<Membership.View> view = membership.look();
        while (view.isEmpty() && System.nanoTime() < deadline) {
            pause.forMs(RETRY_MS);
            view = membership.look();
        }
        return view;
    }

    /**
     * The broker is in, and its own log says so: from now on that log counts.
     *
     * @param votes whether it is in as a voter
     */
    void settle(boolean votes) throws IOException {
        if (votes) {
            folder.unmark(QuorumFolder.NO_VOTE);
        }
        if (folder.knowsMembers(client.group())) {
            folder.unmark(QuorumFolder.JOINING);
        }
    }
}
