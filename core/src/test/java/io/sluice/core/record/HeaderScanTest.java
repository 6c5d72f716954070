package io.sluice.core.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeaderScanTest {

    private static final byte[] PREFIX = "sluice-".getBytes(StandardCharsets.UTF_8);
    private static final String[] NAMES = {"", "sluice", "sluice_x", "Sluice-delay", "trace", "x"};

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void findsWhatIsThereAndNothingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 3_000; round++) {
            BatchWriter writer = new BatchWriter();
            int records = 1 + random.nextInt(5);
            int asking = random.nextInt(3 * records);
            for (int i = 0; i < records; i++) {
                List<RecordHeader> headers = new ArrayList<>();
                for (int j = random.nextInt(4); j > 0; j--) {
                    byte[] value = random.nextInt(3) == 0 ? null : bytes(random, 200);
                    headers.add(new RecordHeader(NAMES[random.nextInt(NAMES.length)], value));
                }
                if (i == asking) {
                    headers.add(
                            random.nextInt(headers.size() + 1), new RecordHeader("sluice-", null));
                }
                byte[] key = random.nextBoolean() ? null : bytes(random, 100);
                byte[] value = random.nextInt(4) == 0 ? null : bytes(random, 300);
                writer.add(key, value, headers, 1L << random.nextInt(60));
            }
            assertThat(scan(writer.take())).as("seed %d", seed).isEqualTo(asking < records);
        }
    }

    private static boolean scan(ByteBuffer batch) {
        BatchHeader header = BatchHeader.read(batch, 0);
        ByteBuffer plain = batch.slice(BatchHeader.SIZE, batch.limit() - BatchHeader.SIZE);
        return HeaderScan.finds(plain, header.recordCount(), PREFIX);
    }

    @Test
    void noiseEnds() {
        Random random = new Random(7);
        int found = 0;
        for (int round = 0; round < 20_000; round++) {
            ByteBuffer noise = ByteBuffer.wrap(bytes(random, 60));
            found += HeaderScan.finds(noise, Integer.MAX_VALUE, PREFIX) ? 1 : 0;
        }
        assertThat(found).isZero();
    }
}
