package io.sluice.kafka;

import io.sluice.transport.Connection;
import io.sluice.transport.ConnectionHandler;
import io.sluice.transport.Protocol;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;
import org.jspecify.annotations.Nullable;

/** The Kafka protocol: frames of a four-byte length and a request. */
public final class KafkaDoor implements Protocol {

    private static final int LENGTH_BYTES = 4;

    private final Map<ApiKeys, ApiHandler> handlers = new EnumMap<>(ApiKeys.class);

    public KafkaDoor(KafkaServices services) {
        TopicNames topics = new TopicNames(services);
        List<ApiHandler> all =
                List.of(
                        new ApiVersionsHandler(handlers),
                        new MetadataHandler(services, topics),
                        new ProduceHandler(services),
                        new FetchHandler(services),
                        new ListOffsetsHandler(services),
                        new OffsetForLeaderEpochHandler(services),
                        new CreateTopicsHandler(services),
                        new DeleteTopicsHandler(services),
                        new CreatePartitionsHandler(services),
                        new DescribeTopicPartitionsHandler(services),
                        new DescribeClusterHandler(services),
                        new DescribeConfigsHandler(services),
                        new IncrementalAlterConfigsHandler(services),
                        new AlterConfigsHandler(services),
                        new DeleteRecordsHandler(services),
                        new DescribeLogDirsHandler(services),
                        new AlterReplicaLogDirsHandler(services),
                        new DescribeProducersHandler(services),
                        new InitProducerIdHandler(services));
        all.forEach(handler -> handlers.put(handler.api(), handler));
    }

    /** The handler of an API, or null if it is not served. */
    @Nullable ApiHandler handler(ApiKeys api) {
        return handlers.get(api);
    }

    @Override
    public int prefixSize() {
        return LENGTH_BYTES;
    }

    @Override
    public int frameSize(ByteBuffer bytes) throws MalformedFrameException {
        int length = bytes.getInt(bytes.position());
        if (length <= 0 || length > Integer.MAX_VALUE - LENGTH_BYTES) {
            throw new MalformedFrameException("a request of " + length + " bytes");
        }
        return length + LENGTH_BYTES;
    }

    @Override
    public ConnectionHandler connected(Connection connection) {
        return new KafkaConnection(this, connection);
    }
}
