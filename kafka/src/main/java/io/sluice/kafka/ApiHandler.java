package io.sluice.kafka;

import org.apache.kafka.common.protocol.ApiKeys;

/** Serves one API. Called on the connection's loop; the reply may come later, on any loop. */
interface ApiHandler {

    ApiKeys api();

    /** The lowest version served; Kafka's own unless the handler says otherwise. */
    default short lowestVersion() {
        return api().messageType.lowestSupportedVersion();
    }

    /** The highest version served. */
    default short highestVersion() {
        return api().messageType.highestSupportedVersion(false);
    }

    void handle(KafkaRequest request);
}
