package io.sluice.kafka.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a member says of records, as the wire has it. */
final class SettledTest {

    private static final byte GAP = 0;
    private static final byte ACCEPT = 1;
    private static final byte RELEASE = 2;
    private static final byte RENEW = 4;

    private final Settled settled = new Settled(false);

    @Test
    void oneTypeIsForTheWholeRange() {
        settled.add(3, 9, List.of(ACCEPT));
        settled.add(10, 10, List.of(RELEASE));
        assertThat(settled.items())
                .containsExactly(
                        new Acknowledgement(3, 9, Type.ACCEPT),
                        new Acknowledgement(10, 10, Type.RELEASE));
        assertThat(settled.error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void neighboursOfOneTypeAreOne() {
        settled.add(3, 7, List.of(ACCEPT, ACCEPT, GAP, RELEASE, RELEASE));
        assertThat(settled.items())
                .containsExactly(
                        new Acknowledgement(3, 4, Type.ACCEPT),
                        new Acknowledgement(5, 5, Type.GAP),
                        new Acknowledgement(6, 7, Type.RELEASE));
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertRefused(5, 4, List.of(ACCEPT));
        assertRefused(-1, 4, List.of(ACCEPT));
        assertRefused(0, 4, List.of());
        assertRefused(0, 4, List.of(ACCEPT, ACCEPT));
        assertRefused(0, 0, List.of((byte) 9));
        assertRefused(0, 0, List.of((byte) -1));
        assertRefused(0, Long.MAX_VALUE, List.of(ACCEPT));
        settled.add(5, 6, List.of(ACCEPT));
        settled.add(6, 7, List.of(ACCEPT));
        assertThat(settled.error()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    private static void assertRefused(long first, long last, List<Byte> types) {
        Settled one = new Settled(false);
        one.add(first, last, types);
        assertThat(one.error()).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void aTimeIsForWhatIsReleased() {
        settled.add(3, 5, List.of(ACCEPT, RELEASE, RELEASE), 1_234L);
        assertThat(settled.items())
                .containsExactly(
                        new Acknowledgement(3, 3, Type.ACCEPT),
                        new Acknowledgement(4, 5, Type.RELEASE, 1_234L));
    }

    @Test
    void recordsAreKeptForLongerByRequestsForThatAlone() {
        assertRefused(0, 0, List.of(RENEW));
        Settled one = new Settled(true);
        one.add(0, 0, List.of(RENEW));
        assertThat(one.items()).containsExactly(new Acknowledgement(0, 0, Type.RENEW));
    }
}
