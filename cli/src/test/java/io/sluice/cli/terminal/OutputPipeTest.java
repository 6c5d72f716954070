package io.sluice.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class OutputPipeTest {

    @Test
    void aClosedPipeIsNoError() {
        assertThat(OutputPipe.isClosed(new IOException("Broken pipe"))).isTrue();
        assertThat(OutputPipe.isClosed(new IOException("No space left on device"))).isFalse();
    }
}
