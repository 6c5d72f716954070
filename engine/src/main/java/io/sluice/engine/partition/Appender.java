package io.sluice.engine.partition;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writes what the broker itself has to say to a topic, wherever its partition is led: questions,
 * dead letters. With acks=all. Any thread may call.
 */
public final class Appender {

    private static final int TIMEOUT_MS = 30_000;

    private final Partitions partitions;
    private final Metadata metadata;
    private final OtherLeaders others;

    public Appender(Partitions partitions, Metadata metadata, OtherLeaders others) {
        this.partitions = partitions;
        this.metadata = metadata;
        this.others = others;
    }

    /**
     * Appends one batch, which nobody changes meanwhile.
     *
     * @param done on {@code replyOn}, once: NONE when it is committed; LEADER_NOT_AVAILABLE while
     *     nobody is known to lead the partition, or it is being opened here
     */
    public void append(
            TopicPartition to, ByteBuffer batch, EventLoop replyOn, Consumer<ErrorCode> done) {
        int leader = leader(to);
        Partition here = partitions.find(to);
        if (others.isOther(leader)) {
            others.append(leader, to, batch, replyOn, done);
        } else if (here == null) {
            replyOn.execute(() -> done.accept(ErrorCode.LEADER_NOT_AVAILABLE));
        } else {
            here.loop()
                    .execute(() ->
                            here.append(
                                    batch,
                                    List.of(BatchHeader.read(batch, batch.position())),
                                    (short) -1,
                                    TIMEOUT_MS,
                                    result -> replyOn.execute(() -> done.accept(result.error()))));
        }
    }

    /** Who leads it, as this broker knows; {@link PartitionImage#NO_LEADER} if nobody does. */
    public int leader(TopicPartition of) {
        TopicImage topic = metadata.image().topics().get(of.topic());
        return topic == null || of.partition() >= topic.partitions().size()
                ? PartitionImage.NO_LEADER
                : topic.partitions().get(of.partition()).leader();
    }
}
