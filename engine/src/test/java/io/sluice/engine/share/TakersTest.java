package io.sluice.engine.share;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.share.LedgerFormat.Who;
import org.junit.jupiter.api.Test;

final class TakersTest {

    private static final int MOST = 10_000;
    private static final Who TOLD = new Who("m", "packer", "10.0.0.1");
    private static final Who LATER = new Who("m", "", "");

    private final Takers takers = new Takers(MOST);

    @Test
    void whoTookIsKnownWhenTheMemberAloneIsTold() {
        assertThat(takers.inFull(LATER)).isEqualTo(LATER);
        assertThat(takers.inFull(TOLD)).isEqualTo(TOLD);
        assertThat(takers.inFull(LATER)).isEqualTo(TOLD);
        assertThat(takers.inFull(Who.NOBODY)).isEqualTo(Who.NOBODY);
    }

    @Test
    void whoWasNotHeardOfForLongestIsForgotten() {
        takers.inFull(TOLD);
        takers.inFull(new Who("silent", "packer", "10.0.0.2"));
        for (int i = 0; i < MOST - 1; i++) {
            takers.inFull(new Who("other-" + i, "packer", "10.0.0.3"));
            takers.inFull(LATER);
        }
        assertThat(takers.inFull(LATER)).isEqualTo(TOLD);
        assertThat(takers.inFull(new Who("silent", "", "")).client()).isEmpty();
    }
}
