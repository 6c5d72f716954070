package io.sluice.engine.partition;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The partitions of this broker, by name and by topic identity. */
final class PartitionDirectory implements Partitions {

    private record Identity(Uuid topicId, int partition) {}

    private final Map<TopicPartition, Partition> byName = new ConcurrentHashMap<>();
    private final Map<Identity, Partition> byId = new ConcurrentHashMap<>();

    @Override
    public @Nullable Partition find(TopicPartition name) {
        return byName.get(name);
    }

    @Override
    public @Nullable Partition find(Uuid topicId, int partition) {
        return byId.get(new Identity(topicId, partition));
    }

    @Override
    public Collection<Partition> all() {
        return Collections.unmodifiableCollection(byName.values());
    }

    void add(Partition partition) {
        byName.put(partition.name(), partition);
        byId.put(new Identity(partition.topicId(), partition.name().partition()), partition);
    }

    void remove(Partition partition) {
        byName.remove(partition.name(), partition);
        byId.remove(new Identity(partition.topicId(), partition.name().partition()), partition);
    }
}
