package io.sluice.simulator.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.Clock;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.share.Delivery;
import io.sluice.engine.share.Demand;
import io.sluice.simulator.check.LedgerBook;
import io.sluice.simulator.check.QueueBook;
import io.sluice.simulator.check.QueueBook.Moment;
import io.sluice.simulator.check.ResetBook;
import io.sluice.simulator.check.Stored;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * What members of a queue ask a broker. What it answers is written down where it is said: on its
 * way it may be lost, and is true all the same.
 */
public final class QueueDoor {

    /** The only group. */
    public static final String GROUP = "workers";

    private static final long NANOS_PER_MS = 1_000_000L;

    private final BrokerProcess broker;
    private final Shares shares;

    QueueDoor(BrokerProcess broker, Shares shares) {
        this.broker = broker;
        this.shares = shares;
    }

    /** Who speaks of which queue. */
    public record Caller(String member, TopicPartition partition, Uuid topicId) {
        ShareKey key() {
            return new ShareKey(GROUP, topicId, partition.partition());
        }
    }

    /**
     * How much a member wants.
     *
     * @param fresh in a new session
     */
    public record Wish(
            boolean fresh,
            int maxRecords,
            boolean strict,
            int batchSize,
            int maxBytes,
            int minBytes,
            int waitMs) {}

    /** What it gets. */
    public record Taken(ErrorCode error, List<Acquired> ranges, byte[] bytes) {

        private static Taken nothing(ErrorCode error) {
            return new Taken(error, List.of(), new byte[0]);
        }
    }

    private QueueBook book() {
        return broker.machine().site().queueBook();
    }

    /** Which leader this is now, and what its clock shows. */
    private Moment now(Caller caller) {
        Partition partition =
                broker.partitions().find(caller.topicId, caller.partition.partition());
        Clock clock = broker.home().clock();
        return new Moment(
                broker.process().name(),
                partition == null ? -1 : shares.term(caller.partition, partition.leadingEpoch()),
                clock.wallMs(),
                clock.wallMs() - clock.monotonicNanos() / NANOS_PER_MS);
    }

    public void take(Caller caller, Wish wish, Consumer<Taken> answer) {
        if (!broker.isServing()) {
            answer.accept(Taken.nothing(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            return;
        }
        QueueBook.Asked asked = book().asks(caller.member, caller.partition, now(caller));
        shares.queues()
                .take(
                        new Demand(
                                LedgerBook.who(caller.member),
                                List.of(new Demand.Wanted(caller.key(), wish.fresh)),
                                wish.maxRecords,
                                wish.strict,
                                wish.batchSize,
                                wish.maxBytes,
                                wish.minBytes,
                                wish.waitMs),
                        broker.home(),
                        deliveries -> {
                            Taken taken = taken(deliveries);
                            asked.given(now(caller), taken.ranges, batches(taken));
                            answer.accept(taken);
                        });
    }

    private List<Stored> batches(Taken taken) {
        return Stored.parse(ByteBuffer.wrap(taken.bytes), broker.process().name());
    }

    private static Taken taken(List<Delivery> deliveries) {
        if (deliveries.isEmpty()) {
            return Taken.nothing(ErrorCode.NONE);
        }
        Delivery only = deliveries.getFirst();
        FileSlice records = only.records();
        if (records == null) {
            return Taken.nothing(only.error());
        }
        try {
            return new Taken(only.error(), only.acquired(), Door.copy(records));
        } catch (IOException e) {
            // As if the connection broke: the member holds them, and does not know.
            return new Taken(ErrorCode.KAFKA_STORAGE_ERROR, only.acquired(), new byte[0]);
        } finally {
            records.release();
        }
    }

    public void acknowledge(
            Caller caller, List<Acknowledgement> items, Consumer<ErrorCode> answer) {
        if (!broker.isServing()) {
            answer.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        QueueBook.Said said = book().says(caller.member, caller.partition, items, now(caller));
        shares.queues()
                .acknowledge(
                        caller.key(),
                        caller.member,
                        items,
                        broker.home(),
                        error -> {
                            said.answered(now(caller), error);
                            answer.accept(error);
                        });
    }

    /**
     * A member goes.
     *
     * @param delivered whether it saw what it has
     */
    public void leave(Caller caller, boolean delivered, Consumer<ErrorCode> answer) {
        if (!broker.isServing()) {
            answer.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        book().leaves(caller.member, caller.partition, delivered);
        shares.queues().leave(caller.key(), caller.member, delivered, broker.home(), answer);
    }

    /** Has the coordinator set a queue anew. */
    public void reset(Caller caller, int stateEpoch, long start, Consumer<ErrorCode> answer) {
        if (!broker.isServing()) {
            answer.accept(ErrorCode.NOT_COORDINATOR);
            return;
        }
        ResetBook.Reset reset = book().resets().asks(caller.partition, stateEpoch, start);
        shares.submit(
                new ShareCommand.Initialize(caller.key(), stateEpoch, start),
                broker.home(),
                reply -> {
                    ErrorCode error = DistantShareStore.error(reply);
                    reset.answered(error);
                    answer.accept(error);
                });
    }

    /** Asks the coordinator of all queues. */
    public void coordinator(ShareCommand command, Consumer<Reply<ShareReply>> answer) {
        if (broker.isServing()) {
            shares.submit(command, broker.home(), answer);
        } else {
            answer.accept(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR));
        }
    }
}
