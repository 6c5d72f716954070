package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.model.Uuid;
import io.sluice.engine.metadata.Quorum;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The Raft server of this broker and what is asked of it. Methods that wait say so. */
final class RaftNode implements Proposals.Server {

    private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

    private static final int LOOK_EVERY_MS = 10;
    private static final int KEEP_UP_EVERY_MS = 500;
    private static final int HAND_OVER_MS = 1_000;
    private static final int CLOSE_MS = 15_000;

    private final QuorumSettings settings;
    private final RaftPeerId self;
    private final QuorumClient client;
    private final Membership membership;
    private final Entrance entrance;
    private final VoterChanges voterChanges;
    private final Questions questions;
    private final Pause pause = new Pause();
    private final Set<CompletableFuture<Message>> openAnswers = ConcurrentHashMap.newKeySet();
    private final Replica.Owner owner;
    private final OfficeCheck office = new OfficeCheck(this::leadsByMajority);
    private volatile Replica replica;
    private volatile @Nullable RaftServer server;
    private volatile boolean standing = true;
    private volatile boolean doorOpen = true;

    RaftNode(QuorumSettings settings, Replica.Owner owner) {
        this.settings = settings;
        this.owner = owner;
        this.self = RatisSetup.peerId(settings.brokerId());
        this.client = new QuorumClient(settings);
        this.replica = new Replica(owner, client.id());
        this.membership = new Membership(settings, client, pause);
        this.entrance = new Entrance(settings, client, membership, pause);
        this.voterChanges = new VoterChanges(client, membership);
        this.questions = new Questions(client, () -> server, this::leader, pause);
    }

    /**
     * Opens the log; gets into the quorum first if there is none. Waits.
     *
     * @return what the quorum has to begin with, once this broker leads it; then {@link #begun}
     */
    Optional<ByteBuffer> start(FirstState first) throws IOException {
        Optional<RaftGroup> stored = entrance.stored();
        Optional<FirstState.Known> known = stored.isPresent() ? Optional.empty() : first.read();
        doorOpen = known.isEmpty();
        RaftServer opened = open(stored.orElse(null));
        serve(opened);
        if (known.isPresent() && entrance.formAlone(opened, known.get().cluster())) {
            return known.map(FirstState.Known::state);
        }
        doorOpen = true;
        if (stored.isEmpty()) {
            entrance.enter(opened);
        }
        first.taken();
        return Optional.empty();
    }

    /** The quorum has the first state: from now on others may come. */
    void begun(FirstState first) throws IOException {
        entrance.begun();
        first.taken();
        doorOpen = true;
    }

    /**
     * Ratis has closed the log though nobody asked for it. It does so with a voter that stands for
     * election and is told by the others that it votes no more: that one begins anew as an
     * observer. Waits.
     */
    void comeBack() throws IOException {
        if (!entrance.wasTakenOut()) {
            throw new IOException("the metadata log of this broker has stopped");
        }
        LOG.warn("broker {} votes no more: it follows the metadata quorum", settings.brokerId());
        reopen();
    }

    /** Closes the log and opens it again, under those that use it. */
    private synchronized void reopen() throws IOException {
        RaftServer before = server;
        server = null;
        replica.leave();
        if (before != null) {
            close(before);
        }
        replica = new Replica(owner, client.id());
        standing = true;
        Optional<RaftGroup> stored = entrance.stored();
        RaftServer opened = open(stored.orElse(null));
        serve(opened);
        if (stored.isEmpty()) {
            entrance.enter(opened);
        }
    }

    /** Bounded: Ratis may wait for itself in there. */
    private static void close(RaftServer server) throws IOException {
        CountDownLatch closed = new CountDownLatch(1);
        Thread.ofVirtual()
                .name("metadata-close")
                .start(() -> {
                    try {
                        server.close();
                    } catch (IOException | RuntimeException e) {
                        LOG.warn("closing the metadata log: {}", e.toString());
                    } finally {
                        closed.countDown();
                    }
                });
        try {
            if (closed.await(CLOSE_MS, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the metadata log of this broker does not close: start it again");
    }

    private void serve(RaftServer opened) throws IOException {
        server = opened;
        if (pause.isClosed()) {
            opened.close();
            throw new IOException("the metadata log is closed");
        }
    }

    /** The cluster, once it is known. */
    Optional<Uuid> cluster() {
        return Optional.of(client.group())
                .filter(group -> !group.equals(RaftGroupId.emptyGroupId()))
                .map(RatisSetup::cluster);
    }

    private RaftServer open(@Nullable RaftGroup members) throws IOException {
        checkBind();
        RaftProperties properties = RatisSetup.properties(settings);
        RaftServer.Builder builder =
                RaftServer.newBuilder()
                        .setServerId(self)
                        .setProperties(properties)
                        .setParameters(NarrowDoor.parameters(() -> doorOpen))
                        .setOption(RaftStorage.StartupOption.RECOVER)
                        .setStateMachine(replica);
        if (members != null) {
            builder.setGroup(members);
        }
        RaftServer built = builder.build();
        try {
            built.start();
            return built;
        } catch (IOException | RuntimeException e) {
            built.close();
            throw new IOException("the metadata log cannot be opened: " + deepest(e), e);
        }
    }

    /** Ratis takes a port in use for a reason to end the process. */
    private void checkBind() throws IOException {
        Address bind = settings.bind();
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(
                    bind.host().isEmpty()
                            ? new InetSocketAddress(bind.port())
                            : new InetSocketAddress(bind.host(), bind.port()));
        } catch (IOException e) {
            throw new IOException(
                    "cannot listen on %s for the metadata quorum (%s): is another broker running?"
                            .formatted(bind, e.getMessage()),
                    e);
        }
    }

    private static String deepest(Throwable thrown) {
        Throwable e = thrown;
        while (e.getCause() != null) {
            e = e.getCause();
        }
        return String.valueOf(e.getMessage());
    }

    private RaftServer.@Nullable Division division() {
        RaftServer running = server;
        if (running == null) {
            return null;
        }
        try {
            for (RaftGroupId one : running.getGroupIds()) {
                if (one.equals(client.group())) {
                    RaftServer.Division division = running.getDivision(one);
                    return division.getInfo().isAlive() ? division : null;
                }
            }
            return null;
        } catch (IOException e) {
            return null; // not open yet, or closed
        }
    }

    private RaftServer.Division opened() throws IOException {
        RaftServer.Division division = division();
        if (division == null) {
            throw new IOException("the metadata log is not open");
        }
        return division;
    }

    /** The leader as this broker knows it. */
    private @Nullable RaftPeer leader() {
        RaftServer.Division division = division();
        if (division == null) {
            return null;
        }
        RaftPeerId id = division.getInfo().getLeaderId();
        return id == null
                ? null
                : division.getRaftConf().getPeer(id, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER);
    }

    /** Returns when everything is applied that was committed when the leader was asked. Waits. */
    void awaitCurrent() throws IOException {
        long committed = howFarIsTheLeader();
        while (replica.getLastAppliedTermIndex().getIndex() < committed) {
            pause.forMs(1);
        }
    }

    private long howFarIsTheLeader() throws IOException {
        ByteString question = Questions.question(Questions.HOW_FAR, ByteBuffer.allocate(0));
        while (true) {
            try {
                return questions.ask(question, settings.askTimeoutMs()).getLong();
            } catch (IOException e) {
                if (pause.isClosed()) {
                    throw e;
                }
                entrance.checkSurroundings();
                LOG.warn("waiting for the metadata quorum: {}", e.getMessage());
                pause.forMs(LOOK_EVERY_MS);
            }
        }
    }

    /** Whether a majority says, from now on, that this broker leads. */
    CompletableFuture<Boolean> confirmOffice() {
        return office.confirm();
    }

    private boolean leadsByMajority() {
        RaftServer.Division division = division();
        if (division == null || !division.getInfo().isLeaderReady()) {
            return false;
        }
        RaftConfiguration members = division.getRaftConf();
        List<RaftPeer> voters = new ArrayList<>(members.getCurrentPeers(RaftPeerRole.FOLLOWER));
        List<RaftPeer> before = new ArrayList<>(members.getPreviousPeers(RaftPeerRole.FOLLOWER));
        Set<RaftPeerId> agree = ConcurrentHashMap.newKeySet();
        agree.add(self);
        CountDownLatch enough = new CountDownLatch(1);
        Set<RaftPeer> others = new HashSet<>(voters);
        others.addAll(before);
        others.removeIf(peer -> peer.getId().equals(self));
        AtomicInteger left = new AtomicInteger(others.size());
        for (RaftPeer other : others) {
            Thread.ofVirtual()
                    .name("metadata-office")
                    .start(() -> {
                        if (client.saysLeader(other, self)) {
                            agree.add(other.getId());
                        }
                        if (left.decrementAndGet() == 0
                                || isMajority(voters, agree) && isMajority(before, agree)) {
                            enough.countDown();
                        }
                    });
        }
        try {
            if (!others.isEmpty()) {
                enough.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return isMajority(voters, agree)
                && isMajority(before, agree)
                && division.getInfo().isLeaderReady();
    }

    private static boolean isMajority(List<RaftPeer> of, Set<RaftPeerId> agree) {
        long count = of.stream().filter(peer -> agree.contains(peer.getId())).count();
        return of.isEmpty() || count > of.size() / 2;
    }

    Message howFar() {
        RaftServer.Division division = division();
        if (division == null || !division.getInfo().isLeaderReady()) {
            return Questions.refused(Questions.NOT_HEARD, "this broker does not lead");
        }
        long committed = division.getRaftLog().getLastCommittedIndex();
        return Questions.answered(ByteBuffer.allocate(8).putLong(0, committed));
    }

    /** Waits. */
    ByteBuffer ask(ByteBuffer question) throws IOException {
        return questions.ask(
                Questions.question(Questions.FOR_LISTENER, question), settings.askTimeoutMs());
    }

    /** An answer that may stay away for ever; it fails when the log is closed. */
    void openAnswer(CompletableFuture<Message> reply) {
        openAnswers.add(reply);
        reply.whenComplete((answer, failure) -> openAnswers.remove(reply));
    }

    @Override
    public CompletableFuture<RaftClientReply> propose(ByteString data) throws IOException {
        RaftServer running = server;
        if (running == null) {
            throw new IOException("the metadata log is not open");
        }
        return running.submitClientRequestAsync(
                client.request(self, data, RaftClientRequest.writeRequestType(), 0));
    }

    @Override
    public void stepDown() {
        RaftServer running = server;
        if (running != null && !pause.isClosed()) {
            client.stepDown(running);
        }
    }

    /** Stores a state and lets what it covers go. Waits. */
    void store(long index, ByteBuffer state) throws IOException {
        RaftServer.Division division = opened();
        TermIndex covered = division.getRaftLog().getTermIndex(index);
        if (covered == null) {
            throw new IOException("metadata entry %d is covered already".formatted(index));
        }
        replica.store(covered, state);
        client.takeSnapshot(division.getRaftServer(), RatisSetup.REQUEST_TIMEOUT_MS);
    }

    // ---- members

    /** One that is no voter must not stand for election, whatever it was before. */
    void membersChanged() {
        RaftServer running = server;
        RaftServer.Division division = division();
        if (running == null || division == null || pause.isClosed()) {
            return;
        }
        RaftConfiguration members = division.getRaftConf();
        membership.saw(members.getCurrentPeers(RaftPeerRole.FOLLOWER));
        membership.saw(members.getCurrentPeers(RaftPeerRole.LISTENER));
        boolean votes = votes(members, self);
        if (votes == standing) {
            return;
        }
        try {
            client.mayStand(running, votes);
            standing = votes;
        } catch (IOException e) {
            LOG.debug("asked again soon: {}", e.getMessage());
        }
    }

    /**
     * Looks after this broker's membership as long as the log is open: the leader loses track of
     * members in ways of which only they can tell. Waits.
     */
    void keepUp() {
        long silentMs = 0;
        Standstill standstill = new Standstill();
        try {
            while (true) {
                pause.forMs(KEEP_UP_EVERY_MS);
                RaftServer.Division division = division();
                if (division == null) {
                    continue;
                }
                membersChanged();
                if (isMember(division)) {
                    entrance.settle(votes(division.getRaftConf(), self));
                }
                silentMs = hearsTheLeader(division) ? 0 : silentMs + KEEP_UP_EVERY_MS;
                if (silentMs > patienceMs()) {
                    silentMs = 0;
                    mend();
                }
                if (standstill.lasts(division, KEEP_UP_EVERY_MS) > patienceMs()) {
                    standstill.begin();
                    push(division);
                }
            }
        } catch (IOException | RuntimeException e) {
            if (!pause.isClosed()) {
                owner.failed(new IOException("the metadata log, a defect: " + e, e));
            }
        }
    }

    private long patienceMs() {
        return 3L * settings.electionTimeoutMaxMs();
    }

    /**
     * Ratis takes an entry for sent when the connection breaks on which it was, and sends it again
     * only before the next one. An entry that is none brings that about. A leader whose first entry
     * it is takes no other: it begins anew.
     */
    private void push(RaftServer.Division division) throws IOException {
        if (division.getInfo().isLeaderReady()) {
            propose(Part.NOTHING.encode()).exceptionally(refused -> null);
        } else {
            LOG.warn("broker {} was elected and does not get to lead", settings.brokerId());
            reopen();
        }
    }

    private boolean isMember(RaftServer.Division division) {
        RaftConfiguration members = division.getRaftConf();
        return members.getPeer(self, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER) != null;
    }

    private boolean hearsTheLeader(RaftServer.Division division) {
        DivisionInfo info = division.getInfo();
        if (info.isLeader()) {
            return true;
        }
        RoleInfoProto role = info.getRoleInfoProto();
        return info.getLeaderId() != null
                && role.hasFollowerInfo()
                && role.getFollowerInfo().getLeaderInfo().getLastRpcElapsedTimeMs()
                        <= settings.electionTimeoutMaxMs();
    }

    private void mend() {
        Optional<Membership.View> found = membership.look();
        if (found.isEmpty()) {
            return; // nobody is heard of: nothing to mend here
        }
        Membership.View view = found.get();
        try {
            if (view.votes(self)) {
                if (view.silentMs().getOrDefault(self, 0L) > Membership.SILENT_MS) {
                    LOG.warn("the leader {} forgot this voter", view.leader().getId());
                    client.stepDown(view.leader());
                }
            } else {
                LOG.info("broker {} joins the metadata quorum again", settings.brokerId());
                entrance.rejoin();
            }
        } catch (IOException e) {
            LOG.warn("the metadata quorum: {}", e.getMessage());
        }
    }

    VoterChanges voterChanges() {
        return voterChanges;
    }

    Quorum quorum(long nowMs) {
        RaftServer.Division division = division();
        if (division == null) {
            return new Quorum(Quorum.NOBODY, Quorum.UNKNOWN, Quorum.UNKNOWN, List.of(), List.of());
        }
        DivisionInfo info = division.getInfo();
        RaftLog log = division.getRaftLog();
        RaftPeerId leader = info.getLeaderId();
        Map<RaftPeerId, Quorum.Member> known = new HashMap<>();
        RoleInfoProto role = info.getRoleInfoProto();
        List<ServerRpcProto> others = role.getLeaderInfo().getFollowerInfoList();
        long[] ends = info.isLeader() ? info.getFollowerMatchIndices() : null;
        for (int i = 0; i < others.size(); i++) {
            RaftPeerId id = RaftPeerId.valueOf(others.get(i).getId().getId());
            long end = ends != null && ends.length == others.size() ? ends[i] : Quorum.UNKNOWN;
            long heard = nowMs - others.get(i).getLastRpcElapsedTimeMs();
            known.put(id, new Quorum.Member(RatisSetup.brokerId(id), end, heard));
        }
        TermIndex last = Standstill.lastEntry(log);
        long end = last == null ? replica.getLastAppliedTermIndex().getIndex() : last.getIndex();
        known.put(self, new Quorum.Member(settings.brokerId(), end, nowMs));
        RaftConfiguration members = division.getRaftConf();
        return new Quorum(
                leader == null ? Quorum.NOBODY : RatisSetup.brokerId(leader),
                info.getCurrentTerm(),
                log.getLastCommittedIndex(),
                members(members.getCurrentPeers(RaftPeerRole.FOLLOWER), known),
                members(members.getCurrentPeers(RaftPeerRole.LISTENER), known));
    }

    private static List<Quorum.Member> members(
            Iterable<RaftPeer> peers, Map<RaftPeerId, Quorum.Member> known) {
        List<Quorum.Member> members = new ArrayList<>();
        for (RaftPeer peer : peers) {
            Quorum.Member one = known.get(peer.getId());
            Quorum.Member told =
                    one != null
                            ? one
                            : new Quorum.Member(
                                    RatisSetup.brokerId(peer.getId()),
                                    Quorum.UNKNOWN,
                                    Quorum.UNKNOWN);
            members.add(told.at(peer.getAddress()));
        }
        members.sort((a, b) -> Integer.compare(a.brokerId(), b.brokerId()));
        return members;
    }

    /** Waits. */
    void close() {
        RaftServer running = server;
        pause.close();
        openAnswers.forEach(
                reply -> reply.complete(Questions.refused(Questions.FAILED, "the broker stops")));
        try {
            if (running != null) {
                running.close();
            }
            client.close();
        } catch (IOException | RuntimeException e) {
            LOG.warn("closing the metadata log: {}", e.toString());
        }
    }

    /** Hands the lead over, if this broker has it: to the voter heard of last. Waits. */
    void handOver() {
        RaftServer.Division division = division();
        if (division == null || !division.getInfo().isLeader()) {
            return;
        }
        RaftConfiguration members = division.getRaftConf();
        RoleInfoProto role = division.getInfo().getRoleInfoProto();
        role.getLeaderInfo().getFollowerInfoList().stream()
                .filter(other -> votes(members, RaftPeerId.valueOf(other.getId().getId())))
                .min(Comparator.comparingLong(ServerRpcProto::getLastRpcElapsedTimeMs))
                .map(other -> RatisSetup.brokerId(RaftPeerId.valueOf(other.getId().getId())))
                .ifPresent(this::handOverTo);
    }

    private static boolean votes(RaftConfiguration members, RaftPeerId id) {
        return members.getPeer(id, RaftPeerRole.FOLLOWER) != null;
    }

    /** Waits. */
    void handOverTo(int brokerId) {
        RaftServer running = server;
        try {
            if (running != null) {
                client.transferLeadership(running, RatisSetup.peerId(brokerId), HAND_OVER_MS);
            }
        } catch (IOException e) {
            LOG.debug("the lead is not handed over: {}", e.getMessage());
        }
    }
}
