package io.sluice.simulator.cluster;

import io.sluice.core.config.TopicConfig;
import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.engine.share.QueueRules;
import io.sluice.engine.share.Sight;
import io.sluice.simulator.check.QueueBook;
import io.sluice.simulator.check.ScheduleBook;
import io.sluice.simulator.quorum.SimQuorum;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.World;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All machines of a cluster, and what they share. */
public final class Site {

    private final World world;
    private final Network network;
    private final SimQuorum quorum;
    private final Shape shape;
    private final Spoilt spoilt;
    private final List<Machine> machines = new ArrayList<>();
    private final Controller truth = new Controller(BrokerProcess.DEFAULTS);
    private final QueueRules queueRules;
    private final QueueBook queueBook;
    private final ScheduleBook scheduleBook = new ScheduleBook();
    private Consumer<BrokerProcess> watchman = broker -> {};
    private Consumer<ClusterImage> onDecided = image -> {};
    private @Nullable ClusterImage cluster;
    private long identities;

    /**
     * How the brokers are set up.
     *
     * @param loops event loops of each broker
     * @param segmentBytes of the logs: tiny, so that there are many
     * @param directories log directories of each broker, 1 or 2
     * @param hasDirectoryFaults whether parts of a disk may fail
     * @param clocksJump whether clocks may be set
     * @param balanced whether the cluster keeps itself even
     */
    public record Shape(
            int brokers,
            int voters,
            int loops,
            int segmentBytes,
            int directories,
            boolean hasDirectoryFaults,
            boolean clocksJump,
            boolean balanced) {}

    public Site(World world, Network network, Shape shape, Spoilt spoilt) {
        this.world = world;
        this.network = network;
        this.shape = shape;
        this.spoilt = spoilt;
        List<Integer> voters = new ArrayList<>();
        for (int id = 1; id <= shape.voters; id++) {
            voters.add(id);
        }
        quorum =
                new SimQuorum(world, network, voters, spoilt::entry, Site::snapshot, this::decided);
        quorum.commitOldTerms(spoilt.commitsOldTerms());
        queueRules = Shares.rules(world, shape.clocksJump);
        queueBook =
                new QueueBook(
                        queueRules.share(),
                        queueRules.sight().priorities(),
                        queueRules.sight().ttlMs() != Sight.NO_END,
                        this::latestMs);
        for (int id = 1; id <= shape.brokers; id++) {
            machines.add(new Machine(this, id));
        }
    }

    /** The most that any machine's wall clock has shown. */
    private long latestMs() {
        return machines.stream().mapToLong(one -> one.clock().latestMs()).max().orElseThrow();
    }

    /** Whether that broker runs, in the run that the cluster knows: it was not struck off since. */
    public boolean isAsKnown(int id) {
        BrokerProcess run = machine(id).broker();
        BrokerImage known = cluster == null ? null : cluster.brokers().get(id);
        return run != null && known != null && known.epoch() == run.brokerEpoch();
    }

    /** Is shown every broker after everything it does. */
    public void watch(Consumer<BrokerProcess> by) {
        watchman = by;
    }

    /** Is shown the cluster after every entry of the metadata log, as soon as it is decided. */
    public void onDecided(Consumer<ClusterImage> listener) {
        onDecided = listener;
    }

    private void decided(long index, byte[] entry) {
        MetadataEventCodec.decode(ByteBuffer.wrap(entry)).forEach(truth::apply);
        ClusterImage now = truth.image(index);
        cluster = now;
        onDecided.accept(now);
    }

    void did(BrokerProcess broker) {
        watchman.accept(broker);
    }

    private static byte[] snapshot(List<byte[]> entries) {
        Controller controller = new Controller(BrokerProcess.DEFAULTS);
        for (byte[] entry : entries) {
            MetadataEventCodec.decode(ByteBuffer.wrap(entry)).forEach(controller::apply);
        }
        ByteBuffer state = MetadataEventCodec.encode(controller.snapshot());
        byte[] bytes = new byte[state.remaining()];
        state.get(bytes);
        return bytes;
    }

    public World world() {
        return world;
    }

    public Network network() {
        return network;
    }

    public SimQuorum quorum() {
        return quorum;
    }

    Shape shape() {
        return shape;
    }

    /** How all queues are set. */
    QueueRules queueRules() {
        return queueRules;
    }

    /** What all queues said. */
    public QueueBook queueBook() {
        return queueBook;
    }

    /** What became of messages that are delivered later. */
    public ScheduleBook scheduleBook() {
        return scheduleBook;
    }

    Spoilt spoilt() {
        return spoilt;
    }

    public List<Machine> machines() {
        return machines;
    }

    /** The machine of that broker. */
    public Machine machine(int id) {
        return machines.get(id - 1);
    }

    long nextIdentity() {
        return ++identities;
    }

    /** The settings in force, with segments of the shape's size. */
    TopicConfig tiny(TopicConfig of) {
        return new TopicConfig(
                of.compact(),
                of.delete(),
                of.compressed(),
                of.gzipLevel(),
                of.lz4Level(),
                of.zstdLevel(),
                of.deleteRetentionMs(),
                of.fileDeleteDelayMs(),
                of.flushMessages(),
                of.flushMs(),
                of.flush(),
                200,
                of.maxMessageBytes(),
                of.maxCompactionLagMs(),
                of.minCompactionLagMs(),
                of.minCleanableDirtyRatio(),
                of.timestampBeforeMaxMs(),
                of.timestampAfterMaxMs(),
                of.logAppendTime(),
                of.minInsyncReplicas(),
                of.preallocate(),
                -1L,
                -1L,
                shape.segmentBytes,
                of.segmentIndexBytes(),
                0L,
                Long.MAX_VALUE,
                of.uncleanLeaderElection(),
                of.validateRecords());
    }
}
