package io.sluice.kafka.codec;

import io.sluice.engine.replication.AnswerClock.Stamp;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.jspecify.annotations.Nullable;

/**
 * What followers tell beside Kafka's own fields, as tagged fields of numbers that Kafka does not
 * use (KIP-482). A follower fetches from the end of its log before that is on its disk, and says
 * apart how far the disk has come: so records travel while a flush runs. It tells which answer it
 * heard last, so that the leader knows how old its word is at most.
 */
public final class ReplicaFields {

    /** In a partition of a fetch: the follower's durable end, an int64. */
    static final int DURABLE_END_TAG = 10_000;

    /**
     * In a fetch of a follower: the newest stamp that it heard of this leader; in the answer: its
     * own. A run of the process and a time of its clock, both int64.
     */
    static final int STAMP_TAG = 10_001;

    /** Nothing was said. */
    public static final long UNKNOWN = -1L;

    private static final int STAMP_BYTES = 2 * Long.BYTES;

    private ReplicaFields() {}

    /** Adds the follower's durable end. */
    public static void durableEnd(FetchPartition partition, long offset) {
        partition.unknownTaggedFields().add(TaggedFields.ofLong(DURABLE_END_TAG, offset));
    }

    /** The follower's durable end, or {@link #UNKNOWN}. */
    public static long durableEnd(FetchPartition partition) {
        return TaggedFields.longOf(partition.unknownTaggedFields(), DURABLE_END_TAG, UNKNOWN);
    }

    /** Adds a stamp to a fetch of a follower, or to the answer. */
    public static void stamp(ApiMessage message, Stamp stamp) {
        ByteBuffer value =
                ByteBuffer.allocate(STAMP_BYTES).putLong(stamp.run()).putLong(stamp.ms());
        message.unknownTaggedFields().add(new RawTaggedField(STAMP_TAG, value.array()));
    }

    /** The stamp of a fetch or an answer, or null if it has none. */
    public static @Nullable Stamp stamp(ApiMessage message) {
        ByteBuffer value = TaggedFields.find(message.unknownTaggedFields(), STAMP_TAG, STAMP_BYTES);
        return value == null ? null : new Stamp(value.getLong(), value.getLong());
    }
}
