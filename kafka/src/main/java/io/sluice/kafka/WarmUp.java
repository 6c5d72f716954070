package io.sluice.kafka;

import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.BoundedReadable;
import io.sluice.kafka.codec.RequestHead;
import io.sluice.kafka.codec.ResponseFrame;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.InitProducerIdResponseData;
import org.apache.kafka.common.message.ListOffsetsResponseData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** Writes and reads messages that nobody sees, for the sake of their classes. */
final class WarmUp {

    private WarmUp() {}

    static void run() {
        for (Api api : Api.values()) {
            ApiMessage request = api.newRequest();
            ObjectSerializationCache cache = new ObjectSerializationCache();
            MessageSizeAccumulator size = new MessageSizeAccumulator();
            request.addSize(size, cache, api.highest());
            ByteBuffer bytes = ByteBuffer.allocate(size.totalSize());
            request.write(new ByteBufferAccessor(bytes), cache, api.highest());
            api.newRequest().read(new BoundedReadable(bytes.flip()), api.highest());
        }
        answer(Api.API_VERSIONS, new ApiVersionsResponseData());
        answer(Api.METADATA, new MetadataResponseData());
        answer(Api.INIT_PRODUCER_ID, new InitProducerIdResponseData());
        answer(Api.PRODUCE, new ProduceResponseData());
        answer(Api.FETCH, new FetchResponseData());
        answer(Api.LIST_OFFSETS, new ListOffsetsResponseData());
        answer(Api.CREATE_TOPICS, new CreateTopicsResponseData());
        answer(Api.DESCRIBE_CONFIGS, new DescribeConfigsResponseData());
    }

    private static void answer(Api api, ApiMessage answer) {
        ResponseFrame.of(new RequestHead(api, api.highest(), 0, ""), answer).release();
    }
}
