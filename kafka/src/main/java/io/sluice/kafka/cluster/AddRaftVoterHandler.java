package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.AddRaftVoterRequestData;
import org.apache.kafka.common.message.AddRaftVoterResponseData;

/**
 * AddRaftVoter, versions 0 and 1 (KIP-853): a broker that follows the metadata log gets a vote. It
 * is known by its id; where it is reached it has said itself when it joined, so the listeners that
 * are named here are not looked at. Answered when it votes, whatever {@code AckWhenCommitted} says.
 */
public final class AddRaftVoterHandler implements ApiHandler {

    private final KafkaServices services;

    public AddRaftVoterHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.ADD_RAFT_VOTER;
    }

    @Override
    public void handle(KafkaRequest request) {
        AddRaftVoterRequestData data = request.message(AddRaftVoterRequestData.class);
        new VoterChange(services, data.clusterId(), data.voterId())
                .run(
                        Ids.fromKafka(data.voterDirectoryId()),
                        true,
                        request,
                        (error, detail) ->
                                new AddRaftVoterResponseData()
                                        .setErrorCode(error.code())
                                        .setErrorMessage(error == ErrorCode.NONE ? null : detail));
    }
}
