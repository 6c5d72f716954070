package io.sluice.kafka.connection;

import io.sluice.kafka.codec.RequestHead;
import java.nio.ByteBuffer;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.AbstractRequest;

/** The answer of every API to a request that met a defect of ours: UNKNOWN_SERVER_ERROR. */
final class DefectAnswer {

    private DefectAnswer() {}

    /** Kafka-clients knows how each API tells an error; it wants its own form of the request. */
    static ApiMessage to(RequestHead head, ApiMessage request) {
        if (request instanceof ProduceRequestData produce) {
            forgetRecords(produce);
        }
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        request.addSize(size, cache, head.version());
        ByteBuffer bytes = ByteBuffer.allocate(size.totalSize());
        request.write(new ByteBufferAccessor(bytes), cache, head.version());
        bytes.flip();
        return AbstractRequest.parseRequest(
                        ApiKeys.forId(head.api().key()),
                        head.version(),
                        new ByteBufferAccessor(bytes))
                .request
                .getErrorResponse(
                        new UnknownServerException("a defect of the broker; its log tells more"))
                .data();
    }

    /** Their bytes are in a buffer that may belong to someone else by now. */
    private static void forgetRecords(ProduceRequestData produce) {
        produce.topicData()
                .forEach(topic -> topic.partitionData().forEach(part -> part.setRecords(null)));
    }
}
