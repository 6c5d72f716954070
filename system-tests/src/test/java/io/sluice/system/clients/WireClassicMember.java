package io.sluice.system.clients;

import io.sluice.system.harness.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.HeartbeatRequestData;
import org.apache.kafka.common.message.HeartbeatResponseData;
import org.apache.kafka.common.message.JoinGroupRequestData;
import org.apache.kafka.common.message.JoinGroupRequestData.JoinGroupRequestProtocol;
import org.apache.kafka.common.message.JoinGroupResponseData;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetCommitResponseData;
import org.apache.kafka.common.message.SyncGroupRequestData;
import org.apache.kafka.common.message.SyncGroupRequestData.SyncGroupRequestAssignment;
import org.apache.kafka.common.message.SyncGroupResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** A member of the classic protocol, as lean as it can be. Who leads gives each its own number. */
final class WireClassicMember {

    private static final int SESSION_MS = 60_000;
    private static final int REBALANCE_MS = 60_000;
    private static final String TYPE = "consumer";
    private static final String ASSIGNOR = "range";

    private final Wire wire;
    private final String group;
    private String id = "";
    private int generation = -1;
    private int part = -1;

    WireClassicMember(Wire wire, String group) {
        this.wire = wire;
        this.group = group;
    }

    int generation() {
        return generation;
    }

    /** The number that the leader gave it. */
    int part() {
        return part;
    }

    /** Joins and syncs; returns when it has its part. */
    void join() throws IOException {
        JoinGroupResponseData joined = join(id);
        if (joined.errorCode() == Errors.MEMBER_ID_REQUIRED.code()) {
            joined = join(joined.memberId());
        }
        check(joined.errorCode());
        id = joined.memberId();
        generation = joined.generationId();
        List<SyncGroupRequestAssignment> parts = new ArrayList<>();
        joined.members()
                .forEach(one -> {
                    int number = parts.size();
                    parts.add(
                            new SyncGroupRequestAssignment()
                                    .setMemberId(one.memberId())
                                    .setAssignment(
                                            new byte[] {(byte) (number >> 8), (byte) number}));
                });
        SyncGroupResponseData synced =
                wire.call(
                        ApiKeys.SYNC_GROUP,
                        5,
                        new SyncGroupRequestData()
                                .setGroupId(group)
                                .setMemberId(id)
                                .setGenerationId(generation)
                                .setProtocolType(TYPE)
                                .setProtocolName(ASSIGNOR)
                                .setAssignments(parts),
                        SyncGroupResponseData.class);
        check(synced.errorCode());
        byte[] number = synced.assignment();
        part = (number[0] & 0xff) << 8 | number[1] & 0xff;
    }

    private JoinGroupResponseData join(String memberId) throws IOException {
        JoinGroupRequestData request =
                new JoinGroupRequestData()
                        .setGroupId(group)
                        .setMemberId(memberId)
                        .setSessionTimeoutMs(SESSION_MS)
                        .setRebalanceTimeoutMs(REBALANCE_MS)
                        .setProtocolType(TYPE);
        request.protocols()
                .add(
                        new JoinGroupRequestProtocol()
                                .setName(ASSIGNOR)
                                .setMetadata(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
        return wire.call(ApiKeys.JOIN_GROUP, 9, request, JoinGroupResponseData.class);
    }

    Errors heartbeat() throws IOException {
        return Errors.forCode(
                wire.call(
                                ApiKeys.HEARTBEAT,
                                4,
                                new HeartbeatRequestData()
                                        .setGroupId(group)
                                        .setMemberId(id)
                                        .setGenerationId(generation),
                                HeartbeatResponseData.class)
                        .errorCode());
    }

    void commit(String topic, int partition, long offset) throws IOException {
        OffsetCommitResponseData answer =
                wire.call(
                        ApiKeys.OFFSET_COMMIT,
                        9,
                        new OffsetCommitRequestData()
                                .setGroupId(group)
                                .setMemberId(id)
                                .setGenerationIdOrMemberEpoch(generation)
                                .setTopics(
                                        List.of(
                                                new OffsetCommitRequestTopic()
                                                        .setName(topic)
                                                        .setPartitions(
                                                                List.of(
                                                                        new OffsetCommitRequestPartition()
                                                                                .setPartitionIndex(
                                                                                        partition)
                                                                                .setCommittedOffset(
                                                                                        offset))))),
                        OffsetCommitResponseData.class);
        check(answer.topics().getFirst().partitions().getFirst().errorCode());
    }

    private void check(short error) {
        if (error != Errors.NONE.code()) {
            throw new AssertionError(group + " " + id + ": " + Errors.forCode(error));
        }
    }
}
