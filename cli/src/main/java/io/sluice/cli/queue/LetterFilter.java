package io.sluice.cli.queue;

import io.sluice.cli.client.KeyValues;
import io.sluice.cli.records.TimeConverter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which letters are meant: the options that list and redrive have, as a mixin. */
final class LetterFilter {

    /** Why a record is dead. */
    enum Reason {
        rejected,
        delivery_limit,
        expired;

        boolean isThatOf(Letter letter) {
            return letter.reason().equals(name().replace('_', '-'));
        }
    }

    private static final class ReasonConverter implements ITypeConverter<Reason> {
        @Override
        public Reason convert(String text) {
            for (Reason reason : Reason.values()) {
                if (reason.name().equals(text.replace('-', '_'))) {
                    return reason;
                }
            }
            throw new TypeConversionException(
                    "'" + text + "' is no reason: write rejected, delivery-limit or expired");
        }
    }

    @Option(
            names = {"-g", "--group"},
            paramLabel = "NAME",
            description = {
                "Only letters of this share group; without a topic, those of the topic that its"
                        + " settings name."
            })
    private @Nullable String group;

    @Option(
            names = "--source",
            paramLabel = "TOPIC",
            description = "Only letters of records of this topic.")
    private @Nullable String source;

    @Option(names = "--key", paramLabel = "TEXT", description = "Only letters with this key.")
    private @Nullable String key;

    @Option(
            names = "--header",
            paramLabel = "NAME=VALUE",
            converter = KeyValues.Converter.class,
            description = "Only letters with this header; repeatable, all must be there.")
    private List<KeyValues.Pair> headers = List.of();

    @Option(
            names = "--reason",
            paramLabel = "REASON",
            converter = ReasonConverter.class,
            description = "Only letters for this reason: rejected, delivery-limit or expired.")
    private @Nullable Reason reason;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Only letters of that time or later, such as 2026-11-20T08:00.")
    private @Nullable Instant since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            converter = TimeConverter.class,
            description = "Only letters before that time.")
    private @Nullable Instant until;

    @Nullable String group() {
        return group;
    }

    boolean takes(Letter letter) {
        return letter.isLetter()
                && (group == null || group.equals(letter.group()))
                && (source == null || source.equals(letter.sourceTopic()))
                && (key == null || key.equals(letter.key()))
                && (reason == null || reason.isThatOf(letter))
                && (since == null || !letter.time().isBefore(since))
                && (until == null || letter.time().isBefore(until))
                && headers.stream()
                        .allMatch(pair -> pair.value().equals(letter.header(pair.key())));
    }
}
