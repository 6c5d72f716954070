package io.sluice.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.ratis.proto.RaftProtos.FollowerInfoProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerProto;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.proto.RaftProtos.ServerRpcProto;
import org.apache.ratis.protocol.RaftPeerId;
import org.junit.jupiter.api.Test;

final class QuorumClientTest {

    private static final RaftPeerId LEADER = RaftPeerId.valueOf("1");

    private static RoleInfoProto followerOf(String leader) {
        RaftPeerProto.Builder id = RaftPeerProto.newBuilder();
        if (!leader.isEmpty()) {
            id.setId(RaftPeerId.valueOf(leader).toByteString());
        }
        return RoleInfoProto.newBuilder()
                .setRole(RaftPeerRole.FOLLOWER)
                .setFollowerInfo(
                        FollowerInfoProto.newBuilder()
                                .setLeaderInfo(ServerRpcProto.newBuilder().setId(id)))
                .build();
    }

    @Test
    void aFollowerThatKnowsOfNoLeaderFollowsNobody() {
        assertThat(QuorumClient.follows(followerOf(""), LEADER)).isFalse();
        assertThat(QuorumClient.follows(followerOf("2"), LEADER)).isFalse();
        assertThat(QuorumClient.follows(followerOf("1"), LEADER)).isTrue();
    }

    @Test
    void whoIsNoFollowerFollowsNobody() {
        RoleInfoProto candidate =
                RoleInfoProto.newBuilder(followerOf("1")).setRole(RaftPeerRole.CANDIDATE).build();
        assertThat(QuorumClient.follows(candidate, LEADER)).isFalse();
    }
}
