package io.sluice.simulator.client;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.ScheduleBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Site;
import java.nio.ByteBuffer;

/** Reads all that is committed of a partition, once, also what clients leave out. */
public final class ScheduleReader extends Reader {

    private final ScheduleBook book;

    public ScheduleReader(Site site, ScheduleBook book, int number, TopicPartition partition) {
        super(site, number, "reader", partition, End.HIGH_WATERMARK, Integer.MAX_VALUE);
        this.book = book;
        readToTheEnd(); // what is before may be deleted
        retryLater();
    }

    @Override
    Door.Read readFrom(long offset) {
        return new Door.Read(
                partition,
                topicId,
                offset,
                -1,
                1 + random.nextInt(4_000),
                random.nextInt(500),
                false);
    }

    @Override
    void take(Stored one, Door.Records records, String where) {
        book.read(partition, one, bytes(records.bytes(), one.baseOffset()));
    }

    /** The batch at an offset, among others. */
    static ByteBuffer bytes(byte[] all, long baseOffset) {
        ByteBuffer bytes = ByteBuffer.wrap(all);
        int at = 0;
        while (true) {
            BatchHeader header = BatchHeader.read(bytes, at);
            if (header.baseOffset() == baseOffset) {
                return bytes.slice(at, header.sizeInBytes());
            }
            at += header.sizeInBytes();
        }
    }
}
