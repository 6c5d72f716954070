package io.sluice.system.clients;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.system.harness.BrokerProcess;
import io.sluice.system.harness.Tool;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of other times, with their own jars, as far back as Kafka 4.4 serves them (KIP-896). */
final class OldClientsTest {

    private static final int RECORDS = 1_000;

    @ParameterizedTest
    @ValueSource(strings = {"2.1.1", "2.8.2", "3.9.1"})
    void produceConsumeAndAdminister(String version, @TempDir Path home) {
        Path jars = Path.of(System.getProperty("sluice.old-clients"), version);
        try (BrokerProcess broker =
                BrokerProcess.start(home, "group.initial.rebalance.delay.ms=0")) {
            Tool.Result result =
                    Tool.run(
                            new byte[0],
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-Xmx256m",
                                    "-cp",
                                    jars + "/*:" + programPath(),
                                    OldClientProgram.class.getName(),
                                    broker.bootstrap(),
                                    "old-" + version,
                                    Integer.toString(RECORDS),
                                    version.equals("2.1.1") ? "eager" : "cooperative"));
            assertThat(result.exitCode()).as(result.errors()).isZero();
            assertThat(result.text()).contains("done");
        }
    }

    /** Where the classes of these tests lie. */
    static String programPath() {
        return Path.of(
                        OldClientProgram.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .getPath())
                .toString();
    }
}
