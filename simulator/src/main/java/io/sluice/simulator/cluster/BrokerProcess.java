package io.sluice.simulator.cluster;

import io.sluice.core.config.ConfigResolver;
import io.sluice.core.controller.BalanceSettings;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupEvent;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Lease;
import io.sluice.core.throttle.TokenBucket;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.LogStore;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.BrokerLifecycle;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.RememberedAnswer;
import io.sluice.engine.partition.PartitionLifecycle;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.replication.AnswerClock;
import io.sluice.engine.replication.Peers.ProducersBelow;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.engine.replication.Replication;
import io.sluice.engine.replication.ReplicationThrottle;
import io.sluice.simulator.quorum.SimMetadataLog;
import io.sluice.simulator.world.SimIo;
import io.sluice.simulator.world.SimLoop;
import io.sluice.simulator.world.SimProcess;
import io.sluice.storage.LogDirectories;
import io.sluice.storage.LogStoreSettings;
import io.sluice.storage.compress.LibraryCodecs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** One life of a broker: the classes of production, started in the order of production. */
public final class BrokerProcess {

    static final Controller.Defaults DEFAULTS = new Defaults();

    private static final int MAILBOX_NANOS = 20_000;
    private static final long HEARTBEAT_MS = 300;
    private static final long SESSION_MS = 1_500;
    private static final long LAG_MS = 1_500;
    private static final int FETCH_WAIT_MS = 300;
    private static final int BACKOFF_MS = 200;
    private static final long PATIENCE_MS = 3_000;
    private static final long NEVER_EXPIRES_MS = 1L << 39;

    /** Restless: it moves what it can, and gives brokers up soon. */
    private static final BalanceSettings BALANCE =
            new BalanceSettings(
                    true,
                    false,
                    false,
                    Collections.emptySortedSet(),
                    1_000L,
                    3,
                    2,
                    1,
                    1,
                    1_000L,
                    8_000L,
                    true,
                    2_000L);

    private static final long MOVED_BYTES = 20_000L;

    private static final LogStoreSettings STORE =
            new LogStoreSettings(
                    16, 2_000L, 1_000L, 10_000L, 15_000L, false, 1 << 16, 0L, 4, NEVER_EXPIRES_MS);

    private final Machine machine;
    private final SimProcess process;
    private final SimLoop home;
    private final List<EventLoop> loops = new ArrayList<>();
    private final LogDirectories logs;
    private final SimMetadataLog metadataLog;
    private final ControllerHost metadata;
    private final PartitionLifecycle partitions;
    private final BrokerLifecycle lifecycle;
    private final CoordinatorHost<GroupCommand, GroupEvent, GroupReply> groups;
    private final Transactions transactions;
    private final Shares shares;
    private final Door door;
    private final QueueDoor queues;
    private final ReplayDoor replays;
    private final ScheduleDoor schedule;
    private final AnswerClock answers;
    private boolean serving;

    BrokerProcess(Machine machine, int life) throws IOException {
        this.machine = machine;
        this.answers = new AnswerClock(life);
        Site site = machine.site();
        process =
                new SimProcess(
                        site.world(),
                        machine.clock(),
                        "broker-%d (life %d)".formatted(machine.id(), life),
                        machine.id() * 1_000 + life,
                        machine::cutPower);
        for (int i = 0; i < site.shape().loops(); i++) {
            loops.add(new SimLoop(process, machine.random(), MAILBOX_NANOS));
        }
        home = (SimLoop) loops.getFirst();
        SimIo io = new SimIo(process, machine.random(), machine::slowness);
        Disk disk = site.spoilt().disk(machine.diskAsItIs());
        logs =
                LogDirectories.open(
                        disk,
                        machine.directories(),
                        io,
                        home,
                        new LibraryCodecs(),
                        STORE,
                        this::newIdentity);
        metadataLog = site.quorum().open(machine.id(), process, home);
        metadata = new ControllerHost(home, metadataLog, DEFAULTS, spoilt().sessionMs(SESSION_MS));
        if (site.shape().balanced()) {
            metadata.keepEven(() -> BALANCE);
        }
        Lease lease = Lease.of(SESSION_MS);
        lifecycle = new BrokerLifecycle(home, metadata, HEARTBEAT_MS, lease);
        ConfigResolver resolver = new ConfigResolver(machine.id(), Map.of());
        partitions =
                new PartitionLifecycle(
                        machine.id(),
                        home,
                        List.copyOf(loops),
                        logs,
                        new ToldMetadata(
                                metadata, site.world().trace(), machine.toString(), spoilt()),
                        (topic, image) ->
                                site.tiny(
                                        resolver.topicConfig(
                                                topic.configs(), image.brokerConfigs())),
                        new PartitionLifecycle.Settings(4, NEVER_EXPIRES_MS, 5_000L),
                        new Replication(
                                new SimPeers(machine, process),
                                new Replication.Identity(machine.id(), lifecycle::brokerEpoch),
                                FETCH_WAIT_MS,
                                4_000,
                                2_000,
                                BACKOFF_MS,
                                LAG_MS,
                                throttle(),
                                lease));
        lifecycle.onLease(partitions::leaseChanged);
        logs.onFailure((id, path, cause) -> lifecycle.directoryFailed(id));
        groups = Groups.host(machine.id(), metadata, partitions.partitions(), io, spoilt());
        partitions.onLeading(groups::leading);
        Calls calls = new Calls(machine, process);
        transactions =
                new Transactions(
                        machine.id(), metadata, partitions.partitions(), io, calls, spoilt());
        partitions.onLeading(transactions::leading);
        shares = new Shares(machine, metadata, partitions.partitions(), io, calls);
        partitions.onLeading(shares::leading);
        door = new Door(this);
        queues = new QueueDoor(this, shares);
        replays = new ReplayDoor(this, shares);
        schedule = new ScheduleDoor(this, new Schedulers(machine, partitions, disk, io));
        process.afterEach(() -> site.did(this));
    }

    private static ReplicationThrottle throttle() {
        ReplicationThrottle throttle = new ReplicationThrottle();
        throttle.rates(
                new ReplicationThrottle.Rates(
                        TokenBucket.UNLIMITED, TokenBucket.UNLIMITED, MOVED_BYTES),
                0L);
        return throttle;
    }

    private Uuid newIdentity() {
        return new Uuid(machine.id(), machine.site().nextIdentity());
    }

    /** What topics get that do not say. */
    private static final class Defaults implements Controller.Defaults {
        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public int replicationFactor() {
            return 1;
        }

        @Override
        public boolean topicDeletion() {
            return true;
        }
    }

    void start() {
        process.run(() ->
                metadata.start(
                        Completion.of(
                                image -> register(),
                                fault -> {
                                    throw new IllegalStateException("no metadata", fault);
                                })));
    }

    private void register() {
        lifecycle.start(
                new ControllerCommand.RegisterBroker(
                        machine.id(),
                        newIdentity(),
                        Optional.empty(),
                        List.of(),
                        logs.describe().stream()
                                .filter(one -> one.fault().isEmpty())
                                .map(LogStore.DirectoryInfo::id)
                                .toList(),
                        logs.stoppedEpoch(),
                        false),
                () -> partitions.start(() -> lifecycle.ready(this::serve)));
    }

    private void serve() {
        serving = true;
        machine.site().world().trace().tell(machine.toString(), "serves");
    }

    /** As production does: partitions resign, logs are closed. */
    void stop(Runnable stopped) {
        process.run(() ->
                lifecycle.leave(
                        PATIENCE_MS,
                        () ->
                                partitions.close(() ->
                                        logs.close(
                                                lifecycle.brokerEpoch(),
                                                () -> {
                                                    metadataLog.close();
                                                    stopped.run();
                                                }))));
    }

    public SimProcess process() {
        return process;
    }

    /** The epoch of this run, as far as it knows. */
    public long brokerEpoch() {
        return lifecycle.brokerEpoch();
    }

    /** Whether its start is over. */
    public boolean isServing() {
        return serving;
    }

    public Door door() {
        return door;
    }

    QueueDoor queues() {
        return queues;
    }

    ReplayDoor replays() {
        return replays;
    }

    ScheduleDoor schedule() {
        return schedule;
    }

    public Machine machine() {
        return machine;
    }

    public Metadata metadata() {
        return metadata;
    }

    public Partitions partitions() {
        return partitions.partitions();
    }

    /**
     * Begins to move one of its logs into another directory.
     *
     * @param which of those it has; any number does
     * @return whether there is one
     */
    public boolean moveAny(int which, Path directory, Consumer<ErrorCode> reply) {
        List<TopicPartition> all =
                partitions().all().stream().map(Partition::name).sorted().toList();
        if (all.isEmpty()) {
            return false;
        }
        TopicPartition name = all.get(which % all.size());
        process.run(() -> partitions.move(name, directory, reply));
        return true;
    }

    CoordinatorHost<GroupCommand, GroupEvent, GroupReply> groups() {
        return groups;
    }

    Transactions transactions() {
        return transactions;
    }

    Shares shares() {
        return shares;
    }

    Spoilt spoilt() {
        return machine.site().spoilt();
    }

    SimLoop home() {
        return home;
    }

    /** Another broker fetches for its replicas. */
    void serve(ReplicaFetchRequest request, Consumer<ReplicaFetchResponse> answer) {
        ReplicaDoor.serve(this, request, answer);
    }

    /** Of its answers to followers. */
    AnswerClock answers() {
        return answers;
    }

    /** Tells a follower who wrote below an offset. */
    void serve(ProducersBelow question, Consumer<RememberedAnswer> answer) {
        Partition partition = partitions().find(question.topicId(), question.name().partition());
        if (partition == null) {
            answer.accept(new RememberedAnswer(ErrorCode.NOT_LEADER_OR_FOLLOWER, List.of()));
            return;
        }
        partition
                .loop()
                .execute(() -> {
                    RememberedAnswer told =
                            partition.producersBelow(question.offset(), question.leaderEpoch());
                    home().execute(() -> answer.accept(told));
                });
    }
}
