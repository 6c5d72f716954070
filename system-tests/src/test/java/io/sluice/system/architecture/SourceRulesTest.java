package io.sluice.system.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules about sources that a compiler does not know. */
final class SourceRulesTest {

    private static final int MAX_FILE_LINES = 700;
    private static final Path ROOT = Path.of(System.getProperty("sluice.root", ".."));

    @Test
    void aFileIsAChapter() {
        assertThat(javaFiles(path -> lines(path).size() > MAX_FILE_LINES))
                .as("files longer than %d lines", MAX_FILE_LINES)
                .isEmpty();
    }

    @Test
    void testsDoNotSleep() {
        Pattern sleep = Pattern.compile("Thread\\s*\\.\\s*sleep|TimeUnit\\.[A-Z]+\\.sleep");
        assertThat(
                        javaFiles(path ->
                                path.toString().contains("src/test/")
                                        && !path.endsWith("SourceRulesTest.java")
                                        && sleep.matcher(text(path)).find()))
                .as("tests that sleep: wait for an event instead")
                .isEmpty();
    }

    @Test
    void everyPackageIntroducesItself() {
        assertThat(
                        javaFiles(path ->
                                path.toString().contains("src/main/")
                                        && !Files.exists(path.resolveSibling("package-info.java"))))
                .as("files of packages without package-info.java")
                .isEmpty();
    }

    @Test
    void packagesAreNullMarked() {
        assertThat(
                        javaFiles(path ->
                                path.endsWith("package-info.java")
                                        && !text(path).contains("@NullMarked")))
                .as("packages without @NullMarked")
                .isEmpty();
    }

    @Test
    void namesSayWhatAThingIs() {
        Pattern vague = Pattern.compile(".*(Manager|Helper|Utils?|Impl)\\.java");
        assertThat(javaFiles(path -> vague.matcher(path.getFileName().toString()).matches()))
                .as("files with a name that says nothing")
                .isEmpty();
    }

    private static List<Path> javaFiles(Predicate<Path> wanted) {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.toString().contains("/target/"))
                    .filter(wanted)
                    .map(ROOT::relativize)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path path) {
        return text(path).lines().toList();
    }

    private static String text(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
