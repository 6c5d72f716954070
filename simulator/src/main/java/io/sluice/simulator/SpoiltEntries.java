package io.sluice.simulator;

import io.sluice.core.controller.MetadataEvent;
import io.sluice.core.controller.MetadataEvent.PartitionsChanged;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.controller.PartitionImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Entries of the metadata log that are not what was decided. */
final class SpoiltEntries {

    private SpoiltEntries() {}

    /** The entry with every change of a partition changed again. */
    static byte[] changed(byte[] entry, UnaryOperator<PartitionImage> change) {
        List<MetadataEvent> events = new ArrayList<>();
        for (MetadataEvent event : MetadataEventCodec.decode(ByteBuffer.wrap(entry))) {
            events.add(
                    event instanceof PartitionsChanged changed
                            ? new PartitionsChanged(
                                    changed.topicId(),
                                    changed.partitions().stream().map(change).toList())
                            : event);
        }
        return encode(events);
    }

    static byte[] encode(List<MetadataEvent> events) {
        ByteBuffer encoded = MetadataEventCodec.encode(events);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    static PartitionImage moved(PartitionImage one) {
        if (!one.isMoving()) {
            return one;
        }
        List<Integer> target = one.target();
        List<Integer> stay = one.isr().stream().filter(target::contains).toList();
        List<Integer> isr = stay.isEmpty() ? List.of(target.getFirst()) : stay;
        boolean leads = isr.contains(one.leader());
        return new PartitionImage(
                one.partition(),
                target,
                target.stream().map(one::directoryOf).toList(),
                isr,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                leads ? one.leader() : isr.getFirst(),
                leads ? one.leaderEpoch() : one.leaderEpoch() + 1,
                one.partitionEpoch(),
                one.uncleanEpoch(),
                false);
    }

    static PartitionImage wrongLeader(PartitionImage one) {
        for (int replica : one.replicas()) {
            if (!one.isr().contains(replica) && !one.eligible().contains(replica)) {
                return with(one, List.of(replica), replica, one.leaderEpoch());
            }
        }
        return one;
    }

    static PartitionImage with(PartitionImage of, List<Integer> isr, int leader, int leaderEpoch) {
        return new PartitionImage(
                of.partition(),
                of.replicas(),
                of.directories(),
                isr,
                of.adding(),
                of.removing(),
                List.of(),
                List.of(),
                leader,
                leaderEpoch,
                of.partitionEpoch(),
                of.uncleanEpoch(),
                of.byBalance());
    }
}
