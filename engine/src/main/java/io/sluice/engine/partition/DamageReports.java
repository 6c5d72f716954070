package io.sluice.engine.partition;

import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Tells the controller which replicas here are damaged, so that others lead, and these begin anew
 * from what others have. Any thread may report; the rest is the metadata loop's.
 */
final class DamageReports {

    private static final long AGAIN_MS = 5_000;

    private final int brokerId;
    private final EventLoop home;
    private final Metadata metadata;
    private final Predicate<TopicPartition> isOffline;

    /** Told, and not again for a while: every read may find it. */
    private final Set<TopicPartition> told = new TreeSet<>();

    /**
     * @param isOffline whether the replica still cannot be used at all, so that nobody will find
     *     the damage again
     */
    DamageReports(
            int brokerId, EventLoop home, Metadata metadata, Predicate<TopicPartition> isOffline) {
        this.brokerId = brokerId;
        this.home = home;
        this.metadata = metadata;
        this.isOffline = isOffline;
    }

    void report(TopicPartition name) {
        home.execute(() -> {
            if (told.add(name)) {
                send(name);
            }
        });
    }

    private void send(TopicPartition name) {
        metadata.submit(
                new AssignDirectories(brokerId, Map.of(name, PartitionImage.LOST_DIRECTORY)),
                home,
                reply -> home.schedule(AGAIN_MS, () -> again(name)));
    }

    private void again(TopicPartition name) {
        if (isOffline.test(name)) {
            send(name);
        } else {
            told.remove(name);
        }
    }
}
