package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.common.TopicPartition;

/** How far queues are done, as an administrator sees it. */
final class QueueOffsets {

    private QueueOffsets() {}

    /** Below it a queue remembers that all is done. */
    static long start(Admin admin, String group, TopicPartition partition) throws Exception {
        return requireNonNull(
                        admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                                .partitionsToOffsetInfo(group)
                                .get()
                                .get(partition))
                .startOffset();
    }

    /** Waits, but no longer than that, until it is the offset. */
    static void awaitStart(
            Admin admin, String group, TopicPartition partition, long offset, long waitNanos)
            throws Exception {
        long end = System.nanoTime() + waitNanos;
        long start = -1;
        while (start != offset && System.nanoTime() < end) {
            start = start(admin, group, partition);
        }
        assertThat(start).as("%s of %s is done up to", group, partition).isEqualTo(offset);
    }
}
