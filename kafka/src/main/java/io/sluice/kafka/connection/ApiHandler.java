package io.sluice.kafka.connection;

import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.BoundedReadable;
import org.apache.kafka.common.protocol.ApiMessage;

/** Serves one API. Called on the connection's loop; the reply may come later, from any loop. */
public interface ApiHandler {

    Api api();

    /**
     * Reads the fields of a request. By kafka-clients' message classes, unless a handler does it by
     * hand because profiling says so.
     *
     * @throws RuntimeException if the bytes are no such request; it costs the connection
     */
    default ApiMessage read(BoundedReadable from, short version) {
        ApiMessage message = api().newRequest();
        message.read(from, version);
        return message;
    }

    void handle(KafkaRequest request);
}
