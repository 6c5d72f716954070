package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.kafka.codec.Ids;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queues of topics that are not there are forgotten after a while, and no others. */
final class AbsentTopicsTest {

    private static final long LOOK_MS = 600_000;
    private static final Uuid ABSENT = new Uuid(7, 7);

    @Test
    void areForgotten(@TempDir Path home) throws Exception {
        try (TestBroker broker = new TestBroker(home)) {
            broker.createTopic("there", 1, Map.of());
            Uuid there = Ids.toKafka(requireNonNull(broker.image().topics().get("there")).id());
            try (RawClient client = broker.connect()) {
                client.call(
                        ApiKeys.FIND_COORDINATOR,
                        6,
                        new FindCoordinatorRequestData()
                                .setKeyType((byte) 2)
                                .setCoordinatorKeys(List.of("states:" + there + ":0")),
                        FindCoordinatorResponseData.class);
                begin(client, there);
                begin(client, ABSENT);
            }
            assertThat(summary(broker).results()).hasSize(2);
            broker.skip(LOOK_MS);
            long end = System.nanoTime() + 1_000_000_000L;
            while (System.nanoTime() < end) {
                assertThat(summary(broker).results()).hasSize(2);
            }
            while (summary(broker).results().size() > 1) {
                broker.skip(LOOK_MS);
            }
            assertThat(summary(broker).results().getFirst().topicId()).isEqualTo(there);
        }
    }

    private static void begin(RawClient client, Uuid topicId) throws Exception {
        ApiMessage request =
                ShareRequests.of(ApiKeys.INITIALIZE_SHARE_GROUP_STATE, "there", topicId);
        short error;
        do {
            error =
                    client.call(
                                    ApiKeys.INITIALIZE_SHARE_GROUP_STATE,
                                    0,
                                    request,
                                    InitializeShareGroupStateResponseData.class)
                            .results()
                            .getFirst()
                            .partitions()
                            .getFirst()
                            .errorCode();
        } while (error != 0);
    }

    private static ReadShareGroupStateSummaryResponseData summary(TestBroker broker)
            throws Exception {
        try (RawClient client = broker.connect()) {
            return client.call(
                    ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY,
                    1,
                    ShareRequests.of(ApiKeys.READ_SHARE_GROUP_STATE_SUMMARY, "there", ABSENT),
                    ReadShareGroupStateSummaryResponseData.class);
        }
    }
}
