package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.connection.ApiHandler;
import io.sluice.kafka.connection.KafkaRequest;
import io.sluice.kafka.connection.VersionRefusal;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

/**
 * ApiVersions, versions 0 to 5 (KIP-35, KIP-511, KIP-1242). Lists what works and nothing else.
 * Produce is listed from version 0 because older librdkafka takes a higher floor for a broker
 * without compression; the versions below 3 are refused when used (KAFKA-18659).
 */
public final class ApiVersionsHandler implements ApiHandler, VersionRefusal {

    private static final short FIRST_WITH_SOFTWARE = 3;

    /** A longer name or version of a client's software is not one. */
    private static final int MAX_NAME = 200;

    private final KafkaServices services;
    private final ApiVersionsResponseData served = answer(ErrorCode.NONE);

    public ApiVersionsHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public Api api() {
        return Api.API_VERSIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ApiVersionsRequestData data = request.message(ApiVersionsRequestData.class);
        if (request.version() >= FIRST_WITH_SOFTWARE) {
            if (!isName(data.clientSoftwareName()) || !isName(data.clientSoftwareVersion())) {
                request.reply(failed(ErrorCode.INVALID_REQUEST));
                return;
            }
            request.clientSoftware(data.clientSoftwareName(), data.clientSoftwareVersion());
        }
        request.reply(isMistaken(data) ? failed(ErrorCode.REBOOTSTRAP_REQUIRED) : served);
    }

    /** A client that means another cluster or broker must look for it anew (KIP-1242). */
    private boolean isMistaken(ApiVersionsRequestData data) {
        return data.clusterId() != null
                && data.nodeId() >= 0
                && (data.nodeId() != services.brokerId()
                        || !data.clusterId()
                                .equals(services.metadata().image().clusterId().toString()));
    }

    /** Letters, digits, dots and dashes, not at an end (KIP-511). */
    private static boolean isName(String text) {
        if (text.isEmpty() || text.length() > MAX_NAME) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            boolean inner = i > 0 && i < text.length() - 1;
            if (!alphanumeric && !(inner && (c == '.' || c == '-'))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public ApiMessage unsupportedVersion() {
        return answer(ErrorCode.UNSUPPORTED_VERSION);
    }

    private static ApiVersionsResponseData failed(ErrorCode error) {
        return new ApiVersionsResponseData().setErrorCode(error.code());
    }

    private static ApiVersionsResponseData answer(ErrorCode error) {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setErrorCode(error.code());
        for (Api api : Api.values()) {
            data.apiKeys()
                    .add(
                            new ApiVersionsResponseData.ApiVersion()
                                    .setApiKey(api.key())
                                    .setMinVersion(api == Api.PRODUCE ? 0 : api.lowest())
                                    .setMaxVersion(api.highest()));
        }
        return data;
    }
}
