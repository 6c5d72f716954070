package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Queues of real consumers through the command line, over a broker that is killed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(180)
final class QueueCommandsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String RECORDS =
            """
            {"key":"a","value":"first","headers":{"tenant":"acme"}}
            {"key":"b","value":"second","headers":{"tenant":"other"}}
            {"key":"a","value":"third","headers":{"tenant":"other"}}
            """;

    private BrokerProcess broker;

    @BeforeAll
    void start(@TempDir Path home) {
        broker = BrokerProcess.start(home);
    }

    @AfterAll
    void stop() {
        broker.close();
    }

    private Ran run(String input, String... words) {
        return Ran.with(broker.bootstrap(), input.getBytes(StandardCharsets.UTF_8), List.of(words));
    }

    private String good(String... words) {
        Ran ran = run("", words);
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        return ran.out();
    }

    /** A topic of three records, and a group of its name that reads it from its start. */
    private void begin(String name) {
        good("topic", "create", name);
        good("config", "set", "group", name, "share.auto.offset.reset=earliest");
        assertThat(run(RECORDS, "produce", name, "--format", "json").exitCode()).isZero();
    }

    /** Takes so many, and says of each value what the test says. */
    private void take(String group, int count, Map<String, AcknowledgeType> said) {
        Members.take(
                broker.bootstrap(),
                group,
                count,
                value -> said.getOrDefault(value, AcknowledgeType.ACCEPT));
    }

    private String browse(String name, String... more) {
        String[] words = new String[6 + more.length];
        System.arraycopy(
                new String[] {"queue", "browse", "--topic", name, "--group", name}, 0, words, 0, 6);
        System.arraycopy(more, 0, words, 6, more.length);
        return good(words);
    }

    @Test
    void whatIsInAQueueIsShownAndNotTaken() {
        begin("browsed");
        assertThat(run("", "queue", "browse", "-t", "browsed", "-g", "browsed").err())
                .contains("has no queue in 'browsed'");
        take("browsed", 3, Map.of("second", AcknowledgeType.RELEASE));
        for (int i = 0; i < 2; i++) {
            assertThat(browse("browsed"))
                    .containsPattern("0:1 +available +1 +- +- +\\S+ +b\n")
                    .doesNotContainPattern("(?m)^0:[02] ");
            assertThat(browse("browsed", "--state", "done", "--key", "a"))
                    .containsPattern("(?m)^0:0 ")
                    .containsPattern("(?m)^0:2 ")
                    .doesNotContainPattern("(?m)^0:1 ");
            assertThat(browse("browsed", "--state", "done", "--header", "tenant=acme", "--json"))
                    .contains("\"offset\":0", "\"value\":\"first\"")
                    .doesNotContain("\"offset\":2");
            broker.kill(); // what is remembered is shown, too
            broker.restart();
        }
        assertThat(browse("browsed", "--state", "held")).isEqualTo("There are no such records.\n");
    }

    private String consume(String name, String... more) {
        List<String> words =
                new ArrayList<>(List.of("queue", "consume", "--topic", name, "--group", name));
        words.addAll(List.of(more));
        return good(words.toArray(String[]::new));
    }

    @Test
    void whatIsPrintedIsDoneOrComesBack() {
        begin("printed");
        assertThat(consume("printed", "--count", "1", "--then", "release")).isEqualTo("first\n");
        assertThat(consume("printed", "--count", "3", "--print", "offset,value"))
                .isEqualTo("0\tfirst\n1\tsecond\n2\tthird\n");
        broker.kill();
        broker.restart();
        assertThat(consume("printed", "--idle", "2s")).isEmpty();
        assertThat(browse("printed")).isEqualTo("There are no such records.\n");
    }

    @Test
    void aCommandWorksOnRecordsAndItsExitStatusDecides() {
        begin("worked");
        String job =
                """
                value=$(cat); echo "$value of $SLUICE_KEY"
                case $value in
                second) exit 65 ;;
                third) [ "$SLUICE_DELIVERY" -gt 1 ] ;;
                esac\
                """;
        assertThat(consume("worked", "--exec", job, "--idle", "3s"))
                .isEqualTo("first of a\nsecond of b\nthird of a\nthird of a\n");
        Pattern last = Pattern.compile("accepted +worked 0:2 +2 ");
        String[] words = {"queue", "trace", "--topic", "worked", "--partition", "0"};
        Await.until("the ledger", LIMIT, () -> last.matcher(good(words)).find());
        assertThat(good(words))
                .containsPattern("accepted +worked 0:0 +1 ")
                .containsPattern("rejected +worked 0:1 +1 ")
                .containsPattern("released +worked 0:2 +1 ");
    }

    @Test
    void aCommandThatTakesLongerThanTheLockKeepsItsRecord() {
        begin("renewed");
        good("config", "set", "group", "renewed", "share.record.lock.duration.ms=1500");
        assertThat(consume("renewed", "--exec", "sleep 4; cat", "--count", "1"))
                .isEqualTo("first\n");
        assertThat(browse("renewed"))
                .containsPattern("0:1 +available +0 ")
                .doesNotContainPattern("(?m)^0:0 ");
        String[] words = {"queue", "trace", "--group", "renewed", "--client", "sluice-cli"};
        Await.until("the ledger", LIMIT, () -> good(words).contains("accepted"));
        assertThat(good(words)) // also of what came of it when all before was written
                .containsPattern("taken +renewed 0:0 +1 +renewed +sluice-cli +127.0.0.1 ")
                .containsPattern("accepted +renewed 0:0 +1 +renewed +sluice-cli +127.0.0.1 ");
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThat(
                        run(
                                "", "queue", "consume", "-t", "none", "-g", "none", "--exec", "cat",
                                "--then", "reject"))
                .satisfies(ran -> {
                    assertThat(ran.exitCode()).isEqualTo(2);
                    assertThat(ran.err()).contains("--exec and --then contradict each other");
                });
        assertThat(run("", "queue", "consume", "-t", "none", "-g", "none").err())
                .contains("topic 'none'");
    }

    @Test
    void whatHappenedToARecordIsToldOverAKill() {
        begin("traced");
        take("traced", 3, Map.of("second", AcknowledgeType.REJECT));
        String[] words = {"queue", "trace", "--topic", "traced", "--partition", "0"};
        Await.until("the ledger", LIMIT, () -> good(words).contains("rejected"));
        broker.kill();
        broker.restart();
        assertThat(good(words))
                .containsPattern("taken +traced 0:0-2 +1 +traced +tester +127.0.0.1 ")
                .containsPattern("accepted +traced 0:0 +1 +traced +tester +127.0.0.1 ")
                .containsPattern("rejected +traced 0:1 +1 +traced +tester +127.0.0.1 ")
                .containsPattern("accepted +traced 0:2 ");
        assertThat(good("queue", "trace", "-t", "traced", "-p", "0", "-o", "1"))
                .contains("taken", "rejected")
                .doesNotContain("accepted");
        assertThat(good("queue", "trace", "--group", "traced", "--client", "tester", "--json"))
                .contains("\"event\":\"rejected\"");
        assertThat(good("queue", "trace", "--topic", "traced", "--until", "2020-01-01"))
                .isEqualTo("Nothing of that was taken down.\n");
    }

    @Test
    void aPartIsWorkedOnAgainAndSurvivesAKill() {
        begin("replayed");
        take("replayed", 3, Map.of());
        String[] order = {"queue", "replay", "-t", "replayed", "-g", "replayed", "--key", "a"};
        assertThat(good("queue", "replay", "-t", "replayed", "-g", "replayed", "--dry-run"))
                .isEqualTo("Would be delivered again: 3 records.\n");
        assertThat(browse("replayed")).isEqualTo("There are no such records.\n");
        assertThat(good(order)).isEqualTo("To be delivered again: 2 records.\n");
        broker.kill();
        broker.restart();
        assertThat(browse("replayed"))
                .containsPattern("(?m)^0:0 ")
                .containsPattern("(?m)^0:2 ")
                .doesNotContainPattern("(?m)^0:1 ");
        take("replayed", 2, Map.of());
        assertThat(browse("replayed")).isEqualTo("There are no such records.\n");
        assertThat(
                        good(
                                "queue",
                                "reset",
                                "-t",
                                "replayed",
                                "-g",
                                "replayed",
                                "--to",
                                "1",
                                "--dry-run"))
                .contains("WOULD BEGIN AT");
        assertThat(browse("replayed")).isEqualTo("There are no such records.\n");
        Await.until(
                "the group to be empty",
                LIMIT,
                () ->
                        run("", "queue", "reset", "-t", "replayed", "-g", "replayed", "--to", "1")
                                        .exitCode()
                                == 0);
        take("replayed", 2, Map.of());
    }

    @Test
    void otherClientsReadTheSame() {
        begin("others");
        take("others", 3, Map.of("second", AcknowledgeType.RELEASE));
        Tool.Result console =
                Tool.kafka(
                        new byte[0],
                        "org.apache.kafka.tools.consumer.ConsoleConsumer",
                        "--bootstrap-server",
                        broker.bootstrap(),
                        "--topic",
                        "others",
                        "--partition",
                        "0",
                        "--offset",
                        "earliest",
                        "--timeout-ms",
                        "10000",
                        "--consumer-property",
                        "client.rack=sluice:queue;group=others",
                        "--property",
                        "print.headers=true");
        assertThat(console.text())
                .as(console.errors())
                .contains("tenant:other,sluice-queue-state:available,sluice-queue-deliveries:1")
                .contains("second")
                .doesNotContain("first", "third");
    }

    @Test
    void kcatReadsPastWhatIsNotThere() {
        Path kcat = Tool.find("kcat").orElse(null);
        assumeTrue(kcat != null, "kcat is not installed");
        begin("kcats");
        take("kcats", 3, Map.of("first", AcknowledgeType.RELEASE));
        for (int i = 0; i < 40; i++) { // so many that librdkafka would take empty batches ill
            assertThat(run(RECORDS, "produce", "kcats", "--format", "json").exitCode()).isZero();
        }
        Tool.Result read =
                Tool.run(
                        new byte[0],
                        List.of(
                                kcat.toString(),
                                "-C",
                                "-b",
                                broker.bootstrap(),
                                "-t",
                                "kcats",
                                "-o",
                                "beginning",
                                "-e",
                                "-q",
                                "-X",
                                "client.rack=sluice:queue;group=kcats;key=a",
                                "-f",
                                "%o=%s\n"));
        assertThat(read.text().lines().toList())
                .as(read.errors())
                .hasSize(81)
                .startsWith("0=first", "3=first")
                .endsWith("120=first", "122=third");
    }
}
