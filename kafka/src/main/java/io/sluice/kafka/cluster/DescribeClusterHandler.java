package io.sluice.kafka.cluster;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.AllowedOperations;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;

/** DescribeCluster, versions 0 to 2 (KIP-700, KIP-919, KIP-1073). */
public final class DescribeClusterHandler implements ApiHandler {

    private static final byte BROKERS = 1;

    private final KafkaServices services;

    public DescribeClusterHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.DESCRIBE_CLUSTER;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeClusterRequestData data = request.message(DescribeClusterRequestData.class);
        if (data.endpointType() != BROKERS) {
            request.reply(
                    new DescribeClusterResponseData()
                            .setErrorCode(ErrorCode.MISMATCHED_ENDPOINT_TYPE.code())
                            .setErrorMessage(
                                    "this is a broker's listener: ask with endpoint type 1"));
            return;
        }
        ClusterImage image = services.metadata().image();
        DescribeClusterResponseData response =
                new DescribeClusterResponseData()
                        .setClusterId(image.clusterId().toString())
                        .setControllerId(Brokers.controller(image, services.brokerId()))
                        .setEndpointType(BROKERS);
        if (data.includeClusterAuthorizedOperations()) {
            response.setClusterAuthorizedOperations(AllowedOperations.CLUSTER);
        }
        for (BrokerImage broker : image.brokers().values()) {
            BrokerImage.Endpoint endpoint = Brokers.endpoint(broker, request.listener());
            if (endpoint != null && (data.includeFencedBrokers() || !broker.fenced())) {
                response.brokers()
                        .add(
                                new DescribeClusterResponseData.DescribeClusterBroker()
                                        .setBrokerId(broker.id())
                                        .setHost(endpoint.host())
                                        .setPort(endpoint.port())
                                        .setRack(broker.rack().orElse(null))
                                        .setIsFenced(broker.fenced()));
            }
        }
        request.reply(response);
    }
}
