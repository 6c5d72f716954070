package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.kafka.codec.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of docs/kafka.md says what is served. */
final class DocumentedVersionsTest {

    private static final Pattern ROW =
            Pattern.compile("\\| ([A-Z]\\w+) \\| (\\d+)(?:-(\\d+))? \\|.*");

    @Test
    void areTheServedOnes() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("..", "docs", "kafka.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                String highest = row.group(3) == null ? row.group(2) : row.group(3);
                documented.put(constant(row.group(1)), row.group(2) + "-" + highest);
            }
        }
        Map<String, String> served = new TreeMap<>();
        for (Api api : Api.values()) {
            served.put(api.name(), api.lowest() + "-" + api.highest());
        }
        assertThat(documented).isEqualTo(served);
    }

    private static String constant(String name) {
        return name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
    }
}
