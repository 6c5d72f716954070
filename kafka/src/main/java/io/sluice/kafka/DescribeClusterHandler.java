package io.sluice.kafka;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import org.apache.kafka.common.message.DescribeClusterRequestData;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** DescribeCluster, all versions. */
final class DescribeClusterHandler implements ApiHandler {

    private static final byte BROKERS = 1;

    private final KafkaServices services;

    DescribeClusterHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.DESCRIBE_CLUSTER;
    }

    @Override
    public void handle(KafkaRequest request) {
        DescribeClusterRequestData data = request.message(DescribeClusterRequestData.class);
        if (data.endpointType() != BROKERS) {
            request.reply(
                    new DescribeClusterResponseData()
                            .setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
                            .setErrorMessage("this is a broker's listener")
                            .setEndpointType(BROKERS));
            return;
        }
        ClusterImage image = services.metadata().image();
        DescribeClusterResponseData response =
                new DescribeClusterResponseData()
                        .setClusterId(image.clusterId().toString())
                        .setControllerId(services.brokerId())
                        .setEndpointType(BROKERS);
        for (BrokerImage broker : image.brokers().values()) {
            Brokers.endpoint(broker, request.connection().listener())
                    .ifPresent(endpoint ->
                            response.brokers()
                                    .add(
                                            new DescribeClusterResponseData.DescribeClusterBroker()
                                                    .setBrokerId(broker.id())
                                                    .setHost(endpoint.host())
                                                    .setPort(endpoint.port())
                                                    .setRack(broker.rack().orElse(null))
                                                    .setIsFenced(broker.fenced())));
        }
        request.reply(response);
    }
}
