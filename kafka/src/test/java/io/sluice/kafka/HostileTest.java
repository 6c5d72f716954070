package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.kafka.codec.BoundedReadable;
import io.sluice.kafka.codec.MalformedRequestException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Frames that ask for far more than they bring (I-29). */
final class HostileTest {

    @Test
    void elementsAreCountedAcrossArrays() {
        // Topics of nothing: three bytes each, a hundred times that in objects.
        ByteBuffer bytes = ByteBuffer.allocate(4_000_000);
        ByteBufferAccessor out = new ByteBufferAccessor(bytes);
        out.writeUnsignedVarint(900_001);
        bytes.clear();
        BoundedReadable from = new BoundedReadable(bytes);
        assertThatThrownBy(() -> new MetadataRequestData().read(from, (short) 9))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining("elements");
    }

    @Test
    void anArrayLongerThanItsBytesIsRefusedBeforeItIsMade() {
        ByteBuffer bytes = ByteBuffer.allocate(100).putInt(0, 2_000_000_000);
        assertThatThrownBy(
                        () -> new MetadataRequestData().read(new BoundedReadable(bytes), (short) 1))
                .isInstanceOf(MalformedRequestException.class);
    }

    @Test
    void answersThatNobodyTakesStopTheReadingOfRequests(@TempDir Path home) throws Exception {
        try (TestBroker broker = new TestBroker(home)) {
            for (int i = 0; i < 20; i++) {
                broker.createTopic("topic-with-many-partitions-" + i, 100, Map.of());
            }
            try (RawClient client = broker.connect()) {
                MetadataRequestData all = new MetadataRequestData().setTopics(null);
                int requests = 300; // of some 60 KB each
                int first = client.send(ApiKeys.METADATA, 9, all);
                for (int i = 1; i < requests; i++) {
                    client.send(ApiKeys.METADATA, 9, all);
                }
                for (int i = 0; i < requests; i++) {
                    MetadataResponseData answer =
                            client.receive(
                                    ApiKeys.METADATA, 9, first + i, MetadataResponseData.class);
                    assertThat(answer.topics()).hasSize(20);
                }
            }
        }
    }
}
