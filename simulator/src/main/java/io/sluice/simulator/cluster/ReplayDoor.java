package io.sluice.simulator.cluster;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.view.Piece;
import io.sluice.engine.view.View;
import io.sluice.engine.view.ViewName.BadNameException;
import io.sluice.simulator.check.ReplayBook;
import io.sluice.simulator.check.ReplayBook.Order;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks a broker who wants records delivered again. It travels as a view, which the
 * partition's leader reads on a piece at a time.
 */
public final class ReplayDoor {

    private final BrokerProcess broker;
    private final Shares shares;

    ReplayDoor(BrokerProcess broker, Shares shares) {
        this.broker = broker;
        this.shares = shares;
    }

    /**
     * A piece of what an order did.
     *
     * @param ask that it answers; null where nobody looked at it
     * @param records that are delivered again
     * @param next behind what was looked at; -1 if there is nothing to tell yet
     */
    public record Replayed(
            ErrorCode error, ReplayBook.@Nullable Ask ask, List<Long> records, long next) {

        private static Replayed refused(ErrorCode error) {
            return new Replayed(error, null, List.of(), -1L);
        }
    }

    /**
     * Has an order followed from an offset on.
     *
     * @param maxBytes of the records that are told
     */
    public void follow(
            Order order, Uuid topicId, long from, int maxBytes, Consumer<Replayed> answer) {
        Partition partition =
                broker.isServing()
                        ? broker.partitions().find(topicId, order.partition().partition())
                        : null;
        if (partition == null) {
            answer.accept(Replayed.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            return;
        }
        partition.loop().execute(() -> follow(partition, order, from, maxBytes, answer));
    }

    private void follow(
            Partition partition, Order order, long from, int maxBytes, Consumer<Replayed> answer) {
        if (partition.leadingEpoch() < 0 || partition.isInDoubt()) {
            answer.accept(Replayed.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            return;
        }
        Partition.FetchResult state =
                partition.fetch(new Partition.FetchSpec(from, -1, -1, 0, false, false));
        FileSlice unwanted = state.read().slice();
        if (unwanted != null) {
            unwanted.release();
        }
        if (state.error() != ErrorCode.NONE || from >= state.highWatermark()) {
            answer.accept(new Replayed(state.error(), null, List.of(), -1L));
            return;
        }
        int epoch = partition.leadingEpoch();
        ReplayBook.Ask ask =
                broker.machine()
                        .site()
                        .queueBook()
                        .asksToReplay(order, from, () -> shares.term(partition.name(), epoch));
        view(order)
                .read(
                        partition,
                        new View.Ask(from, state.highWatermark(), maxBytes, false),
                        piece -> {
                            ask.answered();
                            answer.accept(replayed(ask, piece));
                        });
    }

    private View view(Order order) {
        try {
            return shares.views().find(broker.spoilt().replayed(order).name(QueueDoor.GROUP));
        } catch (BadNameException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Replayed replayed(ReplayBook.Ask ask, Piece piece) {
        ByteBuffer bytes = piece.records();
        List<Long> records = new ArrayList<>();
        long next = -1L;
        for (int at = 0; at < bytes.limit(); ) {
            BatchHeader header = BatchHeader.read(bytes, at);
            if (!header.isControl()) {
                records.add(header.baseOffset());
            }
            next = header.nextOffset();
            at += header.sizeInBytes();
        }
        return new Replayed(piece.error(), ask, records, next);
    }
}
