package io.sluice.engine.partition;

import io.sluice.core.controller.ControllerCommand.PartitionLoad;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;

/**
 * How much went through one partition at this broker since it was opened, and since its load was
 * last asked for. Owned by the partition's loop.
 */
final class PartitionVolume {

    private final Traffic ofBroker;
    private long appendedRecords;
    private long appendedBytes;
    private long fetchedBytes;

    // Since the load was last asked for; a follower's do not count.
    private long receivedBytes;
    private long servedBytes;

    /**
     * @param ofBroker counts them too
     */
    PartitionVolume(Traffic ofBroker) {
        this.ofBroker = ofBroker;
    }

    long appendedRecords() {
        return appendedRecords;
    }

    long appendedBytes() {
        return appendedBytes;
    }

    long fetchedBytes() {
        return fetchedBytes;
    }

    /** A client sent this much, whatever becomes of it. */
    void received(long bytes) {
        receivedBytes += bytes;
    }

    /** A leader stored what a client sent. */
    void appended(long records, long bytes) {
        appendedRecords += records;
        appendedBytes += bytes;
        ofBroker.appendedRecords.add(records);
        ofBroker.appendedBytes.add(bytes);
    }

    /** A client read this much. */
    void fetched(long bytes) {
        fetchedBytes += bytes;
        servedBytes += bytes;
        ofBroker.fetchedBytes.add(bytes);
    }

    /**
     * What clients wrote and read since it was last asked; nothing of a replica that follows.
     *
     * @param seconds since then
     */
    PartitionLoad takeLoad(Uuid topicId, TopicPartition name, boolean leads, double seconds) {
        PartitionLoad load =
                new PartitionLoad(
                        topicId,
                        name.partition(),
                        leads ? Math.round(receivedBytes / seconds) : 0L,
                        leads ? Math.round(servedBytes / seconds) : 0L);
        receivedBytes = 0L;
        servedBytes = 0L;
        return load;
    }
}
