package io.sluice.simulator.cluster;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.transaction.CheckBacks;
import io.sluice.core.transaction.Producer;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionCoordinator;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionEventFormat;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionSettings;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.transaction.MarkerSenders;
import io.sluice.storage.compress.LibraryCodecs;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The transactions of one broker, as production has them: the coordinator, who writes its markers,
 * and the gate that asks it for a batch which opens a transaction. What is coordinated or led
 * elsewhere is asked for there.
 */
public final class Transactions {

    /** Where coordinators keep what they know; it has one partition. */
    public static final String TOPIC = "__transaction_state";

    /** Every transaction has its epoch (KIP-890). */
    public static final short VERSION = 2;

    private static final int MOST_MS = 60_000;
    private static final int MARKER_MS = 2_000;

    private static final TransactionSettings SETTINGS =
            new TransactionSettings(MOST_MS, false, 300L, 1L << 39, MOST_MS, 100L, VERSION);

    private static final EventCodec<TransactionEvent> CODEC =
            EventCodec.of(
                    TransactionEventFormat::key,
                    TransactionEventFormat::value,
                    TransactionEventFormat::read);

    private final int brokerId;
    private final Metadata metadata;
    private final Partitions partitions;
    private final Spoilt spoilt;
    private final Calls calls;
    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;

    Transactions(
            int brokerId,
            Metadata metadata,
            Partitions partitions,
            IoThreads io,
            Calls calls,
            Spoilt spoilt) {
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.partitions = partitions;
        this.calls = calls;
        this.spoilt = spoilt;
        host =
                new CoordinatorHost<>(
                        CoordinatorSettings.of(TOPIC),
                        brokerId,
                        metadata,
                        partitions,
                        io,
                        new LibraryCodecs(),
                        partition -> new TransactionCoordinator(SETTINGS, CheckBacks.NONE),
                        CODEC);
        host.onServing(new MarkerSenders(host, partitions, metadata, this::mark)::serving);
    }

    void leading(Partition partition) {
        host.leading(partition);
    }

    /** Asks the coordinator, if it is here. */
    void submit(
            TransactionCommand command, EventLoop replyOn, Consumer<Reply<TransactionReply>> to) {
        if (!spoilt.forgetsFences() || !(command instanceof TransactionCommand.End end)) {
            host.submit(0, command, replyOn, to);
            return;
        }
        host.submit(
                0,
                new TransactionCommand.Describe(end.id()),
                replyOn,
                reply -> host.submit(0, unfenced(end, reply), replyOn, to));
    }

    /** The end as whoever has the transactional id now would say it. */
    private static TransactionCommand unfenced(
            TransactionCommand.End end, Reply<TransactionReply> reply) {
        return reply instanceof Reply.Answered<TransactionReply>(TransactionReply.Described found)
                        && found.transaction().isPresent()
                ? new TransactionCommand.End(
                        end.id(),
                        found.transaction().get().producer(),
                        end.commit(),
                        end.version(),
                        end.freshId())
                : end;
    }

    /**
     * Whether a batch may open its transaction in a partition: the coordinator takes the partition
     * in.
     *
     * @param done on {@code replyOn}, once: NONE, or what the producer is told
     */
    void admit(
            String id,
            BatchHeader batch,
            TopicPartition name,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        TransactionCommand add =
                new TransactionCommand.Add(
                        id,
                        new Producer(batch.producerId(), batch.producerEpoch()),
                        List.of(name),
                        VERSION);
        int coordinator = leader(new TopicPartition(TOPIC, 0));
        if (coordinator == brokerId) {
            submit(add, replyOn, reply -> done.accept(verdict(reply)));
        } else if (coordinator == PartitionImage.NO_LEADER) {
            replyOn.execute(() -> done.accept(ErrorCode.COORDINATOR_NOT_AVAILABLE));
        } else {
            calls.<Reply<TransactionReply>>ask(
                    coordinator,
                    (broker, answer) -> broker.door().transaction(add, answer),
                    replyOn,
                    reply ->
                            done.accept(
                                    reply.map(Transactions::verdict)
                                            .orElse(ErrorCode.NETWORK_EXCEPTION)));
        }
    }

    private static ErrorCode verdict(Reply<TransactionReply> reply) {
        return switch (reply) {
            case Reply.Refused<TransactionReply>(ErrorCode error) -> error;
            case Reply.Answered<TransactionReply>(TransactionReply.Done(ErrorCode error)) ->
                    // A partition knows producers by their epoch.
                    error == ErrorCode.PRODUCER_FENCED ? ErrorCode.INVALID_PRODUCER_EPOCH : error;
            case Reply.Answered<TransactionReply> other ->
                    throw new IllegalStateException("an answer to something else: " + other);
        };
    }

    private int leader(TopicPartition name) {
        TopicImage topic = metadata.image().topics().get(name.topic());
        return topic == null || name.partition() >= topic.partitions().size()
                ? PartitionImage.NO_LEADER
                : topic.partitions().get(name.partition()).leader();
    }

    /** The end of a transaction goes to whoever leads the partition. */
    private void mark(
            TopicPartition name,
            TransactionMarker marker,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        Optional<TransactionMarker> sent = spoilt.marker(name, marker);
        int leader = leader(name);
        if (sent.isEmpty()) {
            replyOn.post(() -> done.accept(ErrorCode.NONE));
        } else if (leader == PartitionImage.NO_LEADER) {
            replyOn.post(() -> done.accept(ErrorCode.LEADER_NOT_AVAILABLE));
        } else if (leader == brokerId) {
            take(name, sent.get(), error -> replyOn.post(() -> done.accept(error)));
        } else {
            calls.<ErrorCode>ask(
                    leader,
                    (broker, answer) -> broker.transactions().take(name, sent.get(), answer),
                    replyOn,
                    error -> done.accept(error.orElse(ErrorCode.NETWORK_EXCEPTION)));
        }
    }

    /** A marker for a partition that is led here. */
    private void take(TopicPartition name, TransactionMarker marker, Consumer<ErrorCode> done) {
        Partition partition = partitions.find(name);
        if (partition == null) {
            done.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        } else {
            partition.loop().execute(() -> partition.writeMarker(marker, MARKER_MS, done));
        }
    }
}
