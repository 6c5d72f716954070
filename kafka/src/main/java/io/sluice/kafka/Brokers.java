package io.sluice.kafka;

import io.sluice.core.controller.BrokerImage;
import java.util.Optional;

/** Where brokers are reached, as the client's listener has it. */
final class Brokers {

    private Brokers() {}

    static Optional<BrokerImage.Endpoint> endpoint(BrokerImage broker, String listener) {
        return broker.endpoints().stream()
                .filter(endpoint -> endpoint.listener().equals(listener))
                .findFirst()
                .or(() -> broker.endpoints().stream().findFirst());
    }
}
