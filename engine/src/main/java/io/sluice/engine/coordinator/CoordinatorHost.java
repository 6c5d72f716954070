package io.sluice.engine.coordinator;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.Codecs;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The coordinators of this broker for one internal topic: a machine for each partition of the topic
 * that the broker leads, on the event loop that owns the partition. It is loaded when the broker is
 * told that it leads ({@link #leading}), and thrown away when another one does. Any thread may
 * call.
 *
 * @param <C> commands
 * @param <E> events
 * @param <R> answers
 */
public final class CoordinatorHost<C, E, R> {

    private final CoordinatorSettings settings;
    private final int brokerId;
    private final Metadata metadata;
    private final Partitions partitions;
    private final CoordinatorShard.Tools<C, E, R> tools;
    private final LoadCounts loads;
    private final List<Consumer<Partition>> onServing = new CopyOnWriteArrayList<>();

    /** At most as many as the topic has partitions here. */
    private final Map<Integer, CoordinatorShard<C, E, R>> shards = new ConcurrentHashMap<>();

    /**
     * @param machines a new, empty machine for a partition; called on the partition's loop
     * @param codecs for batches that somebody compressed
     */
    public CoordinatorHost(
            CoordinatorSettings settings,
            int brokerId,
            Metadata metadata,
            Partitions partitions,
            IoThreads io,
            Codecs codecs,
            IntFunction<Coordinator<C, E, R>> machines,
            EventCodec<E> codec) {
        this.settings = settings;
        this.brokerId = brokerId;
        this.metadata = metadata;
        this.partitions = partitions;
        this.loads = new LoadCounts(settings.topic());
        this.tools =
                new CoordinatorShard.Tools<>(
                        settings,
                        machines,
                        codec,
                        new EventLog<>(codec, codecs, io),
                        partition -> leads(partition) && !partition.isInDoubt(),
                        partition -> onServing.forEach(told -> told.accept(partition)),
                        loads);
    }

    /** Tells how coordinators loaded. */
    public MetricSource metrics() {
        return loads;
    }

    /** The internal topic. */
    public String topic() {
        return settings.topic();
    }

    /**
     * Asks the coordinator of a partition.
     *
     * @param reply called on {@code replyOn}, exactly once
     */
    public void submit(int partition, C command, EventLoop replyOn, Consumer<Reply<R>> reply) {
        Partition found = partitions.find(new TopicPartition(settings.topic(), partition));
        if (found == null) {
            ErrorCode error = whyNot(partition);
            replyOn.execute(() -> reply.accept(new Reply.Refused<>(error)));
            return;
        }
        found.loop().execute(() -> shard(found).submit(command, replyOn, reply));
    }

    /**
     * Hears of every coordinator that begins to serve, also again after it was loaded again, on the
     * loop of its partition. To be called before partitions are opened.
     */
    public void onServing(Consumer<Partition> listener) {
        onServing.add(listener);
    }

    /** Whether this broker is to lead a partition of the topic, as the image has it. */
    public boolean leads(Partition partition) {
        TopicImage topic = metadata.image().topics().get(settings.topic());
        int number = partition.name().partition();
        return topic != null
                && topic.id().equals(partition.topicId())
                && number < topic.partitions().size()
                && topic.partitions().get(number).leader() == brokerId;
    }

    private ErrorCode whyNot(int partition) {
        TopicImage topic = metadata.image().topics().get(settings.topic());
        if (topic == null || partition < 0 || partition >= topic.partitions().size()) {
            return ErrorCode.NOT_COORDINATOR;
        }
        PartitionImage image = topic.partitions().get(partition);
        // It leads and the log is not open yet: the client need not look for another broker.
        return image.leader() == brokerId
                ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
                : ErrorCode.NOT_COORDINATOR;
    }

    /**
     * This broker begins to lead a partition of any topic. If it is one of the internal topic its
     * coordinator is loaded: deadlines must run without anybody asking. On the partition's loop.
     */
    public void leading(Partition partition) {
        if (partition.name().topic().equals(settings.topic())) {
            shard(partition).wake();
        }
    }

    /** On the partition's loop. A topic that is deleted and made again has new partitions. */
    private CoordinatorShard<C, E, R> shard(Partition partition) {
        int number = partition.name().partition();
        @Nullable CoordinatorShard<C, E, R> known = shards.get(number);
        if (known != null && known.partition() == partition) {
            return known;
        }
        CoordinatorShard<C, E, R> made = new CoordinatorShard<>(partition, tools);
        shards.put(number, made);
        return made;
    }
}
