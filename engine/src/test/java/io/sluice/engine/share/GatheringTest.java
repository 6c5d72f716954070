package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.share.Acquired;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.MemorySlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is given of what was acquired where it is too much at once. */
class GatheringTest {

    private static final int BATCHES = 6;
    private static final int BATCH_BYTES = Batches.plain(2, 0L).limit();

    /** Six batches of two records each. */
    private static Page page() throws IOException {
        ByteBuffer log = ByteBuffer.allocate(BATCHES * BATCH_BYTES);
        for (int i = 0; i < BATCHES; i++) {
            int at = log.position();
            log.put(Batches.plain(2, 0L));
            BatchHeader.assign(log, at, 2L * i, 0);
        }
        return Page.of(
                new MemorySlice(log.array(), () -> {}),
                new Page.Extent(0L, Long.MAX_VALUE, Integer.MAX_VALUE),
                ByteBuffer.allocate(1 << 12));
    }

    /** It was taken and given back as a whole for ever, as fast as a loop runs (seed 1200318). */
    @Test
    void ofARangeThatIsLargerThanTheBoundAPartIsGiven() throws IOException {
        Acquired large = new Acquired(1L, 9L, 3);
        Gathering gathering =
                new Gathering(List.of(large, new Acquired(10L, 10L, 1)), 2 * BATCH_BYTES + 1);
        gathering.take(page());
        assertThat(gathering.isComplete()).isTrue();
        assertThat(gathering.given()).containsExactly(new Acquired(1L, 3L, 3));
        assertThat(gathering.left())
                .containsExactly(new Acquired(4L, 9L, 3), new Acquired(10L, 10L, 1));
        assertThat(gathering.records().sizeInBytes()).isEqualTo(2 * BATCH_BYTES);
        gathering.release();
    }

    @Test
    void whatEndsWithABatchIsNotCut() throws IOException {
        Gathering gathering =
                new Gathering(
                        List.of(new Acquired(0L, 3L, 1), new Acquired(4L, 5L, 2)), 2 * BATCH_BYTES);
        gathering.take(page());
        assertThat(gathering.given()).containsExactly(new Acquired(0L, 3L, 1));
        assertThat(gathering.left()).containsExactly(new Acquired(4L, 5L, 2));
        gathering.release();
    }
}
