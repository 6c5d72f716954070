package io.sluice.kafka.api;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.controller.BrokerImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionCoordinator;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionEventFormat;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionSettings;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.transaction.Elsewhere;
import io.sluice.engine.transaction.HalfMessages;
import io.sluice.engine.transaction.MarkerSenders;
import io.sluice.engine.transaction.MarkerTarget;
import io.sluice.engine.transaction.QuestionWriter;
import io.sluice.engine.transaction.TransactionName;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * The transactions of this broker, and the topic that holds those of all brokers; with those who
 * carry out what is decided about them.
 */
public final class TransactionServices
        extends CoordinatorServices<TransactionCommand, TransactionEvent, TransactionReply> {

    /** The topic's name, as clients know it. */
    public static final String TOPIC = "__transaction_state";

    /** The transaction version of the cluster: every transaction has its epoch (KIP-890). */
    public static final short VERSION = 2;

    /** Events of transactions as records. */
    public static final EventCodec<TransactionEvent> CODEC =
            EventCodec.of(
                    TransactionEventFormat::key,
                    TransactionEventFormat::value,
                    TransactionEventFormat::read);

    /** The controller has given no block of ids so far. */
    private static final Reply<TransactionReply> NO_ID_YET =
            new Reply.Refused<>(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);

    private final HalfMessages halves;
    private final ProducerIds ids;
    private final TransactionSettings settings;
    private final Elsewhere elsewhere;
    private final EventLoop home;

    /**
     * Transactions for a broker.
     *
     * @param target where markers go
     * @param elsewhere the other brokers
     */
    public static TransactionServices create(
            BrokerConfig.Transactions config,
            CoordinatorGround ground,
            MarkerTarget target,
            Elsewhere elsewhere) {
        Metadata metadata = ground.metadata();
        TransactionSettings settings =
                new TransactionSettings(
                        config.maxTimeoutMs(),
                        config.twoPhase(),
                        config.abortIntervalMs(),
                        config.expirationMs(),
                        config.expiryIntervalMs(),
                        config.waitMs(),
                        VERSION);
        GroupCheckBacks checkBacks = new GroupCheckBacks(metadata);
        CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host =
                ground.host(
                        TOPIC,
                        partition -> new TransactionCoordinator(settings, checkBacks),
                        CODEC);
        Appender appender = new Appender(ground.partitions(), metadata, elsewhere);
        QuestionTopics topics =
                new QuestionTopics(metadata, ground.identities(), ground.home(), appender);
        QuestionWriter questions =
                new QuestionWriter(
                        ground.partitions(),
                        topics,
                        appender,
                        ground.home(),
                        ground.io(),
                        ground.codecs(),
                        elsewhere);
        TransactionServices made =
                new TransactionServices(
                        ground.topic(
                                TOPIC,
                                config.topicPartitions(),
                                config.topicReplicationFactor(),
                                config.topicSegmentBytes(),
                                Map.of(
                                        "min.insync.replicas",
                                        Integer.toString(config.topicMinIsr()))),
                        host,
                        new MarkerSenders(host, ground.partitions(), metadata, target),
                        settler ->
                                new HalfMessages(
                                        host,
                                        ground.partitions(),
                                        questions,
                                        settler,
                                        checkBacks::isForAnswers,
                                        ground.io(),
                                        ground.codecs()),
                        new ProducerIds(ground.brokerId(), metadata),
                        settings,
                        elsewhere,
                        ground.home());
        metadata.subscribe((before, after) -> {
            if (before.groupConfigs() != after.groupConfigs()) {
                // Before the first question: whoever answers can listen already.
                GroupCheckBacks.all(after).forEach(one -> topics.make(one.topic()));
                made.halves.topicsChanged();
            }
        });
        return made;
    }

    private TransactionServices(
            InternalTopic topic,
            CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
            MarkerSenders markers,
            Function<HalfMessages.Settler, HalfMessages> halves,
            ProducerIds ids,
            TransactionSettings settings,
            Elsewhere elsewhere,
            EventLoop home) {
        super(topic, host);
        this.ids = ids;
        this.settings = settings;
        this.elsewhere = elsewhere;
        this.home = home;
        this.halves = halves.apply(this::settle);
        host.onServing(markers::serving);
        host.onServing(this.halves::serving);
    }

    /** Producer ids that nobody has. */
    public ProducerIds ids() {
        return ids;
    }

    public TransactionSettings settings() {
        return settings;
    }

    /** A partition of any topic can be used from now on. On the partition's loop. */
    public void opened(Partition partition) {
        halves.opened(partition);
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
        askWithId(
                id,
                command,
                request.loop(),
                reply -> take(request, reply, TransactionReply.Granted.class, answered, refused));
    }

    private void askWithId(
            String id,
            LongFunction<TransactionCommand> command,
            EventLoop replyOn,
            Consumer<Reply<TransactionReply>> reply) {
        ask(
                id,
                command.apply(TransactionCommand.NO_ID),
                replyOn,
                first -> {
                    if (!needsId(first)) {
                        reply.accept(first);
                        return;
                    }
                    ids.take(
                            replyOn,
                            fresh ->
                                    replyOn.execute(() -> {
                                        if (fresh == ProducerIds.NONE) {
                                            reply.accept(NO_ID_YET);
                                        } else {
                                            ask(id, command.apply(fresh), replyOn, reply);
                                        }
                                    }));
                });
    }

    private static boolean needsId(Reply<TransactionReply> reply) {
        return reply instanceof Reply.Answered<TransactionReply>(TransactionReply answer)
                && answer instanceof TransactionReply.NeedsId;
    }

    /** Brings an answer about a half message to its coordinator; what is lost is asked again. */
    private void settle(TransactionName name, boolean commit) {
        BrokerImage coordinator = topic().coordinatorOf(name.id());
        if (coordinator != null && elsewhere.isOther(coordinator.id())) {
            elsewhere.settle(coordinator.id(), name, commit, home);
            return;
        }
        askWithId(
                name.id(),
                freshId ->
                        new TransactionCommand.Settle(
                                name.id(), name.producer(), name.startMs(), commit, freshId),
                home,
                reply -> {});
    }
}
