package io.sluice.kafka.cluster;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;

/**
 * What AddRaftVoter and RemoveRaftVoter share: the broker is the one that is meant, then its vote
 * changes.
 *
 * @param clusterId the one that is meant, null if it is not said
 */
record VoterChange(KafkaServices services, @Nullable String clusterId, int voterId) {

    /** The directory of a voter, as DescribeQuorum tells it: the first of its log directories. */
    static Uuid directoryOf(ClusterImage image, int brokerId) {
        BrokerImage broker = image.brokers().get(brokerId);
        return broker == null || broker.logDirectories().isEmpty()
                ? Uuid.ZERO
                : broker.logDirectories().getFirst();
    }

    /**
     * @param directory one of the broker's, {@link Uuid#ZERO} if it is not said
     * @param answer what is told
     */
    void run(
            Uuid directory,
            boolean votes,
            KafkaRequest request,
            BiFunction<ErrorCode, String, ApiMessage> answer) {
        ClusterImage image = services.metadata().image();
        if (clusterId != null && !clusterId.equals(image.clusterId().toString())) {
            request.reply(
                    answer.apply(
                            ErrorCode.INCONSISTENT_CLUSTER_ID,
                            "this is cluster %s".formatted(image.clusterId())));
            return;
        }
        Optional<String> stranger = stranger(image, directory);
        if (stranger.isPresent()) {
            request.reply(
                    answer.apply(
                            votes ? ErrorCode.INVALID_REQUEST : ErrorCode.VOTER_NOT_FOUND,
                            stranger.get()));
            return;
        }
        services.metadata()
                .changeVoter(
                        voterId,
                        votes,
                        request.loop(),
                        outcome ->
                                request.guarded(() ->
                                        request.reply(
                                                answer.apply(outcome.error(), outcome.detail()))));
    }

    /** Why the directory is none of the broker's; of one that is not registered, none is known. */
    private Optional<String> stranger(ClusterImage image, Uuid directory) {
        BrokerImage broker = image.brokers().get(voterId);
        return broker == null
                        || directory.equals(Uuid.ZERO)
                        || broker.logDirectories().contains(directory)
                ? Optional.empty()
                : Optional.of(
                        "broker %d has the directories %s, not %s"
                                .formatted(voterId, broker.logDirectories(), directory));
    }
}
