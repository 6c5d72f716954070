package io.sluice.engine.partition;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.partition.Partition.AppendResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * An idempotent producer with acks=all: at most {@link ProducerStates#WINDOW} batches beyond the
 * first unacknowledged one, each sent again until its acknowledgement has come through. Some
 * acknowledgements are lost on the way, and some batches are sent twice for nothing.
 */
final class SimulatedProducer {

    private static final long NOT_ACKNOWLEDGED = -1L;

    final long producerId;
    private final Random random;
    private final int[] sizes;
    private final int[] sequences;
    final long[] acknowledgedAt;
    private int firstOpen;
    boolean calm;

    SimulatedProducer(long producerId, int batches, Random random) {
        this.producerId = producerId;
        this.random = random;
        this.sizes = new int[batches];
        this.sequences = new int[batches];
        this.acknowledgedAt = new long[batches];
        int sequence = random.nextInt(4) == 0 ? Integer.MAX_VALUE - 5 : 0;
        for (int i = 0; i < batches; i++) {
            sizes[i] = 1 + random.nextInt(3);
            sequences[i] = sequence;
            sequence = (sequence + sizes[i]) & Integer.MAX_VALUE;
            acknowledgedAt[i] = NOT_ACKNOWLEDGED;
        }
    }

    /** What tells its batches apart in the log: their timestamp. */
    long idOf(int batch) {
        return producerId * 1_000L + batch;
    }

    boolean done() {
        return firstOpen == sizes.length;
    }

    int batches() {
        return sizes.length;
    }

    /** Sends what is open and inside the window, in order. */
    void send(@Nullable Partition to) {
        if (to == null) {
            return;
        }
        int end = Math.min(sizes.length, firstOpen + ProducerStates.WINDOW);
        for (int i = firstOpen; i < end; i++) {
            if (acknowledgedAt[i] == NOT_ACKNOWLEDGED || random.nextInt(8) == 0) {
                send(to, i);
            }
            if (!calm && random.nextInt(4) == 0) {
                return;
            }
        }
    }

    private void send(Partition to, int batch) {
        List<AppendResult> results = new ArrayList<>(1);
        Bench.on(
                to,
                () -> {
                    ByteBuffer bytes =
                            Batches.of(
                                    sizes[batch],
                                    idOf(batch),
                                    producerId,
                                    0,
                                    sequences[batch],
                                    batch);
                    BatchHeader header = BatchHeader.read(bytes, 0);
                    to.append(
                            bytes,
                            List.of(header),
                            (short) -1,
                            1 + random.nextInt(50),
                            result -> {
                                results.add(result);
                                assertThat(results).hasSize(1);
                                answered(batch, result);
                            });
                });
    }

    private void answered(int batch, AppendResult result) {
        if (!calm && random.nextInt(5) == 0) {
            return; // lost on the way
        }
        if (result.error() != ErrorCode.NONE) {
            assertThat(result.error())
                    .isIn(
                            ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, // an earlier one is not stored
                            ErrorCode.REQUEST_TIMED_OUT,
                            ErrorCode.NOT_LEADER_OR_FOLLOWER,
                            ErrorCode.KAFKA_STORAGE_ERROR);
            return;
        }
        if (acknowledgedAt[batch] != NOT_ACKNOWLEDGED) {
            assertThat(result.baseOffset()).isEqualTo(acknowledgedAt[batch]);
        }
        acknowledgedAt[batch] = result.baseOffset();
        while (firstOpen < sizes.length && acknowledgedAt[firstOpen] != NOT_ACKNOWLEDGED) {
            firstOpen++;
        }
    }
}
