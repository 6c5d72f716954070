package io.sluice.cli.records;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How records are printed: the options of all commands that print some, as a mixin. */
public final class PrintOptions {

    @Option(
            names = {"-f", "--format"},
            paramLabel = "FORMAT",
            defaultValue = "text",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private RecordFormat format = RecordFormat.text;

    @Option(
            names = "--print",
            paramLabel = "FIELD",
            split = ",",
            description =
                    "What of a record the text shows, in this order: ${COMPLETION-CANDIDATES}.")
    private List<TextPrinter.Field> fields = List.of();

    @Option(
            names = {"-k", "--key-separator"},
            paramLabel = "TEXT",
            description =
                    "Print the key, this and the value; between all fields with --print (\\t).")
    private @Nullable String keySeparator;

    @Option(
            names = "--null",
            paramLabel = "MARKER",
            defaultValue = "null",
            description = "What the text shows for a key or value that is null (${DEFAULT-VALUE}).")
    private String marker = "null";

    /**
     * What prints a record as it was asked for.
     *
     * @param json asked for in another way
     */
    public RecordPrinter printer(boolean json) {
        return switch (json ? RecordFormat.json : format) {
            case raw -> new RawPrinter();
            case json -> new JsonPrinter();
            case text ->
                    new TextPrinter(
                            shown(),
                            Separator.bytes(keySeparator == null ? "\t" : keySeparator),
                            marker.getBytes(StandardCharsets.UTF_8));
        };
    }

    private List<TextPrinter.Field> shown() {
        if (!fields.isEmpty()) {
            return fields;
        }
        return keySeparator == null
                ? List.of(TextPrinter.Field.value)
                : List.of(TextPrinter.Field.key, TextPrinter.Field.value);
    }
}
