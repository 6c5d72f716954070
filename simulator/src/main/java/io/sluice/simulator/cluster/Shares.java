package io.sluice.simulator.cluster;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareCoordinator;
import io.sluice.core.share.ShareEvent;
import io.sluice.core.share.ShareEventFormat;
import io.sluice.core.share.ShareReply;
import io.sluice.core.share.ShareSettings;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.OtherLeaders;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.share.HostedQueues;
import io.sluice.engine.share.LedgerWriter;
import io.sluice.engine.share.QueueRules;
import io.sluice.engine.share.Queues;
import io.sluice.engine.share.Sight;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import io.sluice.simulator.check.ResetBook;
import io.sluice.simulator.world.World;
import io.sluice.storage.compress.LibraryCodecs;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The queues of one broker, as production has them: those of the partitions that it leads, and the
 * coordinator that remembers them. What is remembered elsewhere is asked for there.
 */
public final class Shares {

    /** Where coordinators keep what they know; it has one partition. */
    public static final String TOPIC = "__share_group_state";

    /** Where it is written down who got what; it has one partition. */
    public static final String LEDGER = "__sluice_ledger";

    private static final int APPEND_MS = 1_500;

    private static final EventCodec<ShareEvent> CODEC =
            EventCodec.of(ShareEventFormat::key, ShareEventFormat::value, ShareEventFormat::read);

    private final int brokerId;
    private final Metadata metadata;
    private final Calls calls;
    private final CoordinatorHost<ShareCommand, ShareEvent, ShareReply> host;
    private final Queues queues;
    private final Views views;

    /** How often queues were set anew, by partition, as their leader here knows. */
    private final Map<Integer, Integer> states = new HashMap<>();

    Shares(Machine machine, Metadata metadata, Partitions partitions, IoThreads io, Calls calls) {
        this.brokerId = machine.id();
        this.metadata = metadata;
        this.calls = calls;
        host =
                new CoordinatorHost<>(
                        CoordinatorSettings.of(TOPIC),
                        brokerId,
                        metadata,
                        partitions,
                        io,
                        new LibraryCodecs(),
                        partition -> new ShareCoordinator(),
                        CODEC);
        Site site = machine.site();
        QueueRules rules = site.spoilt().queueRules(site.queueRules());
        Appender appender = new Appender(partitions, metadata, new Others());
        queues =
                new HostedQueues(
                                partitions,
                                site.spoilt().shareStore(new DistantShareStore(this)),
                                group -> rules,
                                new DeadLetters(site, appender, this),
                                io,
                                new LibraryCodecs())
                        .keeping(site.spoilt().ledger(new LedgerWriter(appender, ledger(site))));
        views = new Views(queues.views(new LogWalk(io, new LibraryCodecs())));
    }

    private InternalTopic ledger(Site site) {
        return new InternalTopic(
                new InternalTopic.Spec(LEDGER, 1, 1, Map.of()),
                metadata,
                () -> new Uuid(brokerId, site.nextIdentity()));
    }

    /**
     * What a seed makes of a queue's settings.
     *
     * @param clocksJump then nothing waits: until when is remembered by the leader's clock
     */
    static QueueRules rules(World world, boolean clocksJump) {
        Random random = world.random("queue-rules");
        BackOff backOff =
                random.nextBoolean() || clocksJump
                        ? BackOff.NONE
                        : new BackOff(20L, 2.0, 300L, 0.5);
        boolean keys = random.nextBoolean();
        return new QueueRules(
                new ShareSettings(
                        600L + random.nextInt(1_500),
                        2 + random.nextInt(4),
                        5L + random.nextInt(60),
                        10 + random.nextInt(200),
                        keys,
                        true,
                        backOff),
                random.nextBoolean(),
                new QueueRules.Start.Earliest(),
                new Sight(keys, random.nextInt(3) == 0, random.nextInt(3) == 0 ? 0L : Sight.NO_END),
                true);
    }

    void leading(Partition partition) {
        host.leading(partition);
    }

    /** The queues of the partitions that are led here. */
    Queues queues() {
        return queues;
    }

    /** What the partitions that are led here may be read as because of their queues. */
    Views views() {
        return views;
    }

    /** A queue that is led here is in that state. */
    void learned(int partition, int stateEpoch) {
        states.merge(partition, stateEpoch, Math::max);
    }

    /** Of which term this broker speaks, as the leader of a queue in that epoch. */
    int term(TopicPartition partition, int leaderEpoch) {
        return ResetBook.term(states.getOrDefault(partition.partition(), 0), leaderEpoch);
    }

    /** Asks the coordinator, if it is here. */
    void submit(ShareCommand command, EventLoop replyOn, Consumer<Reply<ShareReply>> to) {
        host.submit(0, command, replyOn, to);
    }

    /** Asks the coordinator, wherever it is; an answer may be lost. */
    void ask(ShareCommand command, EventLoop replyOn, Consumer<Reply<ShareReply>> to) {
        int coordinator = leader(new TopicPartition(TOPIC, 0));
        if (coordinator == brokerId) {
            submit(command, replyOn, to);
        } else if (coordinator == PartitionImage.NO_LEADER) {
            replyOn.execute(
                    () -> to.accept(new Reply.Refused<>(ErrorCode.COORDINATOR_NOT_AVAILABLE)));
        } else {
            calls.<Reply<ShareReply>>ask(
                    coordinator,
                    (broker, answer) -> broker.shares().submit(command, broker.home(), answer),
                    replyOn,
                    reply ->
                            to.accept(
                                    reply.orElse(
                                            new Reply.Refused<>(ErrorCode.NETWORK_EXCEPTION))));
        }
    }

    private int leader(TopicPartition name) {
        TopicImage topic = metadata.image().topics().get(name.topic());
        return topic == null || name.partition() >= topic.partitions().size()
                ? PartitionImage.NO_LEADER
                : topic.partitions().get(name.partition()).leader();
    }

    /** Dead letters go to whoever leads their partition. */
    private final class Others implements OtherLeaders {
        @Override
        public boolean isOther(int broker) {
            return broker != brokerId && broker != PartitionImage.NO_LEADER;
        }

        @Override
        public void append(
                int broker,
                TopicPartition partition,
                ByteBuffer batch,
                EventLoop replyOn,
                Consumer<ErrorCode> done) {
            calls.<ErrorCode>ask(
                    broker,
                    (there, answer) -> appendHere(there, partition, batch, answer),
                    replyOn,
                    error -> done.accept(error.orElse(ErrorCode.NETWORK_EXCEPTION)));
        }
    }

    private static void appendHere(
            BrokerProcess broker, TopicPartition to, ByteBuffer batch, Consumer<ErrorCode> done) {
        Partition partition = broker.partitions().find(to);
        if (partition == null) {
            done.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            return;
        }
        ByteBuffer own = ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
        partition
                .loop()
                .execute(() ->
                        partition.append(
                                own,
                                List.of(BatchHeader.read(own, 0)),
                                (short) -1,
                                APPEND_MS,
                                result -> done.accept(result.error())));
    }
}
