package io.sluice.system.commandline;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/sluice} and {@code bin/test}: what they find, build, say and return. */
final class LauncherTest {

    private static final String BROKEN_MAVEN = "echo 'Maven was called' >&2; exit 99";

    private Home home;

    @TempDir private Path folder;

    @BeforeEach
    void make() throws IOException {
        home = Home.bare(folder);
    }

    private Tool.Result run(Path script, String... arguments) {
        return Tool.run(new byte[0], home.command(script, arguments));
    }

    private Tool.Result sluice(String... arguments) {
        return run(home.sluice(), arguments);
    }

    @Test
    void aJdk25IsFoundWhenTheDefaultJavaIs17() throws IOException {
        Path jdks = home.onlyJdksOfTheTest();
        Home.fakeJdk(folder.resolve("old/jdk-17"), "17.0.15");
        Home.fakeJdk(jdks.resolve("a-jdk-21"), "21.0.2");
        Home.jdkOfThisTest(jdks.resolve("b-jdk-25"));
        home.defaultJava(folder.resolve("old/jdk-17"));
        home.built().withMaven(BROKEN_MAVEN);

        Tool.Result version = sluice("version");
        assertThat(version.exitCode()).as(version.errors()).isZero();
        assertThat(version.text()).startsWith("sluice ");
        assertThat(version.errors()).isEmpty();
    }

    @Test
    void withoutAJdk25OneSentenceSaysWhatToInstall() throws IOException {
        Path jdks = home.onlyJdksOfTheTest();
        Home.fakeJdk(jdks.resolve("jdk-17"), "17.0.15");
        home.built().withMaven(BROKEN_MAVEN);
        for (Path script : new Path[] {home.sluice(), home.root().resolve("bin/test")}) {
            Tool.Result result = run(script);
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.output()).isEmpty();
            assertThat(result.errors().lines()).hasSize(1);
            assertThat(result.errors())
                    .contains("no JDK 25 or later found", "install one", "SLUICE_JAVA_HOME");
        }
    }

    @Test
    void withoutMavenOneSentenceSaysWhatToInstall() {
        home.withJdk();
        for (Path script : new Path[] {home.sluice(), home.root().resolve("bin/test")}) {
            Tool.Result result = run(script);
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.output()).isEmpty();
            assertThat(result.errors().lines()).hasSize(1);
            assertThat(result.errors()).contains("Maven is needed", "install Maven 3.8");
        }
    }

    @Test
    void aFailedBuildShowsItsLastLinesAndIsTriedAgain() throws IOException {
        home.withJdk().withMaven("echo 'no such dependency'; exit 1");
        for (int attempt = 0; attempt < 2; attempt++) {
            Tool.Result result = sluice("version");
            assertThat(result.exitCode()).isEqualTo(1);
            assertThat(result.errors())
                    .contains("sluice: building", "the build failed", "no such dependency")
                    .contains("build.log");
        }
    }

    @Test
    void theFirstStartBuildsAndTheSecondDoesNotCallMaven() throws IOException {
        Path jars = folder.resolve("jars");
        Home.jars(jars);
        // What Maven leaves behind: the libraries in one folder, the two programs in two others.
        home.withJdk()
                .withMaven(
                        """
                        mkdir -p broker/target/quick cli/target/quick
                        cp '%1$s'/*.jar target/sluice/lib/
                        cp '%1$s/all.jar' cli/target/quick/sluice-cli-0.jar
                        cp '%1$s/all.jar' broker/target/quick/sluice-broker-0.jar
                        """
                                .formatted(jars));
        Tool.Result first = sluice("version");
        assertThat(first.exitCode()).as(first.errors()).isZero();
        assertThat(first.text()).startsWith("sluice ");
        assertThat(first.errors().lines()).hasSize(1);
        assertThat(first.errors()).contains("sluice: building", "done in");
        assertThat(home.root().resolve("target/sluice/server.aot")).exists();
        assertThat(home.root().resolve("target/sluice/cli.aot")).exists();

        home.withMaven(BROKEN_MAVEN);
        Tool.Result second = sluice("version");
        assertThat(second.exitCode()).isZero();
        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.errors()).isEmpty();

        Files.writeString(home.root().resolve("core/src/main/java/New.java"), "// newer");
        assertThat(sluice("version").errors()).contains("building");
    }

    @Test
    void itRunsFromAnyFolderAndThroughALink() throws IOException {
        home.withJdk().built().withMaven(BROKEN_MAVEN);
        Path link = folder.resolve("a link");
        Files.createSymbolicLink(link, home.sluice());
        Path linkToLink = folder.resolve("links/sluice");
        Files.createDirectories(linkToLink.getParent());
        Files.createSymbolicLink(linkToLink, Path.of("../a link"));
        for (Path name : new Path[] {home.sluice(), link, linkToLink}) {
            Tool.Result result = run(name, "version");
            assertThat(result.exitCode()).as(result.errors()).isZero();
            assertThat(result.text()).startsWith("sluice ");
        }
    }

    @Test
    void aBrokerServesStopsOnSigtermAndGuardsItsDataAndItsPort() throws Exception {
        home.withJdk().built().withMaven(BROKEN_MAVEN);
        Path data = folder.resolve("data");
        try (Running broker = Running.start(home, "server", "--data", data.toString())) {
            assertThat(broker.ready()).startsWith("sluice ready: kafka=127.0.0.1:");

            Tool.Result sameData = sluice("server", "--data", data.toString(), "--port", "0");
            assertThat(sameData.exitCode()).isEqualTo(1);
            assertThat(sameData.output()).isEmpty();
            assertThat(sameData.errors()).contains(data.toString()).contains("another");
            assertThat(sameData.errors()).doesNotContain("\tat ");

            Tool.Result samePort =
                    sluice(
                            "server",
                            "--data",
                            folder.resolve("other").toString(),
                            "--port",
                            broker.port());
            assertThat(samePort.exitCode()).isEqualTo(1);
            assertThat(samePort.output()).isEmpty();
            assertThat(samePort.errors())
                    .contains("cannot listen at", broker.port(), "in use", "--port");
            assertThat(samePort.errors()).doesNotContain("\tat ");

            Tool.Result created =
                    sluice("topic", "create", "orders", "-b", "127.0.0.1:" + broker.port());
            assertThat(created.text()).isEqualTo("Created orders: 1 partition, 1 replica\n");
            assertThat(broker.signal("TERM")).as(broker.errors()).isZero();
        }
        try (Running again = Running.start(home, "server", "--data", data.toString())) {
            assertThat(sluice("topic", "list", "-b", "127.0.0.1:" + again.port()).text())
                    .contains("orders");
            assertThat(again.signal("INT")).as(again.errors()).isZero();
        }
    }

    @Test
    void aWrongOptionOfTheServerNamesItAndReturns2() throws IOException {
        home.withJdk().built().withMaven(BROKEN_MAVEN);
        Tool.Result option = sluice("server", "--prot", "9092");
        assertThat(option.exitCode()).isEqualTo(2);
        assertThat(option.errors()).contains("--prot");
        Tool.Result port = sluice("server", "--port", "99999");
        assertThat(port.exitCode()).isEqualTo(2);
        assertThat(port.errors()).contains("99999", "0 to 65535");
        Tool.Result setting = sluice("server", "--port", "0", "--set", "num.partitions=many");
        assertThat(setting.exitCode()).isEqualTo(2);
        assertThat(setting.errors()).contains("num.partitions", "many");
        Tool.Result file = sluice("server", "--port", "0", "--config", "no-such-file");
        assertThat(file.exitCode()).isEqualTo(2);
        assertThat(file.errors()).contains("no-such-file");
        Tool.Result held;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            held = sluice("server", "--port", Integer.toString(socket.getLocalPort()));
        }
        assertThat(held.exitCode()).isEqualTo(1);
        assertThat(held.errors()).contains("cannot listen at");
    }

    @Test
    void theTestScriptSumsWhatTheModulesCountAndReturnsWhatMavenReturns() throws IOException {
        home.withJdk()
                .withMaven(
                        """
                        [ "$JAVA_HOME" = "$SLUICE_JAVA_HOME" ] || exit 98
                        for module in core cli; do
                            mkdir -p $module/target/surefire-reports
                            echo '<testsuite name="A" tests="4" errors="1" skipped="2" failures="0">' \\
                                >$module/target/surefire-reports/TEST-A.xml
                        done
                        exit 3
                        """);
        Tool.Result result = run(home.root().resolve("bin/test"));
        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.text()).endsWith("Tests run: 8, Failures: 0, Errors: 2, Skipped: 4\n");
    }
}
