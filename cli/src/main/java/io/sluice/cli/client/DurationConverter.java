package io.sluice.cli.client;

import io.sluice.cli.terminal.Units;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A duration with its unit, {@code 500ms} or {@code 30s}, or as ISO 8601 writes it, {@code P7D}.
 */
public final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
        try {
            return text.startsWith("P") ? Duration.parse(text) : Units.parseDuration(text);
        } catch (DateTimeParseException e) {
            throw new TypeConversionException(
                    "'%s' is not a duration: write PT90S, P7D, or 90s".formatted(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }
}
