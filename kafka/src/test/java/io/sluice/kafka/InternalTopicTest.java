package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.kafka.codec.Api;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.DeleteTopicsRequestData;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The topic of the groups: made when a group is looked for, and the broker's own. */
final class InternalTopicTest {

    private static final String TOPIC = "__consumer_offsets";

    @Test
    void isMadeOnFirstUseAndNeitherWrittenNorDeletedByClients(@TempDir Path home) throws Exception {
        try (TestBroker broker = new TestBroker(home);
                RawClient client = broker.connect()) {
            assertThat(metadata(client).errorCode())
                    .as("not made by naming it")
                    .isEqualTo(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());

            FindCoordinatorResponseData found =
                    client.call(
                            ApiKeys.FIND_COORDINATOR,
                            Api.FIND_COORDINATOR.highest(),
                            new FindCoordinatorRequestData().setCoordinatorKeys(List.of("a", "b")),
                            FindCoordinatorResponseData.class);
            assertThat(found.coordinators())
                    .hasSize(2)
                    .allMatch(one -> one.nodeId() == TestBroker.ID && one.errorCode() == 0);

            MetadataResponseData.MetadataResponseTopic made = metadata(client);
            assertThat(made.isInternal()).isTrue();
            assertThat(made.partitions()).hasSize(4);

            ProduceResponseData produced =
                    client.call(
                            ApiKeys.PRODUCE,
                            12,
                            new Requests(TOPIC, Uuid.ZERO_UUID, "").produce(12),
                            ProduceResponseData.class);
            assertThat(
                            produced.responses()
                                    .iterator()
                                    .next()
                                    .partitionResponses()
                                    .getFirst()
                                    .errorCode())
                    .isEqualTo(Errors.INVALID_TOPIC_EXCEPTION.code());

            assertRefused(client, new DeleteTopicsRequestData.DeleteTopicState().setName(TOPIC));
            assertRefused(
                    client,
                    new DeleteTopicsRequestData.DeleteTopicState()
                            .setName(null)
                            .setTopicId(made.topicId()));
        }
    }

    private static void assertRefused(
            RawClient client, DeleteTopicsRequestData.DeleteTopicState topic) throws Exception {
        DeleteTopicsResponseData deleted =
                client.call(
                        ApiKeys.DELETE_TOPICS,
                        6,
                        new DeleteTopicsRequestData().setTopics(List.of(topic)),
                        DeleteTopicsResponseData.class);
        assertThat(deleted.responses().iterator().next().errorCode())
                .isEqualTo(Errors.INVALID_REQUEST.code());
    }

    private static MetadataResponseData.MetadataResponseTopic metadata(RawClient client)
            throws Exception {
        MetadataRequestData request =
                new MetadataRequestData()
                        .setAllowAutoTopicCreation(true)
                        .setTopics(
                                List.of(
                                        new MetadataRequestData.MetadataRequestTopic()
                                                .setName(TOPIC)));
        return client.call(ApiKeys.METADATA, 9, request, MetadataResponseData.class)
                .topics()
                .iterator()
                .next();
    }
}
