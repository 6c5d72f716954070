package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Await;
import io.sluice.system.harness.BrokerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters that a real consumer made, through the command line. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
final class DeadLetterCommandsTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final String RECORDS =
            """
            {"key":"a","value":"first","headers":{"tenant":"acme"}}
            {"key":"b","value":"second","headers":{"tenant":"other"}}
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

    /** A group that reads a topic of its name, and rejects what it gets. */
    private void begin(String name) {
        good("topic", "create", name);
        good(
                "config",
                "set",
                "group",
                name,
                "share.auto.offset.reset=earliest",
                "errors.deadletterqueue.topic.name=dlq." + name);
        assertThat(run(RECORDS, "produce", name, "--format", "json").exitCode()).isZero();
        reject(name, 2);
        awaitLetters(name, 2);
    }

    private void reject(String group, int count) {
        Members.take(broker.bootstrap(), group, count, value -> AcknowledgeType.REJECT);
    }

    private void awaitLetters(String name, int count) {
        Await.until(
                "letters",
                LIMIT,
                () ->
                        run("", "queue", "dead", "list", "dlq." + name, "--json").json().size()
                                == count);
    }

    /** Letters of one moment come in any order. */
    private static String letterOf(String list, String rest) {
        Matcher line = Pattern.compile("(?m)^(0:\\d) +" + rest).matcher(list);
        assertThat(line.find()).as(list).isTrue();
        return line.group(1);
    }

    @Test
    void lettersAreListedByTopicAndGroupAndShownWhole() {
        begin("mails");
        String all = good("queue", "dead", "list", "dlq.mails");
        String first = letterOf(all, "mails 0:0 +mails +rejected +1 .* a\n");
        String second = letterOf(all, "mails 0:1 +mails +rejected +1 .* b\n");
        assertThat(good("queue", "dead", "list", "--group", "mails")).isEqualTo(all);
        assertThat(good("queue", "dead", "list", "dlq.mails", "--header", "tenant=acme"))
                .contains(" a\n")
                .doesNotContain(" b\n");
        assertThat(good("queue", "dead", "list", "dlq.mails", "--reason", "expired"))
                .isEqualTo("There are no such letters.\n");
        assertThat(good("queue", "dead", "list", "dlq.mails", "--until", "2020-01-01"))
                .isEqualTo("There are no such letters.\n");
        assertThat(good("queue", "dead", "list", "dlq.mails", "--count", "1").lines()).hasSize(2);
        assertThat(good("queue", "dead", "show", "dlq.mails", first))
                .containsPattern("value +first")
                .containsPattern("tenant +acme")
                .containsPattern("__dlq.errors.message +Offset rejected by client.");
        assertThat(
                        run("", "queue", "dead", "show", "dlq.mails", second, "--json")
                                .json()
                                .get("value")
                                .asString())
                .isEqualTo("second");
        assertThat(run("", "queue", "dead", "show", "dlq.mails", "0:7").err())
                .contains("has no record 0:7");
    }

    @Test
    void whatIsSentBackIsAsItWasAndGoesNotRoundForEver() {
        begin("calls");
        assertThat(good("queue", "dead", "redrive", "dlq.calls", "--dry-run"))
                .isEqualTo("Would send back 2.\n");
        assertThat(good("consume", "calls", "--until", "end", "--print", "value"))
                .isEqualTo("first\nsecond\n");
        assertThat(good("queue", "dead", "redrive", "dlq.calls", "--key", "b", "--rate", "100"))
                .isEqualTo("Sent back 1.\n");
        assertThat(good("consume", "calls", "--from", "2", "--until", "end", "--format", "json"))
                .contains("\"headers\":{\"tenant\":\"other\",\"sluice-redrives\":\"1\"}");
        reject("calls", 1);
        awaitLetters("calls", 3);
        Ran again = run("", "queue", "dead", "redrive", "dlq.calls", "--max-redrives", "1");
        assertThat(again.exitCode()).isEqualTo(1);
        assertThat(again.out()).isEqualTo("Sent back 2.\n");
        assertThat(again.err()).contains("sent back 1 times before: 1.");
        Ran forced =
                run(
                        "",
                        "queue",
                        "dead",
                        "redrive",
                        "--group",
                        "calls",
                        "--max-redrives",
                        "1",
                        "--force",
                        "--json");
        assertThat(forced.exitCode()).isZero();
        assertThat(forced.json().get("redriven").asInt()).isEqualTo(3);
        assertThat(good("consume", "calls", "--from", "-1", "--until", "end", "--format", "json"))
                .contains("\"sluice-redrives\":\"2\"");
    }
}
