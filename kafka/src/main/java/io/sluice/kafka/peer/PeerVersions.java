package io.sluice.kafka.peer;

import io.sluice.kafka.codec.Api;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.jspecify.annotations.Nullable;

/**
 * What the broker at the other end of a connection serves, as it says itself (KIP-35): while a
 * cluster is upgraded one broker at a time, each is asked in what both know. Asked once for each
 * connection: whoever is upgraded is connected to anew.
 */
final class PeerVersions {

    /** Of ApiVersions itself: every broker serves it, whatever else it knows. */
    private static final short VERSION = 0;

    private static final long TIMEOUT_MS = 10_000L;

    private final Map<Api, Range> served = new EnumMap<>(Api.class);

    private record Range(short lowest, short highest) {}

    static PeerRequest question() {
        return new PeerRequest(Api.API_VERSIONS, VERSION, new ApiVersionsRequestData(), TIMEOUT_MS);
    }

    /**
     * Reads what it says; gives the answer back.
     *
     * @throws IOException if it says nothing that can be read
     */
    static PeerVersions of(PeerAnswer answer) throws IOException {
        try {
            ApiVersionsResponseData data = answer.readInto(new ApiVersionsResponseData());
            if (data.errorCode() != 0) {
                throw new IOException(
                        "it does not say which versions it serves: error " + data.errorCode());
            }
            PeerVersions versions = new PeerVersions();
            for (ApiVersion one : data.apiKeys()) {
                Api api = Api.of(one.apiKey());
                if (api != null) {
                    versions.served.put(api, new Range(one.minVersion(), one.maxVersion()));
                }
            }
            return versions;
        } finally {
            answer.release();
        }
    }

    /**
     * The highest version that both know.
     *
     * @throws IOException if there is none
     */
    short choose(PeerRequest request) throws IOException {
        @Nullable Range its = served.get(request.api());
        if (its != null) {
            int highest = Math.min(its.highest, request.highest());
            if (highest >= Math.max(its.lowest, request.lowest())) {
                return (short) highest;
            }
        }
        throw new IOException(
                "it serves %s in %s, and is asked in versions %d to %d: upgrade the older of the two"
                        .formatted(
                                request.api(),
                                its == null
                                        ? "no version"
                                        : "versions %d to %d".formatted(its.lowest, its.highest),
                                request.lowest(),
                                request.highest()));
    }
}
