package io.sluice.kafka;

import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/**
 * ApiVersions, versions 0 to 4 (KIP-35, KIP-511). Lists what works and nothing else. Produce is
 * listed from version 0 because older librdkafka takes a higher floor for a broker without
 * compression; the versions below 3 are refused when used (KAFKA-18659).
 */
final class ApiVersionsHandler implements ApiHandler {

    private final Map<ApiKeys, ApiHandler> handlers;

    ApiVersionsHandler(Map<ApiKeys, ApiHandler> handlers) {
        this.handlers = handlers;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.API_VERSIONS;
    }

    @Override
    public void handle(KafkaRequest request) {
        ApiVersionsRequestData data = request.message(ApiVersionsRequestData.class);
        ApiVersionsResponseData answer = answer();
        if (request.version() >= 3
                && !(isName(data.clientSoftwareName()) && isName(data.clientSoftwareVersion()))) {
            answer.setErrorCode(Errors.INVALID_REQUEST.code());
        }
        request.reply(answer);
    }

    /** Letters, digits, dots and dashes, not at an end (KIP-511). */
    private static boolean isName(String text) {
        if (text.isEmpty()) {
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

    ApiVersionsResponseData answer() {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setFinalizedFeaturesEpoch(-1);
        for (ApiHandler handler : handlers.values()) {
            short lowest = handler.api() == ApiKeys.PRODUCE ? 0 : handler.lowestVersion();
            data.apiKeys()
                    .add(
                            new ApiVersionsResponseData.ApiVersion()
                                    .setApiKey(handler.api().id)
                                    .setMinVersion(lowest)
                                    .setMaxVersion(handler.highestVersion()));
        }
        return data;
    }
}
