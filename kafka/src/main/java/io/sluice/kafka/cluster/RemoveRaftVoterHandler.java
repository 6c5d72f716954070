package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.RemoveRaftVoterRequestData;
import org.apache.kafka.common.message.RemoveRaftVoterResponseData;

/**
 * RemoveRaftVoter, version 0 (KIP-853): a broker loses its vote in the metadata log and follows on.
 * Refused when those that are left could not decide.
 */
public final class RemoveRaftVoterHandler implements ApiHandler {

    private final KafkaServices services;

    public RemoveRaftVoterHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.REMOVE_RAFT_VOTER;
    }

    @Override
    public void handle(KafkaRequest request) {
        RemoveRaftVoterRequestData data = request.message(RemoveRaftVoterRequestData.class);
        new VoterChange(services, data.clusterId(), data.voterId())
                .run(
                        Ids.fromKafka(data.voterDirectoryId()),
                        false,
                        request,
                        (error, detail) ->
                                new RemoveRaftVoterResponseData()
                                        .setErrorCode(error.code())
                                        .setErrorMessage(error == ErrorCode.NONE ? null : detail));
    }
}
