package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands that are interrupted, whose reader goes, or whose broker dies. */
@Timeout(180)
final class SignalsTest {

    private static final int INTERRUPTED = 130;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Home home;
    private BrokerProcess broker;

    @BeforeEach
    void start(@TempDir Path folder) throws IOException {
        home = Home.bare(folder).withJdk().built().withMaven("exit 99");
        broker = BrokerProcess.start(folder.resolve("broker"));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private ProcessBuilder command(String... arguments) {
        ProcessBuilder builder = home.command(home.sluice(), arguments);
        builder.environment().put("SLUICE_BOOTSTRAP", broker.bootstrap());
        return builder;
    }

    private String sluice(String input, String... arguments) {
        Tool.Result result = Tool.run(input.getBytes(StandardCharsets.UTF_8), command(arguments));
        assertThat(result.exitCode()).as(result.errors()).isZero();
        return result.text();
    }

    @Test
    void ctrlCEndsAConsumerAfterWhatItHasRead() throws IOException {
        sluice("", "topic", "create", "orders");
        sluice("one\ntwo\n", "produce", "orders");
        try (Running consumer = Running.start(command("consume", "orders"))) {
            consumer.awaitOutput("two records", text -> text.equals("one\ntwo\n"));
            assertThat(consumer.signal("INT")).isEqualTo(INTERRUPTED);
            assertThat(consumer.output()).isEqualTo("one\ntwo\n");
            assertThat(consumer.errors()).isEmpty();
        }
    }

    @Test
    void ctrlCEndsABenchWithItsSummaryAndWithoutItsTopic() throws IOException {
        try (Running bench =
                Running.start(command("bench", "--rate", "500", "--duration", "10m", "--json"))) {
            Await.until("it has sent", LIMIT, () -> hasRecords(broker));
            assertThat(bench.signal("INT")).isEqualTo(INTERRUPTED);
            assertThat(bench.output()).contains("\"records\":", "\"acknowledgementMs\":");
            assertThat(bench.errors()).isEmpty();
        }
        assertThat(sluice("", "topic", "list")).doesNotContain("bench-");
    }

    private static boolean hasRecords(BrokerProcess broker) {
        Ran ran =
                Ran.with(broker.bootstrap(), new byte[0], List.of("cluster", "describe", "--json"));
        return !ran.out().contains("\"bytes\":0,");
    }

    @Test
    void aConsumerWhoseReaderIsGoneEnds() throws IOException {
        sluice("", "topic", "create", "orders");
        sluice("one\ntwo\nthree\n", "produce", "orders");
        // The reader takes its line and goes; the consumer still waits for records that never come.
        ProcessBuilder pipe = command("unused");
        pipe.command(
                "bash",
                "-c",
                "'" + home.sluice() + "' consume orders | head -1; echo \"${PIPESTATUS[0]}\"");
        Tool.Result result = Tool.run(new byte[0], pipe);
        assertThat(result.text()).isEqualTo("one\n0\n");
        assertThat(result.errors()).isEmpty();
    }

    @Test
    void aProducerWhoseBrokerDiesTellsWhatWasAcknowledged() throws IOException {
        sluice("", "topic", "create", "orders");
        try (Running producer =
                Running.start(command("produce", "orders", "--timeout", "6s", "--linger", "0ms"))) {
            OutputStream in = producer.process().getOutputStream();
            for (int line = 0; line < 100; line++) {
                in.write(("line " + line + "\n").getBytes(StandardCharsets.UTF_8));
            }
            in.flush();
            Await.until(
                    "all are there",
                    LIMIT,
                    () -> sluice("", "topic", "offsets", "orders").contains("100"));
            broker.kill();
            in.write("too late\nmuch too late\n".getBytes(StandardCharsets.UTF_8));
            in.close();
            assertThat(producer.exitCode()).isEqualTo(1);
            assertThat(producer.errors())
                    .contains("Sent 100 records, ")
                    .contains("line 101: ", broker.bootstrap())
                    .contains("All lines before it were acknowledged; ")
                    // Whether the client still took the second line is a matter of time.
                    .containsPattern("(1 record was|2 were) not, and may be stored or not");
        }
        broker.restart();
        List<String> lines = sluice("", "consume", "orders", "--until", "end").lines().toList();
        assertThat(lines.subList(0, 100)).first().isEqualTo("line 0");
        assertThat(lines.subList(0, 100)).last().isEqualTo("line 99");
    }

    @Test
    void aBenchWhoseBrokerDiesReportsUntilThenAndFails() throws IOException {
        try (Running bench =
                Running.start(
                        command(
                                "bench",
                                "--rate",
                                "500",
                                "--duration",
                                "10m",
                                "--timeout",
                                "6s"))) {
            Await.until("it has sent", LIMIT, () -> hasRecords(broker));
            broker.kill();
            assertThat(bench.exitCode()).isEqualTo(1);
            Matcher figures =
                    Pattern.compile("([0-9,]+) records of 1.0 KB").matcher(bench.output());
            assertThat(figures.find()).as(bench.output()).isTrue();
            assertThat(bench.errors()).startsWith("sluice: " + broker.bootstrap());
        }
    }
}
