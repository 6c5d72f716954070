package io.sluice.system.clients;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sluice.system.harness.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** The Python program that a guide shows, as it stands there, and a test's own that runs it. */
final class PythonGuide {

    /** Debian's own: another python may come first and lack the client. */
    private static final String PYTHON = "/usr/bin/python3";

    private static final String BLOCK = "```python\n";

    private PythonGuide() {}

    /**
     * Lays both side by side, the guide's as {@code guide.py}; the test is left out where the
     * client is not installed.
     *
     * @param name of the guide, and with underscores of the test's program among the resources
     * @param changed what a test cannot wait for
     * @return how to start the test's program
     */
    static List<String> lay(Path folder, String name, UnaryOperator<String> changed)
            throws IOException {
        assumeTrue(
                Path.of(PYTHON).toFile().canExecute()
                        && Tool.run(new byte[0], List.of(PYTHON, "-c", "import confluent_kafka"))
                                        .exitCode()
                                == 0,
                "python3-confluent-kafka is not installed");
        String guide =
                Files.readString(
                        Path.of(
                                System.getProperty("sluice.root"),
                                "docs/guides/%s.md".formatted(name)));
        int from = guide.indexOf(BLOCK) + BLOCK.length();
        String program = guide.substring(from, guide.indexOf("```", from));
        Files.writeString(folder.resolve("guide.py"), changed.apply(program));
        String own = name.replace('-', '_') + ".py";
        try (InputStream resource = PythonGuide.class.getResourceAsStream("/clients/" + own)) {
            Files.copy(Objects.requireNonNull(resource), folder.resolve(own));
        }
        return List.of(PYTHON, folder.resolve(own).toString());
    }
}
