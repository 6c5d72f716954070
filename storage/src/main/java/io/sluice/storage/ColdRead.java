package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;

/**
 * Brings a region of a segment into memory and checks every whole batch in it: bytes that were away
 * are not trusted (I-4). A batch's CRC does not cover its base offset and leader epoch, which the
 * broker fills in; so these are held against the neighbours, the segment and the epochs of the log.
 *
 * <p>Made on the log's loop, which knows what must be there; run on an I/O thread.
 *
 * @param position where the region begins in the file
 * @param length of the region in bytes
 * @param endsWhole the last batch is not cut
 * @param segmentSize where the segment ended when this was made
 * @param firstOffset no batch of the segment begins below it
 * @param endOffset behind the segment's last record
 * @param epochs a copy of the log's own
 */
record ColdRead(
        SegmentFile name,
        int position,
        int length,
        boolean endsWhole,
        int segmentSize,
        long firstOffset,
        long endOffset,
        LeaderEpochs epochs) {

    /**
     * Reads the region.
     *
     * @throws CorruptLogException naming the file and the place
     */
    void verify(DiskFile file) throws IOException {
        long end = (long) position + length;
        BatchScanner scanner = new BatchScanner(file, position, end, firstOffset);
        for (BatchHeader batch = scanner.next(); batch != null; batch = scanner.next()) {
            checkEpoch(epochs, batch, name, scanner.batchPosition());
        }
        boolean cutAsAsked = scanner.isCut() && !endsWhole;
        if (!scanner.fault().isEmpty() && !cutAsAsked) {
            throw new CorruptLogException(name.path(), scanner.position(), scanner.fault());
        }
        checkEnd(file, scanner);
    }

    /** Holds a batch's epoch, which no CRC covers, against what the log knows of that offset. */
    static void checkEpoch(LeaderEpochs epochs, BatchHeader batch, SegmentFile name, long at)
            throws CorruptLogException {
        int epoch = epochs.epochAt(batch.baseOffset());
        if (epoch != BatchHeader.NO_LEADER_EPOCH && batch.leaderEpoch() != epoch) {
            throw new CorruptLogException(
                    name.path(),
                    at,
                    "leader epoch %d at offset %d, where it was %d"
                            .formatted(batch.leaderEpoch(), batch.baseOffset(), epoch));
        }
    }

    /** What comes behind the region tells whether its last batch has the offset it should. */
    private void checkEnd(DiskFile file, BatchScanner scanner) throws IOException {
        long limit = endOffset;
        if (scanner.position() < segmentSize) {
            BatchHeader next =
                    new HeaderWalk(
                                    file,
                                    name,
                                    (int) scanner.position(),
                                    segmentSize,
                                    0L,
                                    Long.MAX_VALUE)
                            .next();
            limit = next == null ? endOffset : Math.min(endOffset, next.baseOffset());
        }
        if (scanner.nextOffset() > limit) {
            throw new CorruptLogException(
                    name.path(),
                    scanner.position(),
                    "offset %d, where %d has been reached".formatted(limit, scanner.nextOffset()));
        }
    }
}
