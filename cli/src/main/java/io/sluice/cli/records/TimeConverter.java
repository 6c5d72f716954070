package io.sluice.cli.records;

import java.time.Instant;
import java.time.ZoneId;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A moment, as a user says it. */
public final class TimeConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
        if (Position.parse(text, ZoneId.systemDefault()).orElse(null)
                instanceof Position.AtTime(Instant time)) {
            return time;
        }
        throw new TypeConversionException(
                "'" + text + "' is no time: write one such as 2026-11-20T08:00");
    }
}
