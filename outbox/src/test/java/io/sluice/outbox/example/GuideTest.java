package io.sluice.outbox.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the guide shows is the program that is compiled here. */
final class GuideTest {

    private static final Path ROOT = Path.of(System.getProperty("sluice.root", ".."));

    @Test
    void theGuideShowsTheProgram() throws IOException {
        String program =
                Files.readString(
                        ROOT.resolve(
                                "outbox/src/test/java/io/sluice/outbox/example/OrderService.java"));
        String shown = program.substring(program.indexOf("public final class"));
        assertThat(Files.readString(ROOT.resolve("docs/guides/outbox.md"))).contains(shown);
    }
}
