package io.sluice.core.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.Uuid;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.core.share.LedgerFormat.Subject;
import io.sluice.core.share.LedgerFormat.Who;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is taken down is read again. */
class LedgerFormatTest {

    private static void add(LedgerFormat.Page page, Entry entry) {
        page.add(
                entry.deed(),
                entry.first(),
                entry.last(),
                entry.atMs(),
                entry.who(),
                entry.deliveries());
    }

    private static List<Entry> read(LedgerFormat.Page page) {
        return LedgerFormat.entries(ByteBuffer.wrap(page.take()));
    }

    @Test
    void whatWasWrittenIsRead() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        LedgerFormat.Page page = new LedgerFormat.Page();
        List<Entry> written = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Deed deed = Deed.values()[random.nextInt(Deed.values().length)];
            long first = random.nextInt(20) == 0 ? random.nextLong() >>> 2 : random.nextInt(1_000);
            int number = random.nextInt(30);
            Who who = new Who("m" + number, "c\"" + number, "10.0.0." + number);
            Entry entry =
                    new Entry(
                            deed,
                            first,
                            first + random.nextInt(500),
                            1_700_000_000_000L + random.nextInt(100_000),
                            who,
                            random.nextInt(300));
            add(page, entry);
            written.add(entry);
        }
        assertThat(read(page)).as("seed " + seed).isEqualTo(written);
    }

    @Test
    void neighboursAreOneEntry() {
        LedgerFormat.Page page = new LedgerFormat.Page();
        Who who = new Who("m", "c", "a");
        add(page, new Entry(Deed.TAKEN, 0, 9, 1_000, who, 1));
        for (int i = 0; i < 10; i++) {
            add(page, new Entry(Deed.ACCEPTED, i, i, 1_010 + i, who, 1));
        }
        add(page, new Entry(Deed.ACCEPTED, 10, 10, 2_000, who, 1));
        assertThat(read(page))
                .containsExactly(
                        new Entry(Deed.TAKEN, 0, 9, 1_000, who, 1),
                        new Entry(Deed.ACCEPTED, 0, 9, 1_010, who, 1),
                        new Entry(Deed.ACCEPTED, 10, 10, 2_000, who, 1));
    }

    @Test
    void aHundredDeliveriesCostAFewBytesEach() {
        LedgerFormat.Page page = new LedgerFormat.Page();
        Who who = new Who("6Zr0cPvWQ2uZVwOq8fZ0tA", "worker-1", "10.0.0.1");
        for (int i = 0; i < 100; i++) {
            long first = 1_000_000L + i * 500L;
            add(page, new Entry(Deed.TAKEN, first, first + 499, 1_700_000_000_000L + i, who, 1));
            add(page, new Entry(Deed.ACCEPTED, first, first + 499, 1_700_000_000_005L + i, who, 1));
        }
        assertThat(page.take().length).isLessThan(2_000);
    }

    @Test
    void aKeySaysWhoseRecords() {
        Subject subject = new Subject("grüppe", "orders", new Uuid(1, 2), 7);
        assertThat(LedgerFormat.subject(ByteBuffer.wrap(LedgerFormat.key(subject))))
                .isEqualTo(subject);
    }

    @Test
    void otherBytesSayNothing() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(60)];
            random.nextBytes(bytes);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[0] = 0;
            }
            LedgerFormat.subject(ByteBuffer.wrap(bytes));
            LedgerFormat.entries(ByteBuffer.wrap(bytes));
        }
    }
}
