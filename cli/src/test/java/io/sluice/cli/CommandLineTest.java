package io.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.cli.terminal.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** The whole command line without a broker: parsing, help, exit codes, sentences. */
@Timeout(60)
final class CommandLineTest {

    private record Run(int exitCode, String out, String err) {}

    private static Run run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                Terminal.of(
                        new ByteArrayInputStream("a line\n".getBytes(StandardCharsets.UTF_8)),
                        out,
                        err);
        int exitCode = Main.commandLine(terminal).execute(arguments);
        return new Run(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }

    private static List<CommandLine> everyCommand() {
        List<CommandLine> all = new ArrayList<>();
        collect(
                Main.commandLine(
                        Terminal.of(
                                new ByteArrayInputStream(new byte[0]),
                                new ByteArrayOutputStream(),
                                new ByteArrayOutputStream())),
                all);
        return all;
    }

    private static void collect(CommandLine command, List<CommandLine> into) {
        into.add(command);
        command.getSubcommands().values().forEach(sub -> collect(sub, into));
    }

    @Test
    void everyCommandTeaches() {
        for (CommandLine command : everyCommand()) {
            String name = command.getCommandSpec().qualifiedName();
            String help = command.getUsageMessage();
            assertThat(help)
                    .as(name)
                    .startsWith("Usage: " + name)
                    .contains("Options\n", "-h, --help", "Examples\n  ")
                    .doesNotContain("${");
            assertThat(help.lines().allMatch(line -> line.length() <= 100)).as(help).isTrue();
        }
    }

    @Test
    void helpGoesToStandardOutputAndSucceeds() {
        Run run = run("topic", "create", "--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("--if-not-exists");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void theHelpNamesOnlyWhatWorks() {
        assertThat(run("--help").out())
                .contains("server", "topic", "config", "cluster", "produce", "consume", "bench")
                .contains("schedule", "SLUICE_BOOTSTRAP", "NO_COLOR", "bad usage");
    }

    @Test
    void aMistypedCommandOrOptionNamesTheRightOne() {
        Run command = run("topc", "list");
        assertThat(command.exitCode()).isEqualTo(2);
        assertThat(command.err()).contains("'topc'", "Did you mean 'topic'?");
        Run option = run("topic", "create", "x", "--partitons", "3");
        assertThat(option.exitCode()).isEqualTo(2);
        assertThat(option.err())
                .contains(
                        "'--partitons'",
                        "Did you mean '--partitions'?",
                        "Try 'sluice topic create --help'");
    }

    @Test
    void badUsageNamesTheValueAndTheRemedy() {
        assertThat(run().err()).contains("name a command");
        assertThat(run("topic").err()).contains("name what to do");
        assertThat(run("topic", "create", "x", "--config", "broken").err())
                .contains("'broken' is not of the form key=value");
        assertThat(run("topic", "create", "x", "--partitions", "0").err())
                .contains("--partitions is 0");
        assertThat(run("topic", "alter", "x").err()).contains("name a change");
        assertThat(run("topic", "truncate", "x", "--before", "soon").err())
                .contains("'soon'", "or 'end'");
        assertThat(run("bench", "--size", "big").err()).contains("'big' is not a size");
        assertThat(run("bench", "--size", "4").err()).contains("4 B", "8 bytes");
        assertThat(run("topic", "list", "--timeout", "5").err())
                .contains("'5' is not a duration", "30s");
        assertThat(run("consume", "x", "--from", "yesterday").err())
                .contains("'yesterday'", "earliest");
        assertThat(run("consume", "x", "--follow", "--until", "end").err()).contains("contradict");
        assertThat(run("produce", "x", "--acks", "2").err()).contains("'2'", "all, 1 or 0");
        for (String[] bad :
                new String[][] {
                    {}, {"topic"}, {"consume", "x", "--from", "yesterday"}, {"produce"}, {"config"}
                }) {
            assertThat(run(bad).exitCode()).isEqualTo(2);
        }
    }

    @Test
    void anUnreachableBrokerIsNamedWithTheWayToStartOne() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        for (String[] command :
                new String[][] {
                    {"topic", "list"},
                    {"cluster", "describe"},
                    {"produce", "x"},
                    {"consume", "x"},
                    {"bench"}
                }) {
            List<String> arguments = new ArrayList<>(List.of(command));
            arguments.addAll(List.of("--bootstrap", "127.0.0.1:" + port));
            Run run = run(arguments.toArray(String[]::new));
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            assertThat(run.err())
                    .startsWith("sluice: no broker listens at 127.0.0.1:" + port)
                    .contains("sluice server")
                    .doesNotContain("\tat ");
        }
        assertThat(run("topic", "list", "-v", "-b", "127.0.0.1:" + port).err()).contains("\tat ");
    }

    @Test
    void whoDoesNotAnswerIsNamedAfterTheTimeout() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Run run =
                    run(
                            "topic",
                            "list",
                            "--timeout",
                            "300ms",
                            "--bootstrap",
                            "127.0.0.1:" + silent.getLocalPort());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err())
                    .contains("127.0.0.1:" + silent.getLocalPort(), "300 ms", "--timeout");
        }
    }

    @Test
    void anAddressThatIsNoneIsNamed() {
        assertThat(run("topic", "list", "-b", "nonsense").err())
                .contains("'nonsense' is not an address", "HOST:PORT");
        assertThat(run("topic", "list", "-b", "127.0.0.1:99999").err())
                .contains("'127.0.0.1:99999' is not an address");
    }

    @Test
    void theServerCommandExplainsItself() {
        Run run = run("server");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("bin/sluice server");
        assertThat(run("server", "--help").out()).contains("--config", "--data", "--port", "--set");
    }

    @Test
    void completionAndVersionPrint() {
        assertThat(run("completion", "bash").out()).contains("_complete_sluice", "--partitions");
        assertThat(run("completion", "zsh").out()).contains("bashcompinit");
        assertThat(run("completion", "tcsh").exitCode()).isEqualTo(2);
        assertThat(run("version").out()).startsWith("sluice ");
        assertThat(run("--version").out()).startsWith("sluice ").doesNotContain("${");
    }
}
