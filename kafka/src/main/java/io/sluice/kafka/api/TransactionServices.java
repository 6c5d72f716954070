package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionCoordinator;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionEventFormat;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionSettings;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.transaction.HalfMessages;
import io.sluice.engine.transaction.MarkerSenders;
import io.sluice.engine.transaction.MarkerTarget;
import io.sluice.engine.transaction.QuestionWriter;
import io.sluice.kafka.connection.KafkaRequest;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The transactions of this broker, and the topic that holds those of all brokers.
 *
 * @param host the coordinators of the topic's partitions that are led here
 * @param markers writes what they decide
 * @param halves asks what became of transactions whose time is up
 * @param ids producer ids that nobody has
 */
public record TransactionServices(
        InternalTopic topic,
        CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
        MarkerSenders markers,
        HalfMessages halves,
        ProducerIds ids,
        TransactionSettings settings) {

    /** The topic's name, as clients know it. */
    public static final String TOPIC = "__transaction_state";

    /** The transaction version of the cluster: every transaction has its epoch (KIP-890). */
    public static final short VERSION = 2;

    /** Events of transactions as records. */
    public static final EventCodec<TransactionEvent> CODEC =
            new EventCodec<>() {
                @Override
                public byte[] key(TransactionEvent event) {
                    return TransactionEventFormat.key(event);
                }

                @Override
                public byte @Nullable [] value(TransactionEvent event) {
                    return TransactionEventFormat.value(event);
                }

                @Override
                public @Nullable TransactionEvent decode(ByteBuffer key, @Nullable ByteBuffer value)
                        throws RecordFormatException {
                    return TransactionEventFormat.read(key, value);
                }
            };

    /**
     * Transactions for a broker.
     *
     * @param io where the log is read while a coordinator loads
     * @param target where markers go
     * @param home a loop for steps that belong to no partition
     */
    public static TransactionServices create(
            BrokerConfig.Transactions config,
            int brokerId,
            Metadata metadata,
            Partitions partitions,
            IoThreads io,
            Codecs codecs,
            Supplier<Uuid> identities,
            MarkerTarget target,
            EventLoop home) {
        TransactionSettings settings =
                new TransactionSettings(
                        config.maxTimeoutMs(),
                        config.twoPhase(),
                        config.abortIntervalMs(),
                        config.expirationMs(),
                        config.expiryIntervalMs(),
                        config.waitMs(),
                        VERSION);
        InternalTopic topic =
                new InternalTopic(
                        new InternalTopic.Spec(
                                TOPIC,
                                config.topicPartitions(),
                                config.topicReplicationFactor(),
                                Map.of(
                                        "cleanup.policy",
                                        "compact",
                                        "min.insync.replicas",
                                        Integer.toString(config.topicMinIsr()),
                                        "segment.bytes",
                                        Integer.toString(config.topicSegmentBytes()))),
                        metadata,
                        identities);
        GroupCheckBacks checkBacks = new GroupCheckBacks(metadata);
        CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host =
                new CoordinatorHost<>(
                        CoordinatorSettings.of(TOPIC),
                        brokerId,
                        metadata,
                        partitions,
                        io,
                        codecs,
                        partition -> new TransactionCoordinator(settings, checkBacks),
                        CODEC);
        ProducerIds ids = new ProducerIds(brokerId, metadata);
        HalfMessages halves =
                new HalfMessages(
                        host,
                        partitions,
                        new QuestionWriter(partitions, metadata, identities, home, io, codecs),
                        new Settlements(topic, host, ids, home)::settle,
                        checkBacks::isForAnswers,
                        io,
                        codecs);
        return new TransactionServices(
                topic,
                host,
                new MarkerSenders(host, partitions, metadata, target),
                halves,
                ids,
                settings);
    }

    /** A partition of any topic can be used from now on. On the partition's loop. */
    public void opened(Partition partition) {
        host.opened(partition);
        markers.opened(partition);
        halves.opened(partition);
    }

    /**
     * Asks the coordinator of a transactional id.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    public void ask(
            String id,
            TransactionCommand command,
            EventLoop replyOn,
            Consumer<Reply<TransactionReply>> reply) {
        int partition = topic.partitionOf(id);
        if (partition < 0) {
            replyOn.execute(() -> reply.accept(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR)));
            return;
        }
        host.submit(partition, command, replyOn, reply);
    }

    /**
     * Asks the coordinator of a transactional id. One of the two is called, once, on the
     * connection's loop.
     */
    public <A extends TransactionReply> void ask(
            KafkaRequest request,
            String id,
            TransactionCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        ask(id, command, request.loop(), reply -> take(request, reply, type, answered, refused));
    }

    /** Asks the coordinator of a partition of the topic. */
    public <A extends TransactionReply> void ask(
            KafkaRequest request,
            int partition,
            TransactionCommand command,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        host.submit(
                partition,
                command,
                request.loop(),
                reply -> take(request, reply, type, answered, refused));
    }

    private static <A extends TransactionReply> void take(
            KafkaRequest request,
            Reply<TransactionReply> reply,
            Class<A> type,
            Consumer<A> answered,
            Consumer<ErrorCode> refused) {
        request.guarded(() -> {
            switch (reply) {
                case Reply.Answered<TransactionReply>(TransactionReply answer) ->
                        answered.accept(type.cast(answer));
                case Reply.Refused<TransactionReply>(ErrorCode error) -> refused.accept(error);
            }
        });
    }

    /**
     * Asks what may need a fresh producer id: it is fetched, and the question asked again, when the
     * coordinator says so.
     *
     * @param command with a fresh id, or with none
     */
    public void askWithId(
            KafkaRequest request,
            String id,
            LongFunction<TransactionCommand> command,
            Consumer<TransactionReply.Granted> answered,
            Consumer<ErrorCode> refused) {
        ask(
                request,
                id,
                command.apply(TransactionCommand.NO_ID),
                TransactionReply.class,
                reply -> {
                    if (reply instanceof TransactionReply.Granted granted) {
                        answered.accept(granted);
                        return;
                    }
                    ids.take(
                            request.loop(),
                            fresh ->
                                    request.execute(() -> {
                                        if (fresh == ProducerIds.NONE) {
                                            refused.accept(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
                                        } else {
                                            ask(
                                                    request,
                                                    id,
                                                    command.apply(fresh),
                                                    TransactionReply.Granted.class,
                                                    answered,
                                                    refused);
                                        }
                                    }));
                },
                refused);
    }
}
