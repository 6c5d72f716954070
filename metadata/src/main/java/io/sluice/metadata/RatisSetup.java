package io.sluice.metadata;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.config.BrokerConfig.Voter;
import io.sluice.core.model.Uuid;
import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Our settings in the words of Ratis. docs/adr/ratis.md says why each differs from its default. */
final class RatisSetup {

    /** Bytes of one Raft entry; longer entries of ours are cut into parts. */
    static final int PART_BYTES = 1 << 20;

    /** How long a request between brokers may take. */
    static final int REQUEST_TIMEOUT_MS = 3000;

    /** A broker that joins and makes no progress for so long is given up, and tries again. */
    static final int STAGING_TIMEOUT_MS = 5_000;

    /** gRPC's own log; it is kept only as long as somebody holds it. */
    private static final Logger GRPC_LOG = Logger.getLogger("org.apache.ratis.thirdparty.io.grpc");

    static {
        tameTheProcess();
    }

    private RatisSetup() {}

    /**
     * Ratis ends the process when any thread of it throws, and when a port is taken; and it reads
     * exceptions of other brokers as serialized Java objects. Neither is its business.
     */
    private static void tameTheProcess() {
        Thread.UncaughtExceptionHandler ours = Thread.getDefaultUncaughtExceptionHandler();
        ExitUtils.disableSystemExit();
        ExitUtils.setTerminateOnUncaughtException(false);
        Thread.setDefaultUncaughtExceptionHandler(ours);
        GRPC_LOG.setLevel(Level.SEVERE);
        if (ObjectInputFilter.Config.getSerialFilter() == null) {
            ObjectInputFilter.Config.setSerialFilter(
                    ObjectInputFilter.Config.createFilter(
                            "maxdepth=30;maxrefs=10000;org.apache.ratis.**;java.io.*Exception;"
                                    + "java.lang.*;java.util.*;java.util.concurrent.*;!*"));
        }
    }

    /** The quorum of a cluster has the cluster's name: others do not even hear each other. */
    static RaftGroupId groupId(Uuid cluster) {
        return RaftGroupId.valueOf(new UUID(cluster.high(), cluster.low()));
    }

    static Uuid cluster(RaftGroupId group) {
        UUID name = group.getUuid();
        return new Uuid(name.getMostSignificantBits(), name.getLeastSignificantBits());
    }

    static RaftPeerId peerId(int brokerId) {
        return RaftPeerId.valueOf(Integer.toString(brokerId));
    }

    static int brokerId(RaftPeerId id) {
        return Integer.parseInt(id.toString());
    }

    static RaftPeer peer(int brokerId, Address address, RaftPeerRole role) {
        return RaftPeer.newBuilder()
                .setId(peerId(brokerId))
                .setAddress(address.toString())
                .setStartupRole(role)
                .build();
    }

    static RaftGroup votersGroup(RaftGroupId group, QuorumSettings settings) {
        List<RaftPeer> peers = new ArrayList<>();
        for (Voter voter : settings.voters()) {
            peers.add(peer(voter.id(), voter.address(), RaftPeerRole.FOLLOWER));
        }
        return RaftGroup.valueOf(group, peers);
    }

    static RaftProperties properties(QuorumSettings settings) {
        RaftProperties to = new RaftProperties();
        RaftServerConfigKeys.setStorageDir(to, List.of(settings.directory().toFile()));
        network(settings, to);
        elections(settings, to);
        log(settings, to);
        return to;
    }

    private static void network(QuorumSettings settings, RaftProperties to) {
        if (!settings.bind().host().isEmpty()) {
            GrpcConfigKeys.Server.setHost(to, settings.bind().host());
        }
        GrpcConfigKeys.Server.setPort(to, settings.bind().port());
        RaftServerConfigKeys.Rpc.setRequestTimeout(to, ms(REQUEST_TIMEOUT_MS));
        RaftClientConfigKeys.Rpc.setRequestTimeout(to, ms(STAGING_TIMEOUT_MS + REQUEST_TIMEOUT_MS));
        RaftServerConfigKeys.RetryCache.setExpiryTime(
                to, TimeDuration.valueOf(10, TimeUnit.SECONDS));
    }

    private static void elections(QuorumSettings settings, RaftProperties to) {
        RaftServerConfigKeys.Rpc.setTimeoutMin(to, ms(settings.electionTimeoutMinMs()));
        RaftServerConfigKeys.Rpc.setTimeoutMax(to, ms(settings.electionTimeoutMaxMs()));
        // One that starts hears of a leader within a heartbeat, and disturbs none: it asks before
        // it stands.
        boolean alone = settings.voters().size() == 1;
        int first = alone ? 10 : settings.electionTimeoutMinMs() / 2;
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(to, ms(first));
        RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
                to, ms(alone ? 20 : settings.electionTimeoutMinMs()));
        RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
                to, ms(settings.electionTimeoutMaxMs()));
        RaftServerConfigKeys.setStagingTimeout(to, ms(STAGING_TIMEOUT_MS));
        // A broker that was stopped for an hour goes on as a follower.
        RaftServerConfigKeys.setCloseThreshold(to, TimeDuration.valueOf(3650, TimeUnit.DAYS));
    }

    private static void log(QuorumSettings settings, RaftProperties to) {
        SizeInBytes part = SizeInBytes.valueOf(PART_BYTES + (64 << 10));
        RaftServerConfigKeys.Log.Appender.setBufferByteLimit(to, part);
        // A follower that was away for long is found again as soon as it is back.
        RaftServerConfigKeys.Log.Appender.setRetryPolicy(to, "10ms,10, 200ms,2000000000");
        RaftServerConfigKeys.Log.setWriteBufferSize(
                to, SizeInBytes.valueOf(part.getSize() + (64 << 10)));
        RaftServerConfigKeys.Log.setSegmentSizeMax(
                to, SizeInBytes.valueOf(settings.segmentBytes()));
        RaftServerConfigKeys.Log.setPreallocatedSize(
                to, SizeInBytes.valueOf(Math.min(1 << 20, settings.segmentBytes())));
        // Bounded by bytes: a log that is closed while it lets segments go waits for itself.
        RaftServerConfigKeys.Log.setSegmentCacheNumMax(to, 64);
        RaftServerConfigKeys.Log.setSegmentCacheSizeMax(to, SizeInBytes.valueOf(16 << 20));
        RaftServerConfigKeys.Log.setCorruptionPolicy(
                to, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
        RaftServerConfigKeys.Log.setUnsafeFlushEnabled(to, false);
        RaftServerConfigKeys.Log.setAsyncFlushEnabled(to, false);
        RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(to, true);
        RaftServerConfigKeys.Log.setPurgeGap(to, 1);
        RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(to, false);
        RaftServerConfigKeys.Snapshot.setRetentionFileNum(to, 2);
        RaftServerConfigKeys.Snapshot.setCreationGap(to, 1L);
    }

    static TimeDuration ms(long count) {
        return TimeDuration.valueOf(count, TimeUnit.MILLISECONDS);
    }
}
