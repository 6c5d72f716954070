package io.sluice.kafka.codec;

import java.nio.charset.StandardCharsets;

/**
 * The header of a request, versions 1 and 2 of the format.
 *
 * @param version as the client says, also one that is not served
 * @param correlationId comes back in the answer
 * @param clientId what the client calls itself; empty if it does not
 */
public record RequestHead(Api api, short version, int correlationId, String clientId) {

    /**
     * Reads a header, and leaves the position at the request's first field.
     *
     * @throws MalformedRequestException if these bytes are no header, or the API is not served
     */
    public static RequestHead read(BoundedReadable from) {
        short key = from.readShort();
        short version = from.readShort();
        int correlationId = from.readInt();
        Api api = Api.of(key);
        if (api == null) {
            throw new MalformedRequestException(
                    "API %d (version %d) is not served".formatted(key, version));
        }
        int length = from.readShort();
        String clientId =
                length < 0 ? "" : new String(from.readArray(length), StandardCharsets.UTF_8);
        if (api.isFlexible(version)) {
            int tags = from.readUnsignedVarint();
            for (int i = 0; i < tags; i++) {
                int tag = from.readUnsignedVarint();
                from.readUnknownTaggedField(null, tag, from.readUnsignedVarint());
            }
        }
        return new RequestHead(api, version, correlationId, clientId);
    }

    /** For logs: which request of whom. */
    @Override
    public String toString() {
        return "%s v%d #%d of \"%s\"".formatted(api, version, correlationId, clientId);
    }
}
