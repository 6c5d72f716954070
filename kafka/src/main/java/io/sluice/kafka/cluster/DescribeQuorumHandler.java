package io.sluice.kafka.cluster;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.metadata.Quorum;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.message.DescribeQuorumRequestData;
import org.apache.kafka.common.message.DescribeQuorumRequestData.TopicData;
import org.apache.kafka.common.message.DescribeQuorumResponseData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Listener;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ListenerCollection;
import org.apache.kafka.common.message.DescribeQuorumResponseData.Node;
import org.apache.kafka.common.message.DescribeQuorumResponseData.PartitionData;
import org.apache.kafka.common.message.DescribeQuorumResponseData.ReplicaState;

/**
 * DescribeQuorum, versions 0 to 2 (KIP-595, KIP-836, KIP-853): who keeps the metadata log, and how
 * far each is, as the broker that leads it sees it. The log is called as Kafka calls its own, so
 * that its tools work; its offsets are indexes of entries.
 */
public final class DescribeQuorumHandler implements ApiHandler {

    private static final String TOPIC = "__cluster_metadata";
    private static final short FIRST_WITH_NODES = 2;
    private static final long UNKNOWN = -1L;

    private final KafkaServices services;

    public DescribeQuorumHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_QUORUM;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeQuorumRequestData data = request.message(DescribeQuorumRequestData.class);
        if (!isAboutMetadata(data)) {
            request.reply(unknown(data));
            return;
        }
        services.metadata()
                .quorum(
                        request.loop(),
                        quorum -> request.guarded(() -> request.reply(answer(request, quorum))));
    }

    private static boolean isAboutMetadata(DescribeQuorumRequestData data) {
        return data.topics().size() == 1
                && data.topics().getFirst().topicName().equals(TOPIC)
                && data.topics().getFirst().partitions().size() == 1
                && data.topics().getFirst().partitions().getFirst().partitionIndex() == 0;
    }

    /** Only the metadata log has a quorum: every partition named is told so. */
    private static DescribeQuorumResponseData unknown(DescribeQuorumRequestData data) {
        DescribeQuorumResponseData response = new DescribeQuorumResponseData();
        for (TopicData topic : data.topics()) {
            List<PartitionData> partitions = new ArrayList<>();
            topic.partitions()
                    .forEach(one ->
                            partitions.add(
                                    new PartitionData()
                                            .setPartitionIndex(one.partitionIndex())
                                            .setErrorCode(
                                                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code())));
            response.topics()
                    .add(
                            new DescribeQuorumResponseData.TopicData()
                                    .setTopicName(topic.topicName())
                                    .setPartitions(partitions));
        }
        return response;
    }

    private DescribeQuorumResponseData answer(KafkaRequest request, Quorum quorum) {
        if (quorum.leader() == Quorum.NOBODY) {
            return new DescribeQuorumResponseData()
                    .setErrorCode(ErrorCode.LEADER_NOT_AVAILABLE.code())
                    .setErrorMessage("no broker is known to lead the metadata log: try again");
        }
        PartitionData partition =
                new PartitionData()
                        .setPartitionIndex(0)
                        .setLeaderId(quorum.leader())
                        .setLeaderEpoch((int) Math.min(quorum.term(), Integer.MAX_VALUE))
                        .setHighWatermark(quorum.committed() + 1)
                        .setCurrentVoters(states(request, quorum.voters(), quorum))
                        .setObservers(states(request, quorum.observers(), quorum));
        DescribeQuorumResponseData response = new DescribeQuorumResponseData();
        response.topics()
                .add(
                        new DescribeQuorumResponseData.TopicData()
                                .setTopicName(TOPIC)
                                .setPartitions(List.of(partition)));
        if (request.version() >= FIRST_WITH_NODES) {
            String listener = controllerListener();
            quorum.voters().forEach(voter -> response.nodes().add(node(voter, listener)));
        }
        return response;
    }

    private List<ReplicaState> states(
            KafkaRequest request, List<Quorum.Member> members, Quorum quorum) {
        long nowMs = request.clock().wallMs();
        ClusterImage image = services.metadata().image();
        boolean withDirectories = request.version() >= FIRST_WITH_NODES;
        List<ReplicaState> states = new ArrayList<>();
        for (Quorum.Member member : members) {
            boolean leads = member.brokerId() == quorum.leader();
            long end = member.endIndex();
            // Of one that has all that is committed it is known that it had it when it was heard.
            boolean current = end != Quorum.UNKNOWN && end >= quorum.committed();
            Uuid directory =
                    withDirectories ? VoterChange.directoryOf(image, member.brokerId()) : Uuid.ZERO;
            states.add(
                    new ReplicaState()
                            .setReplicaDirectoryId(Ids.toKafka(directory))
                            .setReplicaId(member.brokerId())
                            .setLogEndOffset(end == Quorum.UNKNOWN ? UNKNOWN : end + 1)
                            .setLastFetchTimestamp(leads ? UNKNOWN : member.lastContactMs())
                            .setLastCaughtUpTimestamp(
                                    leads ? nowMs : current ? member.lastContactMs() : UNKNOWN));
        }
        return states;
    }

    /** All brokers of a cluster have it under one name; a broker by itself has none. */
    private String controllerListener() {
        return services.configs()
                .brokerValue(
                        "controller.listener.names", services.metadata().image().brokerConfigs())
                .orElse("");
    }

    /** Where the others of the quorum reach a voter, as Kafka tells it; not where clients do. */
    private static Node node(Quorum.Member voter, String listener) {
        ListenerCollection listeners = new ListenerCollection();
        int colon = voter.address().lastIndexOf(':');
        if (colon > 0) {
            listeners.add(
                    new Listener()
                            .setName(listener)
                            .setHost(host(voter.address().substring(0, colon)))
                            .setPort(Integer.parseInt(voter.address().substring(colon + 1))));
        }
        return new Node().setNodeId(voter.brokerId()).setListeners(listeners);
    }

    /** Brackets belong to an address as it is written (RFC 3986), not to its host. */
    private static String host(String written) {
        return written.startsWith("[") && written.endsWith("]")
                ? written.substring(1, written.length() - 1)
                : written;
    }
}
