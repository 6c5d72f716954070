package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.TopicImage;
import io.sluice.engine.fake.Batches;
import io.sluice.kafka.codec.Ids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection, or a broker, that is to end still answers what was asked before. */
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

    @Test
    void aStopAnswersTheFetchesThatWaitAndLosesNothing() throws Exception {
        List<Integer> inFlight = new ArrayList<>();
        long answered = 0;
        try (RawClient reader = broker.connect();
                RawClient other = broker.connect();
                RawClient writer = broker.connect()) {
            int much =
                    reader.send(
                            ApiKeys.FETCH, 17, requests.fetch(17, 0, LONG_MS).setMinBytes(1 << 20));
            assertStored(
                    writer, writer.send(ApiKeys.PRODUCE, 13, requests.produce(13, -1, batch())), 0);
            FetchRequestData fromTheEnd = requests.fetch(17, 0, LONG_MS);
            fromTheEnd.topics().getFirst().partitions().getFirst().setFetchOffset(1);
            int news = other.send(ApiKeys.FETCH, 17, fromTheEnd);
            assertThat(reader.isSilent(200)).isTrue();
            assertThat(other.isSilent(200)).isTrue();
            for (int i = 0; i < 50; i++) {
                inFlight.add(writer.send(ApiKeys.PRODUCE, 13, requests.produce(13, -1, batch())));
            }
            broker.close();
            assertThat(bytes(reader.receive(ApiKeys.FETCH, 17, much, FetchResponseData.class)))
                    .as("what was there")
                    .isPositive();
            other.receive(ApiKeys.FETCH, 17, news, FetchResponseData.class);
            assertThat(reader.isEnded()).isTrue();
            assertThat(other.isEnded()).isTrue();
            answered = 1 + answers(writer, inFlight);
        }
        broker = new TestBroker(home);
        try (RawClient reader = broker.connect()) {
            FetchResponseData all =
                    reader.call(
                            ApiKeys.FETCH, 17, requests.fetch(17, 0, 0), FetchResponseData.class);
            long end = all.responses().getFirst().partitions().getFirst().highWatermark();
            assertThat(end).isBetween(answered, 51L);
            assertThat(bytes(all)).isEqualTo((int) end * batch().remaining());
        }
    }

    private static int bytes(FetchResponseData answer) {
        assertThat(answer.errorCode()).isZero();
        return answer.responses().getFirst().partitions().getFirst().records().sizeInBytes();
    }

    /** How many of the batches were stored by the word of the broker, before it went. */
    private static int answers(RawClient writer, List<Integer> correlations) {
        int answered = 0;
        try {
            for (int correlation : correlations) {
                assertStored(writer, correlation, 1 + answered);
                answered++;
            }
        } catch (IOException gone) {
            // Nothing was promised of the others.
        }
        return answered;
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
