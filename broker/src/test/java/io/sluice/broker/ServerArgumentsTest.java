package io.sluice.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class ServerArgumentsTest {

    private static ServerArguments parse(String... arguments) {
        return ServerArguments.parse(List.of(arguments));
    }

    private static void isRefused(String why, String... arguments) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> parse(arguments))
                .withMessageContaining(why);
    }

    @Test
    void nothingIsNeeded() {
        assertThat(parse())
                .isEqualTo(
                        new ServerArguments(
                                Optional.empty(),
                                Optional.empty(),
                                OptionalInt.empty(),
                                List.of(),
                                false,
                                false));
    }

    @Test
    void aValueFollowsOrIsJoined() {
        ServerArguments followed =
                parse("--config", "f", "--data", "d", "--port", "0", "--set", "a=b", "--set", "c=");
        assertThat(followed)
                .isEqualTo(parse("--config=f", "--data=d", "--port=0", "--set=a=b", "--set=c="))
                .isEqualTo(
                        new ServerArguments(
                                Optional.of(Path.of("f")),
                                Optional.of(Path.of("d")),
                                OptionalInt.of(0),
                                List.of("a=b", "c="),
                                false,
                                false));
        assertThat(parse("--end-with-input").endsWithInput()).isTrue();
    }

    @Test
    void helpIsAskedFor() {
        assertThat(parse("--help").help()).isTrue();
        assertThat(parse("--port", "1", "-h").help()).isTrue();
    }

    @Test
    void whatIsWrongIsNamed() {
        isRefused("--prot", "--prot", "9092");
        isRefused("data", "data");
        isRefused("--data has no value", "--data");
        isRefused("65536 is not a port", "--port", "65536");
        isRefused("-1 is not a port", "--port=-1");
        isRefused("x is not a port", "--port", "x");
    }
}
