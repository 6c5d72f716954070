package io.sluice.kafka.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.ProducerStates;
import io.sluice.core.partition.ProducerStates.Batch;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.replication.Peers.ProducersBelow;
import java.util.List;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.PartitionResponse;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.DescribeProducersResponseData.TopicResponse;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.Test;

/** What brokers tell each other of producers arrives over the wire as it was told. */
final class ProducerFieldsTest {

    private static final ProducersBelow QUESTION =
            new ProducersBelow(
                    new TopicPartition("orders", 3), new Uuid(5L, -6L), 7, 1_000_000_000_000L);

    private static final Remembered KNOWN =
            new Remembered(
                    9L,
                    Short.MAX_VALUE,
                    List.of(new Batch(0, 4, 10L, 14L, 100L), new Batch(5, 5, 40L, 40L, 90L)),
                    110L,
                    41L,
                    12,
                    ProducerStates.NO_TRANSACTION);

    /** Only a marker is known of it. */
    private static final Remembered MARKED =
            new Remembered(8L, (short) 0, List.of(), 5L, 2L, 0, ProducerStates.NO_TRANSACTION);

    private static ByteBufferAccessor written(Message message) {
        return MessageUtil.toByteBufferAccessor(message, (short) 0);
    }

    private static List<ProducerState> sent(List<ProducerState> states) {
        DescribeProducersResponseData data = new DescribeProducersResponseData();
        TopicResponse topic = new TopicResponse().setName("orders");
        topic.partitions().add(new PartitionResponse().setActiveProducers(states));
        data.topics().add(topic);
        DescribeProducersResponseData read =
                new DescribeProducersResponseData(written(data), (short) 0);
        return read.topics().getFirst().partitions().getFirst().activeProducers();
    }

    @Test
    void theQuestionArrives() {
        DescribeProducersRequestData read =
                new DescribeProducersRequestData(
                        written(ProducerFields.request(QUESTION)), (short) 0);
        assertThat(ProducerFields.below(read)).isEqualTo(QUESTION);
        read.unknownTaggedFields().clear();
        assertThat(ProducerFields.below(read)).as("one of Kafka's").isNull();
    }

    @Test
    void theAnswerArrives() {
        List<ProducerState> states = sent(ProducerFields.states(List.of(KNOWN, MARKED)));
        assertThat(ProducerFields.remembered(states)).containsExactly(KNOWN, MARKED);
        assertThat(states.getFirst().lastSequence()).isEqualTo(5);
    }

    @Test
    void whoTellsNoBatchesTellsNothing() {
        List<ProducerState> states = ProducerFields.states(List.of(KNOWN));
        states.getFirst().unknownTaggedFields().clear();
        assertThat(ProducerFields.remembered(sent(states))).isEmpty();
    }

    @Test
    void whatIsCutOffIsRefused() {
        List<ProducerState> states = ProducerFields.states(List.of(KNOWN));
        states.getFirst().unknownTaggedFields().getFirst().data()[Long.BYTES] = 3;
        assertThatThrownBy(() -> ProducerFields.remembered(states))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cut off");
        states.getFirst().unknownTaggedFields().getFirst().data()[Long.BYTES] = 6;
        assertThatThrownBy(() -> ProducerFields.remembered(states))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("6 batches");
    }
}
