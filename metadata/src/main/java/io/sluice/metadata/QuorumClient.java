package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.LongFunction;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.GroupInfoReply;
import org.apache.ratis.protocol.GroupInfoRequest;
import org.apache.ratis.protocol.GroupListReply;
import org.apache.ratis.protocol.GroupListRequest;
import org.apache.ratis.protocol.GroupManagementRequest;
import org.apache.ratis.protocol.LeaderElectionManagementRequest;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.protocol.TransferLeadershipRequest;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;

/**
 * Requests to one Raft server, this broker's or another's: each to the one that is named, once, and
 * to no other when that one fails. Blocks; any thread that may wait.
 */
final class QuorumClient implements Closeable {

    private static final int GLANCE_MS = 1_500;

    private final ClientId id = ClientId.randomId();
    private final RaftClientRpc rpc;

    /** For looking around: a broker that hangs must not hide those behind it. */
    private final RaftClientRpc glance;

    private volatile RaftGroupId group = RaftGroupId.emptyGroupId();

    QuorumClient(QuorumSettings settings) {
        GrpcFactory factory = new GrpcFactory(new Parameters());
        this.rpc = factory.newRaftClientRpc(id, RatisSetup.properties(settings));
        RaftProperties quick = RatisSetup.properties(settings);
        RaftClientConfigKeys.Rpc.setRequestTimeout(quick, RatisSetup.ms(GLANCE_MS));
        this.glance = factory.newRaftClientRpc(id, quick);
    }

    /** From now on requests are about the quorum of that name. */
    void speakOf(RaftGroupId quorum) {
        group = quorum;
    }

    RaftGroupId group() {
        return group;
    }

    /** Whose requests these are. */
    ClientId id() {
        return id;
    }

    /** A broker of which only the address is known. */
    static RaftPeer at(Address address) {
        return RaftPeer.newBuilder()
                .setId(RaftPeerId.valueOf("at-" + address))
                .setAddress(address.toString())
                .build();
    }

    /** The quorums of which that broker has a log; fails if it does not answer. */
    List<RaftGroupId> groups(RaftPeer peer) throws IOException {
        RaftClientReply reply =
                send(glance, peer, call -> new GroupListRequest(id, peer.getId(), group, call));
        return reply instanceof GroupListReply list ? list.getGroupIds() : List.of();
    }

    /** Whether that broker has the log of our quorum; fails if it does not answer. */
    boolean hasGroup(RaftPeer peer) throws IOException {
        return groups(peer).contains(group);
    }

    GroupInfoReply info(RaftPeer peer) throws IOException {
        RaftClientReply reply =
                send(glance, peer, call -> new GroupInfoRequest(id, peer.getId(), group, call));
        if (reply instanceof GroupInfoReply info) {
            return info;
        }
        throw failure(reply, "no information of the quorum");
    }

    /** Whether that broker follows the leader now. */
    boolean saysLeader(RaftPeer peer, RaftPeerId leader) {
        try {
            return follows(info(peer).getRoleInfoProto(), leader);
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** A follower that knows of no leader names an empty one, which is no id. */
    static boolean follows(RoleInfoProto role, RaftPeerId leader) {
        return role.getRole() == RaftPeerRole.FOLLOWER
                && role.getFollowerInfo()
                        .getLeaderInfo()
                        .getId()
                        .getId()
                        .equals(leader.toByteString());
    }

    void setConfiguration(RaftPeer leader, SetConfigurationRequest.Arguments arguments)
            throws IOException {
        require(
                send(
                        leader,
                        call ->
                                new SetConfigurationRequest(
                                        id, leader.getId(), group, call, arguments)),
                "the quorum's members were not changed");
    }

    RaftClientReply ask(RaftPeer leader, ByteString question, long timeoutMs) throws IOException {
        return send(
                leader,
                call ->
                        request(
                                leader.getId(),
                                question,
                                RaftClientRequest.readRequestType(),
                                timeoutMs));
    }

    /** A request for the Raft server of this process. */
    RaftClientRequest request(
            RaftPeerId to, ByteString message, RaftClientRequest.Type type, long timeoutMs) {
        return RaftClientRequest.newBuilder()
                .setClientId(id)
                .setServerId(to)
                .setGroupId(group)
                .setCallId(CallId.getAndIncrement())
                .setMessage(Message.valueOf(message))
                .setType(type)
                .setTimeoutMs(timeoutMs)
                .build();
    }

    /** Lets the leader step down; another one is elected. */
    void stepDown(RaftPeer leader) throws IOException {
        require(
                send(
                        leader,
                        call ->
                                new TransferLeadershipRequest(
                                        id, leader.getId(), group, call, null, 1_000)),
                "the leader stays");
    }

    /** Lets the leader hand over to another voter, if it can. */
    void handOver(RaftPeer leader, RaftPeerId to) throws IOException {
        require(
                send(
                        leader,
                        call ->
                                new TransferLeadershipRequest(
                                        id, leader.getId(), group, call, to, 3_000)),
                "the leader stays");
    }

    // ---- to the Raft server of this process

    void addGroup(RaftServer server, RaftGroup members) throws IOException {
        require(
                server.groupManagement(
                        GroupManagementRequest.newAdd(
                                id, server.getId(), CallId.getAndIncrement(), members, false)),
                "the metadata log cannot be opened");
    }

    void takeSnapshot(RaftServer server, long timeoutMs) throws IOException {
        require(
                server.snapshotManagement(
                        SnapshotManagementRequest.newCreate(
                                id,
                                server.getId(),
                                group,
                                CallId.getAndIncrement(),
                                timeoutMs,
                                1L)),
                "the metadata snapshot was not taken");
    }

    /** Asks this broker to hand its office over; no effect if it has none. */
    void transferLeadership(RaftServer server, RaftPeerId to, long timeoutMs) throws IOException {
        require(
                server.transferLeadership(
                        new TransferLeadershipRequest(
                                id,
                                server.getId(),
                                group,
                                CallId.getAndIncrement(),
                                to,
                                timeoutMs)),
                "the leader stays");
    }

    /** Whether this broker may stand for election. */
    void mayStand(RaftServer server, boolean may) throws IOException {
        long call = CallId.getAndIncrement();
        require(
                server.leaderElectionManagement(
                        may
                                ? LeaderElectionManagementRequest.newResume(
                                        id, server.getId(), group, call)
                                : LeaderElectionManagementRequest.newPause(
                                        id, server.getId(), group, call)),
                "elections");
    }

    void stepDown(RaftServer server) {
        TransferLeadershipRequest request =
                new TransferLeadershipRequest(
                        id, server.getId(), group, CallId.getAndIncrement(), null, 1_000);
        try {
            server.transferLeadershipAsync(request).exceptionally(alreadyDown -> null);
        } catch (IOException e) {
            // it does not lead any more, or is closed
        }
    }

    private RaftClientReply send(RaftPeer to, LongFunction<RaftClientRequest> request)
            throws IOException {
        return send(rpc, to, request);
    }

    private static RaftClientReply send(
            RaftClientRpc by, RaftPeer to, LongFunction<RaftClientRequest> request)
            throws IOException {
        by.addRaftPeers(List.of(to));
        try {
            return by.sendRequest(request.apply(CallId.getAndIncrement()));
        } catch (IOException | StatusRuntimeException e) {
            // A connection that failed would wait ever longer before it is tried again.
            by.handleException(to.getId(), e, true);
            throw new IOException("broker %s: %s".formatted(to.getId(), e.getMessage()), e);
        }
    }

    private static void require(RaftClientReply reply, String otherwise) throws IOException {
        if (!reply.isSuccess()) {
            throw failure(reply, otherwise);
        }
    }

    private static IOException failure(RaftClientReply reply, String what) {
        Exception cause = reply.getException();
        return new IOException(what + ": " + (cause == null ? reply : cause.getMessage()), cause);
    }

    @Override
    public void close() throws IOException {
        rpc.close();
        glance.close();
    }
}
