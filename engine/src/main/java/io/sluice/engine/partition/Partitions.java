package io.sluice.engine.partition;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The directory of the partitions that this broker hosts. Any thread may ask. */
public interface Partitions {

    /** The partition, or null if this broker does not host it (now). */
    @Nullable Partition find(TopicPartition name);

    /** By topic identity, for requests that carry it (KIP-516); null if not hosted. */
    @Nullable Partition find(Uuid topicId, int partition);

    Collection<Partition> all();
}
