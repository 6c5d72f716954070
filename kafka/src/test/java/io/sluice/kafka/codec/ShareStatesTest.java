package io.sluice.kafka.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.share.DeadReason;
import io.sluice.core.share.StateBatch;
import io.sluice.core.share.StateBatch.Dead;
import io.sluice.core.share.StateBatch.Pending;
import io.sluice.core.share.StateBatch.Settled;
import io.sluice.core.share.Times;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateRequestData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageSizeAccumulator;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.junit.jupiter.api.Test;

/** States of records over the wire and back. */
final class ShareStatesTest {

    private static final List<StateBatch> ALL =
            List.of(
                    new StateBatch(0, 4, new Pending(2, 0)),
                    new StateBatch(5, 5, new Pending(1, 1_795_283_056_636L)),
                    new StateBatch(6, 8, Settled.SETTLED),
                    new StateBatch(9, 9, new Dead(DeadReason.REJECTED, 1)),
                    new StateBatch(10, 19, new Pending(3, 0, new Times(1_795_283_056_636L, 0L))),
                    new StateBatch(
                            20,
                            29,
                            new Dead(
                                    DeadReason.DELIVERY_LIMIT,
                                    2,
                                    new Times(1_795_283_056_636L, 1_795_283_056_637L))),
                    new StateBatch(30, Long.MAX_VALUE - 1, new Dead(DeadReason.EXPIRED, 40)));

    private static BoundedReadable bytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        MessageSizeAccumulator size = new MessageSizeAccumulator();
        message.addSize(size, cache, version);
        ByteBuffer bytes = ByteBuffer.allocate(size.totalSize());
        message.write(new ByteBufferAccessor(bytes), cache, version);
        return new BoundedReadable(bytes.flip());
    }

    @Test
    void whatALeaderWritesIsWhatItsCoordinatorReads() {
        WriteShareGroupStateRequestData request =
                new WriteShareGroupStateRequestData()
                        .setTopics(
                                List.of(
                                        new WriteShareGroupStateRequestData.WriteStateData()
                                                .setPartitions(
                                                        List.of(
                                                                new WriteShareGroupStateRequestData
                                                                                .PartitionData()
                                                                        .setStateBatches(
                                                                                ShareStates.written(
                                                                                        ALL))))));
        WriteShareGroupStateRequestData read = new WriteShareGroupStateRequestData();
        read.read(bytes(request, (short) 1), (short) 1);
        assertThat(
                        ShareStates.fromWritten(
                                read.topics().getFirst().partitions().getFirst().stateBatches()))
                .isEqualTo(ALL);
    }

    @Test
    void aWriteHasItsNumber() {
        WriteShareGroupStateRequestData.PartitionData one =
                ShareStates.numbered(
                        1_795_283_056_636_000L,
                        new WriteShareGroupStateRequestData.PartitionData());
        WriteShareGroupStateRequestData.PartitionData read =
                new WriteShareGroupStateRequestData.PartitionData();
        read.read(bytes(one, (short) 1), (short) 1);
        assertThat(ShareStates.number(read)).isEqualTo(1_795_283_056_636_000L);
        assertThat(ShareStates.number(new WriteShareGroupStateRequestData.PartitionData()))
                .isZero();
    }

    @Test
    void whatACoordinatorTellsIsWhatTheLeaderReads() {
        ReadShareGroupStateResponseData answer =
                new ReadShareGroupStateResponseData()
                        .setResults(
                                List.of(
                                        new ReadShareGroupStateResponseData.ReadStateResult()
                                                .setPartitions(
                                                        List.of(
                                                                new ReadShareGroupStateResponseData
                                                                                .PartitionResult()
                                                                        .setStateBatches(
                                                                                ShareStates.read(
                                                                                        ALL))))));
        ReadShareGroupStateResponseData read = new ReadShareGroupStateResponseData();
        read.read(bytes(answer, (short) 0), (short) 0);
        assertThat(
                        ShareStates.fromRead(
                                read.results().getFirst().partitions().getFirst().stateBatches()))
                .isEqualTo(ALL);
    }

    @Test
    void whatIsNoStateIsRefused() {
        WriteShareGroupStateRequestData.StateBatch strange =
                new WriteShareGroupStateRequestData.StateBatch();
        for (WriteShareGroupStateRequestData.StateBatch one :
                List.of(
                        strange.duplicate().setDeliveryState((byte) 9),
                        strange.duplicate().setDeliveryState((byte) 1),
                        strange.duplicate().setFirstOffset(-1),
                        strange.duplicate().setFirstOffset(3).setLastOffset(2),
                        strange.duplicate().setDeliveryCount((short) -1))) {
            assertThatThrownBy(() -> ShareStates.fromWritten(List.of(one)))
                    .isInstanceOf(MalformedRequestException.class);
        }
    }
}
