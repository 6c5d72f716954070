package io.sluice.cli.queue;

import io.sluice.cli.records.Position;
import java.time.ZoneId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A position in a partition, as a user says it. */
final class PositionConverter implements ITypeConverter<Position> {
    @Override
    public Position convert(String text) {
        return Position.parse(text, ZoneId.systemDefault())
                .orElseThrow(() ->
                        new TypeConversionException(
                                "'%s' is no position: write earliest, latest, an offset, -N for N before the end, or a time such as 2026-11-20T08:00"
                                        .formatted(text)));
    }
}
