package io.sluice.kafka.settings;

import io.sluice.core.model.ErrorCode;
import io.sluice.engine.metadata.Metadata;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.List;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;

/**
 * How the balance of the cluster stands, as a resource of settings: of type 0, which Kafka has for
 * none, by the name {@code sluice.balance}, with one read-only value {@code report}. So that any
 * administration client can read it, by the same connection and with the same rights as settings
 * (docs/adr/balance.md).
 */
final class BalanceReading {

    /** ConfigResource.Type.UNKNOWN of kafka-clients. */
    static final byte TYPE = 0;

    private static final String NAME = "sluice.balance";
    private static final String REPORT = "report";
    private static final byte DYNAMIC_DEFAULT = 3;
    private static final byte STRING = 2;

    private final Metadata metadata;

    BalanceReading(Metadata metadata) {
        this.metadata = metadata;
    }

    /** Whether that is it. */
    static boolean asks(DescribeConfigsResource resource) {
        return resource.resourceType() == TYPE && resource.resourceName().equals(NAME);
    }

    /** Fills the result in, and answers. */
    void read(
            KafkaRequest request,
            DescribeConfigsResult result,
            DescribeConfigsResponseData response) {
        metadata.balance(
                request.loop(),
                report ->
                        request.guarded(() -> {
                            fill(result, report);
                            request.reply(response);
                        }));
    }

    private static void fill(DescribeConfigsResult result, String report) {
        if (report.isEmpty()) {
            result.setErrorCode(ErrorCode.LEADER_NOT_AVAILABLE.code())
                    .setErrorMessage(
                            "no broker of a cluster is known to decide about its balance: try"
                                    + " again");
            return;
        }
        result.setConfigs(
                List.of(
                        new DescribeConfigsResourceResult()
                                .setName(REPORT)
                                .setValue(report)
                                .setReadOnly(true)
                                .setConfigSource(DYNAMIC_DEFAULT)
                                .setConfigType(STRING)));
    }
}
