package io.sluice.kafka.group;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.partition.Partition;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.jspecify.annotations.Nullable;

/**
 * FindCoordinator, versions 0 to 6: one key, or many from version 4 (KIP-699); queues from version
 * 6 (KIP-932). The topic that holds the groups, or the transactions, is made when the first one is
 * looked for.
 */
public final class FindCoordinatorHandler implements ApiHandler {

    private static final byte GROUP = 0;
    private static final byte TRANSACTION = 1;
    private static final byte SHARE = 2;
    private static final short FIRST_WITH_SHARES = 6;
    private static final short FIRST_WITH_MANY = 4;
    private static final int NOBODY = -1;

    private final KafkaServices services;

    public FindCoordinatorHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.FIND_COORDINATOR;
    }

    @Override
    public void handle(KafkaRequest request) {
        FindCoordinatorRequestData data = request.message(FindCoordinatorRequestData.class);
        boolean shares = data.keyType() == SHARE && request.version() >= FIRST_WITH_SHARES;
        if (data.keyType() != GROUP && data.keyType() != TRANSACTION && !shares) {
            answer(request, data, ErrorCode.INVALID_REQUEST);
            return;
        }
        topic(data.keyType())
                .ensure(
                        request.loop(),
                        error ->
                                request.guarded(() ->
                                        answer(
                                                request,
                                                data,
                                                error == ErrorCode.NONE
                                                        ? error
                                                        : ErrorCode.COORDINATOR_NOT_AVAILABLE)));
    }

    private InternalTopic topic(byte keyType) {
        return switch (keyType) {
            case TRANSACTION -> services.transactions().topic();
            case SHARE -> services.shares().states().topic();
            default -> services.groups().topic();
        };
    }

    private void answer(KafkaRequest request, FindCoordinatorRequestData data, ErrorCode error) {
        FindCoordinatorResponseData response = new FindCoordinatorResponseData();
        if (request.version() >= FIRST_WITH_MANY) {
            for (String key : data.coordinatorKeys()) {
                response.coordinators().add(find(request, key, data.keyType(), error));
            }
        } else {
            Coordinator found = find(request, data.key(), data.keyType(), error);
            response.setErrorCode(found.errorCode())
                    .setErrorMessage(found.errorMessage())
                    .setNodeId(found.nodeId())
                    .setHost(found.host())
                    .setPort(found.port());
        }
        request.reply(response);
    }

    /** A group's name may have colons, too. */
    private static boolean isQueue(String key) {
        String[] parts = key.split(":", -1);
        if (parts.length < 3 || !parts[parts.length - 1].matches("\\d{1,9}")) {
            return false;
        }
        try {
            Uuid.parse(parts[parts.length - 2]);
        } catch (IllegalArgumentException none) {
            return false;
        }
        return key.charAt(0) != ':';
    }

    /** Whether it is here, and may be elsewhere by now: this broker is cut off. */
    private boolean mayHaveMoved(InternalTopic topic, String key) {
        Partition here =
                services.partitions()
                        .find(new TopicPartition(topic.name(), topic.partitionOf(key)));
        return here != null && here.isInDoubt();
    }

    private Coordinator find(KafkaRequest request, String key, byte keyType, ErrorCode known) {
        Coordinator answer =
                new Coordinator().setKey(key).setNodeId(NOBODY).setHost("").setPort(NOBODY);
        if (known != ErrorCode.NONE) {
            return answer.setErrorCode(known.code())
                    .setErrorMessage(
                            known == ErrorCode.INVALID_REQUEST
                                    ? "there are no coordinators of type " + keyType
                                    : topic(keyType).name() + " could not be made");
        }
        if (keyType == SHARE && !isQueue(key)) {
            return answer.setErrorCode(ErrorCode.INVALID_REQUEST.code())
                    .setErrorMessage(key + " is no group:topicId:partition");
        }
        InternalTopic topic = topic(keyType);
        BrokerImage broker = topic.coordinatorOf(key);
        BrokerImage.@Nullable Endpoint endpoint =
                broker == null ? null : Brokers.endpoint(broker, request.listener());
        if (broker == null || endpoint == null || mayHaveMoved(topic, key)) {
            return answer.setErrorCode(ErrorCode.COORDINATOR_NOT_AVAILABLE.code())
                    .setErrorMessage("no broker leads the partition of " + topic.name());
        }
        return answer.setErrorMessage("")
                .setNodeId(broker.id())
                .setHost(endpoint.host())
                .setPort(endpoint.port());
    }
}
