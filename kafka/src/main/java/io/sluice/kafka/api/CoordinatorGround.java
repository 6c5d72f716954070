package io.sluice.kafka.api;

import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.CoordinatorSettings;
import io.sluice.engine.coordinator.EventCodec;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partitions;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * What the coordinators of a broker stand on, of whichever kind they are.
 *
 * @param io where the log is read while a coordinator loads
 * @param identities new random identities
 * @param home a loop for answers that nobody waits for, and for steps that belong to no partition
 */
public record CoordinatorGround(
        int brokerId,
        Metadata metadata,
        Partitions partitions,
        IoThreads io,
        Codecs codecs,
        Supplier<Uuid> identities,
        EventLoop home) {

    /** The topic of one kind: compacted, with more replicas when more brokers come. */
    InternalTopic topic(
            String name,
            int count,
            int replicationFactor,
            int segmentBytes,
            Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("cleanup.policy", "compact");
        settings.put("segment.bytes", Integer.toString(segmentBytes));
        InternalTopic topic =
                new InternalTopic(
                        new InternalTopic.Spec(name, count, replicationFactor, settings),
                        metadata,
                        identities);
        topic.growWithTheCluster(brokerId, home);
        return topic;
    }

    /** Those of the topic's partitions that this broker leads. */
    <C, E, R> CoordinatorHost<C, E, R> host(
            String topic, IntFunction<Coordinator<C, E, R>> made, EventCodec<E> codec) {
        return new CoordinatorHost<>(
                CoordinatorSettings.of(topic),
                brokerId,
                metadata,
                partitions,
                io,
                codecs,
                made,
                codec);
    }
}
