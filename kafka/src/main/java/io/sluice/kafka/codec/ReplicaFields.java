package io.sluice.kafka.codec;

import java.nio.ByteBuffer;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.protocol.types.RawTaggedField;

/**
 * What followers tell beside Kafka's own fields, as tagged fields of numbers that Kafka does not
 * use (KIP-482). A follower fetches from the end of its log before that is on its disk, and says
 * apart how far the disk has come: so records travel while a flush runs.
 */
public final class ReplicaFields {

    /** In a partition of a fetch: the follower's durable end, an int64. */
    static final int DURABLE_END_TAG = 10_000;

    /** Nothing was said. */
    public static final long UNKNOWN = -1L;

    private ReplicaFields() {}

    /** Adds the follower's durable end. */
    public static void durableEnd(FetchPartition partition, long offset) {
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(offset).array();
        partition.unknownTaggedFields().add(new RawTaggedField(DURABLE_END_TAG, value));
    }

    /** The follower's durable end, or {@link #UNKNOWN}. */
    public static long durableEnd(FetchPartition partition) {
        for (RawTaggedField field : partition.unknownTaggedFields()) {
            if (field.tag() == DURABLE_END_TAG && field.size() == Long.BYTES) {
                return ByteBuffer.wrap(field.data()).getLong();
            }
        }
        return UNKNOWN;
    }
}
