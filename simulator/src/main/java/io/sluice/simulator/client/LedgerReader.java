package io.sluice.simulator.client;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordReader;
import io.sluice.core.share.LedgerFormat;
import io.sluice.core.share.LedgerFormat.Subject;
import io.sluice.simulator.check.LedgerBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.Door;
import io.sluice.simulator.cluster.Shares;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import io.sluice.storage.compress.LibraryCodecs;
import java.nio.ByteBuffer;

/** Reads the ledger of queues, once. */
public final class LedgerReader extends Reader {

    private final LedgerBook book;

    public LedgerReader(Site site, LedgerBook book, int number) {
        super(
                site,
                number,
                "ledger-reader",
                new TopicPartition(Shares.LEDGER, 0),
                End.HIGH_WATERMARK,
                Integer.MAX_VALUE);
        this.book = book;
        readToTheEnd();
        retryLater();
    }

    @Override
    Door.Read readFrom(long offset) {
        return new Door.Read(partition, topicId, offset, -1, 1 + random.nextInt(8_000), 500, false);
    }

    @Override
    void take(Stored one, Door.Records records, String where) {
        ByteBuffer bytes = ScheduleReader.bytes(records.bytes(), one.baseOffset());
        try {
            RecordReader record =
                    RecordReader.of(BatchHeader.read(bytes, 0), bytes, new LibraryCodecs());
            while (record.next()) {
                Subject subject = LedgerFormat.subject(record.key());
                if (subject == null) {
                    throw new Violation("ledger", where + ": whose is " + one);
                }
                LedgerFormat.entries(record.value()).forEach(entry -> book.read(subject, entry));
            }
        } catch (RecordFormatException e) {
            throw new Violation("ledger", where + ": " + e.getMessage());
        }
    }
}
