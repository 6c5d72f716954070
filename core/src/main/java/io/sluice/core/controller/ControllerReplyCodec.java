package io.sluice.core.controller;

import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.controller.ControllerReply.Standing;
import io.sluice.core.model.ErrorCode;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;

/** Replies as bytes, on their way back from the acting controller to the broker that asked. */
public final class ControllerReplyCodec {

    private static final byte FORMAT = 1;
    private static final Standing[] STANDINGS = Standing.values();
    private static final SortedMap<Short, ErrorCode> ERRORS = errors();

    private ControllerReplyCodec() {}

    private static SortedMap<Short, ErrorCode> errors() {
        SortedMap<Short, ErrorCode> errors = new TreeMap<>();
        for (ErrorCode error : ErrorCode.values()) {
            errors.put(error.code(), error);
        }
        return errors;
    }

    public static ByteBuffer encode(ControllerReply reply) {
        ByteWriter out = new ByteWriter();
        out.int8(FORMAT);
        out.list(reply.outcomes(), outcome -> write(outcome, out));
        out.int64(reply.producerIds());
        out.int64(reply.brokerEpoch());
        out.int8((byte) reply.standing().ordinal());
        return out.toBuffer();
    }

    /**
     * The reply; the buffer is read to its end.
     *
     * @throws IllegalArgumentException if it is of a format that this version does not know, or is
     *     no reply at all
     */
    public static ControllerReply decode(ByteBuffer bytes) {
        return ByteReader.whole(
                bytes,
                FORMAT,
                "a controller's reply",
                in ->
                        new ControllerReply(
                                in.list(() -> outcome(in)),
                                in.int64(),
                                in.int64(),
                                in.one(STANDINGS)));
    }

    private static void write(Outcome outcome, ByteWriter out) {
        out.int32(outcome.error().code());
        out.text(outcome.detail());
        out.optional(outcome.topic(), topic -> ImageCodec.write(topic, out));
        out.optional(outcome.partition(), partition -> ImageCodec.write(partition, out));
    }

    /** An error that only a newer controller knows is one that the asker cannot name. */
    private static Outcome outcome(ByteReader in) {
        return new Outcome(
                ERRORS.getOrDefault((short) in.int32(), ErrorCode.UNKNOWN_SERVER_ERROR),
                in.text(),
                in.optional(() -> ImageCodec.topic(in)),
                in.optional(() -> ImageCodec.partition(in)));
    }
}
