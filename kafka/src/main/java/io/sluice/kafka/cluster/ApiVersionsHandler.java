package io.sluice.kafka.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.TransactionServices;
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
    private static final short FIRST_WITH_LEVEL_0 = 4;
    private static final String TRANSACTION_VERSION = "transaction.version";

    /** A longer name or version of a client's software is not one. */
    private static final int MAX_NAME = 200;

    private final KafkaServices services;
    private final ApiVersionsResponseData served;
    private final ApiVersionsResponseData servedToOld;

    public ApiVersionsHandler(KafkaServices services) {
        this.services = services;
        this.served = withFeatures(0);
        this.servedToOld = withFeatures(1);
    }

    /**
     * What works, with the transaction version in force: by it a producer knows that every
     * transaction has an epoch of its own (KIP-584, KIP-890).
     *
     * @param lowest clients before version 4 cannot read a feature that begins at 0 (KIP-1022)
     */
    private ApiVersionsResponseData withFeatures(int lowest) {
        ApiVersionsResponseData data = answer(ErrorCode.NONE);
        data.setFinalizedFeaturesEpoch(0L);
        data.supportedFeatures()
                .add(
                        new ApiVersionsResponseData.SupportedFeatureKey()
                                .setName(TRANSACTION_VERSION)
                                .setMinVersion((short) lowest)
                                .setMaxVersion(TransactionServices.VERSION));
        data.finalizedFeatures()
                .add(
                        new ApiVersionsResponseData.FinalizedFeatureKey()
                                .setName(TRANSACTION_VERSION)
                                .setMinVersionLevel(TransactionServices.VERSION)
                                .setMaxVersionLevel(TransactionServices.VERSION));
        return data;
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
        if (isMistaken(data)) {
            request.reply(failed(ErrorCode.REBOOTSTRAP_REQUIRED));
        } else {
            request.reply(request.version() < FIRST_WITH_LEVEL_0 ? servedToOld : served);
        }
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

    private ApiVersionsResponseData answer(ErrorCode error) {
        ApiVersionsResponseData data = new ApiVersionsResponseData().setErrorCode(error.code());
        for (Api api : Api.values()) {
            data.apiKeys()
                    .add(
                            new ApiVersionsResponseData.ApiVersion()
                                    .setApiKey(api.key())
                                    .setMinVersion(api == Api.PRODUCE ? 0 : api.lowest())
                                    .setMaxVersion(highest(api)));
        }
        return data;
    }

    /** The last version of InitProducerId is not final: who allows what it brings gets it. */
    private short highest(Api api) {
        boolean hidden =
                api == Api.INIT_PRODUCER_ID && !services.transactions().settings().twoPhase();
        return (short) (hidden ? api.highest() - 1 : api.highest());
    }
}
