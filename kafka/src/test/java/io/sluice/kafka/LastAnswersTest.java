package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import io.sluice.engine.fake.Batches;
import io.sluice.kafka.codec.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection that is to end still answers what was asked before. */
final class LastAnswersTest {

    private static final int LONG_MS = 60_000;

    @TempDir Path home;
    private TestBroker broker;
    private Requests requests;

    @BeforeEach
    void start() throws Exception {
        broker = new TestBroker(home);
        broker.createTopic("t", 1, Map.of());
        TopicImage topic = requireNonNull(broker.image().topics().get("t"));
        requests = new Requests("t", Ids.toKafka(topic.id()), "/");
    }

    @AfterEach
    void stop() throws Exception {
        broker.close();
    }

    @Test
    void aProducerThatEndsItsSideIsAnswered() throws IOException {
        try (RawClient client = broker.connect()) {
            int first = client.send(ApiKeys.PRODUCE, 13, requests.produce(13, -1, batch()));
            int second = client.send(ApiKeys.PRODUCE, 13, requests.produce(13, -1, batch()));
            client.endOutput();
            assertStored(client, first, 0);
            assertStored(client, second, 1);
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void aFetchOfOneWhoEndsItsSideWaitsNoMore() throws IOException {
        try (RawClient client = broker.connect()) {
            int fetch = client.send(ApiKeys.FETCH, 17, requests.fetch(17, 0, LONG_MS));
            client.endOutput();
            client.receive(ApiKeys.FETCH, 17, fetch, FetchResponseData.class);
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void whatCameBeforeNonsenseIsAnswered() throws IOException {
        byte[] nonsense = ByteBuffer.allocate(12).putInt(8).putShort((short) 999).array();
        byte[] noFrame = ByteBuffer.allocate(4).putInt(-5).array();
        for (byte[] end : new byte[][] {nonsense, noFrame}) {
            try (RawClient client = broker.connect()) {
                MetadataRequestData all = new MetadataRequestData().setTopics(null);
                int metadata = client.send(ApiKeys.METADATA, 9, all);
                int produce = client.send(ApiKeys.PRODUCE, 13, requests.produce(13, -1, batch()));
                client.sendBytes(end);
                client.receive(ApiKeys.METADATA, 9, metadata, MetadataResponseData.class);
                client.receive(ApiKeys.PRODUCE, 13, produce, ProduceResponseData.class);
                assertThat(client.isEnded()).isTrue();
            }
        }
    }

    private static ByteBuffer batch() {
        return Batches.plain(1, 1_000L);
    }

    private static void assertStored(RawClient client, int correlation, long offset)
            throws IOException {
        ProduceResponseData answer =
                client.receive(ApiKeys.PRODUCE, 13, correlation, ProduceResponseData.class);
        assertThat(
                        answer.responses()
                                .iterator()
                                .next()
                                .partitionResponses()
                                .getFirst()
                                .baseOffset())
                .isEqualTo(offset);
    }
}
