package io.sluice.simulator;

import io.sluice.core.controller.MetadataEvent;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.model.BatchHeader;
import io.sluice.simulator.cluster.Site.Spoilt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Mistakes made on purpose, at the ports: a simulator that does not find them is blind. */
public enum Bug {
    /** None: production as it is. */
    NONE(Spoilt.NOTHING),

    /** Acknowledged before the records are on stable storage. */
    RECORDS_NOT_FLUSHED(
            lying((method, path, honest) ->
                    method.equals("force") && ends(path, ".log") ? null : honest.run())),

    /** A new segment's name is not made durable. */
    NAMES_NOT_FLUSHED(
            lying((method, path, honest) -> method.equals("syncDirectory") ? null : honest.run())),

    /** A flush that failed is taken for done, as one that is tried again would be. */
    FAILED_FLUSH_FORGOTTEN(
            lying((method, path, honest) -> {
                try {
                    return honest.run();
                } catch (IOException e) {
                    if (method.equals("force") && ends(path, ".log")) {
                        return null;
                    }
                    throw e;
                }
            })),

    /** Half of the bytes arrived, and nobody looks. */
    FAILED_WRITE_FORGOTTEN(
            lying((method, path, honest) -> {
                try {
                    return honest.run();
                } catch (IOException e) {
                    if (method.equals("write")) {
                        return null;
                    }
                    throw e;
                }
            })),

    /** A broker that starts anew leads on in its old epoch. */
    EPOCH_NOT_BUMPED(Spoilt.NOTHING.withEntries(Bug::withoutNewEpochs)),

    /** Retries of an idempotent producer are taken for new batches. */
    SEQUENCES_NOT_CHECKED(Spoilt.NOTHING.withBatches(Bug::withoutProducer));

    private final Spoilt spoilt;

    Bug(Spoilt spoilt) {
        this.spoilt = spoilt;
    }

    Spoilt spoil() {
        return spoilt;
    }

    private static Spoilt lying(LyingDisk.Lie lie) {
        return Spoilt.NOTHING.withDisk(disk -> LyingDisk.over(disk, lie));
    }

    private static boolean ends(Path path, String suffix) {
        return path.toString().endsWith(suffix);
    }

    private static byte[] withoutNewEpochs(byte[] entry) {
        List<MetadataEvent> events = new ArrayList<>();
        for (MetadataEvent event : MetadataEventCodec.decode(ByteBuffer.wrap(entry))) {
            if (!(event instanceof MetadataEvent.LeaderEpochsBumped)) {
                events.add(event);
            }
        }
        ByteBuffer encoded = MetadataEventCodec.encode(events);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static ByteBuffer withoutProducer(ByteBuffer batch) {
        batch.putLong(BatchHeader.PRODUCER_ID_AT, BatchHeader.NO_PRODUCER_ID);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, BatchHeader.NO_PRODUCER_EPOCH);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, BatchHeader.NO_SEQUENCE);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }
}
