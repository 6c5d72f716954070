package io.sluice.metadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
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
 *   none, a voter, and no voter has one ───────────────────▶ forms the quorum
 *   none, and there is a quorum: out of it, if it was in ──▶ opens an empty log, is let in
 * </pre>
 *
 * A voter without its log is a stranger: it may have voted and acknowledged what it forgot. So it
 * leaves the quorum first, and votes again only when the leader has found it caught up. The first
 * start of a quorum needs all its voters, because one that does not answer may hold what the others
 * lost. Waits; for a background thread.
 */
final class Entrance {

    private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);

    private static final int RETRY_MS = 100;
    private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** As long as it exists the log beside it is that of a broker not yet let in. */
    private static final String MARKER = "joining";

    private final QuorumSettings settings;
    private final QuorumClient client;
    private final Membership membership;
    private final Pause pause;
    private final RaftPeerId self;
    private long toldAt = System.nanoTime();

    Entrance(QuorumSettings settings, QuorumClient client, Membership membership, Pause pause) {
        this.settings = settings;
        this.client = client;
        this.membership = membership;
        this.pause = pause;
        this.self = RatisSetup.peerId(settings.brokerId());
    }

    private Path marker() {
        return settings.directory().resolve(MARKER);
    }

    private Path log() {
        return settings.directory().resolve(RatisSetup.groupId(settings).getUuid().toString());
    }

    private boolean knowsItsMembers() {
        return Files.exists(log().resolve("current").resolve("raft-meta.conf"));
    }

    /** What the Raft server opens at its start; nothing for a broker without a log. */
    Optional<RaftGroup> stored() throws IOException {
        Files.createDirectories(settings.directory());
        boolean usable =
                Files.isDirectory(log())
                        && !Files.exists(marker())
                        && (settings.self().isPresent() || knowsItsMembers());
        if (!usable) {
            delete(log());
            return Optional.empty();
        }
        return Optional.of(initialMembers());
    }

    /** Holds until the log tells others. */
    private RaftGroup initialMembers() {
        RaftGroup voters = RatisSetup.votersGroup(settings);
        return settings.self().isPresent() || settings.voters().isEmpty()
                ? voters
                : withSelf(List.copyOf(voters.getPeers()));
    }

    private RaftGroup withSelf(List<RaftPeer> voters) {
        List<RaftPeer> all = new ArrayList<>(voters);
        all.add(me(RaftPeerRole.LISTENER));
        return RaftGroup.valueOf(RatisSetup.groupId(settings), all);
    }

    private RaftPeer me(RaftPeerRole role) {
        return RatisSetup.peer(settings.brokerId(), settings.address(), role);
    }

    /** Gets a broker without a log into the quorum; returns when its log is open. */
    void enter(RaftServer server) throws IOException {
        while (true) {
            if (settings.self().isPresent() && mayForm()) {
                client.addGroup(server, RatisSetup.votersGroup(settings));
                return;
            }
            Optional<Membership.View> view = membership.look();
            if (view.isPresent()) {
                join(server, view.get());
                return;
            }
            tell("waiting for the metadata quorum: {} do not answer, or have no leader");
            pause.forMs(RETRY_MS);
        }
    }

    private void tell(String what) {
        if (System.nanoTime() - toldAt > TELL_EVERY_NANOS) {
            toldAt = System.nanoTime();
            List<String> whom = new ArrayList<>();
            settings.voters().stream()
                    .filter(voter -> voter.brokerId() != settings.brokerId())
                    .forEach(voter -> whom.add(voter.toString()));
            settings.bootstrap().forEach(address -> whom.add(address.toString()));
            LOG.warn(what, whom);
        }
    }

    /** Whether all voters answer, and none has anything. */
    private boolean mayForm() {
        for (Voter voter : settings.voters()) {
            if (voter.brokerId() == settings.brokerId()) {
                continue;
            }
            RaftPeer peer =
                    RatisSetup.peer(voter.brokerId(), voter.address(), RaftPeerRole.FOLLOWER);
            try {
                if (client.hasGroup(peer) && hasSomething(peer)) {
                    return false;
                }
            } catch (IOException e) {
                tell("the first start of a quorum needs all its voters: waiting for {}");
                return false;
            }
        }
        return true;
    }

    private boolean hasSomething(RaftPeer peer) throws IOException {
        LogInfoProto log = client.info(peer).getLogInfoProto();
        return log.hasLastEntry() || log.hasLastSnapshot();
    }

    private void join(RaftServer server, Membership.View found) throws IOException {
        boolean votes = settings.self().isPresent() || found.votes(self);
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
        Files.write(marker(), new byte[0]);
        client.addGroup(
                server,
                votes ? RaftGroup.valueOf(RatisSetup.groupId(settings)) : withSelf(found.voters()));
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
                tell("joining the metadata quorum takes long: " + e.getMessage() + "; asking {}");
                pause.forMs(RETRY_MS);
            }
        }
    }

    /** Becomes a member as the configuration says. */
    void admit(boolean asVoter) throws IOException {
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

    /** Leaves and comes back: the leader begins with this broker anew. */
    void rejoin() throws IOException {
        membership.change(
                "joining the quorum again",
                RatisSetup.STAGING_TIMEOUT_MS,
                view -> view.observes(self) ? Optional.of(view.without(self)) : Optional.empty());
        admit(settings.self().isPresent());
    }

    /** The broker is in, and its own log says so: from now on that log counts. */
    void settle() throws IOException {
        if (knowsItsMembers()) {
            Files.deleteIfExists(marker());
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
