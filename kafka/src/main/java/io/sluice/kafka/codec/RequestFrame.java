package io.sluice.kafka.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/** A request as this broker sends it to another, and the way back to its answer. */
public final class RequestFrame {

    private static final int LENGTH_BYTES = 4;
    private static final int FIXED_HEADER_BYTES = 2 + 2 + 4 + 2;

    private RequestFrame() {}

    /** The frame, length included, position to limit. */
    public static ByteBuffer of(RequestHead head, ApiMessage request) {
        byte[] clientId = head.clientId().getBytes(StandardCharsets.UTF_8);
        boolean flexible = head.api().isFlexible(head.version());
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        size.addBytes(FIXED_HEADER_BYTES + clientId.length + (flexible ? 1 : 0));
        request.addSize(size, cache, head.version());
        ByteBuffer frame = ByteBuffer.allocate(LENGTH_BYTES + size.totalSize());
        ByteBufferAccessor out = new ByteBufferAccessor(frame);
        out.writeInt(size.totalSize());
        out.writeShort(head.api().key());
        out.writeShort(head.version());
        out.writeInt(head.correlationId());
        out.writeShort((short) clientId.length);
        out.writeByteArray(clientId);
        if (flexible) {
            out.writeUnsignedVarint(0); // no tagged fields
        }
        request.write(out, cache, head.version());
        return frame.flip();
    }

    /**
     * Reads the header of the answer, and leaves the position at its first field.
     *
     * @param frame from the length on
     * @throws MalformedRequestException if it answers another request: the stream is out of step
     */
    public static BoundedReadable answerTo(RequestHead head, ByteBuffer frame) {
        BoundedReadable in = new BoundedReadable(frame);
        in.readInt();
        int correlationId = in.readInt();
        if (correlationId != head.correlationId()) {
            throw new MalformedRequestException(
                    "an answer to #%d where one to %s was due".formatted(correlationId, head));
        }
        if (head.api().hasFlexibleAnswerHeader(head.version())) {
            int tags = in.readUnsignedVarint();
            for (int i = 0; i < tags; i++) {
                int tag = in.readUnsignedVarint();
                in.readUnknownTaggedField(null, tag, in.readUnsignedVarint());
            }
        }
        return in;
    }
}
