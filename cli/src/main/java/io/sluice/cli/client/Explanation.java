package io.sluice.cli.client;

import io.sluice.cli.terminal.Units;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** Turns what a client throws into one sentence for the person at the terminal. */
public final class Explanation {

    private Explanation() {}

    public static String of(Throwable thrown, String bootstrap, Duration timeout) {
        Throwable error = unwrap(thrown);
        return switch (error) {
            case Failure failure -> String.valueOf(failure.getMessage());
            case TimeoutException e ->
                    bootstrap
                            + " did not answer within "
                            + Units.duration(timeout)
                            + " ("
                            + text(e)
                            + "). Is it a broker, and alive? --timeout waits longer.";
            case UnsupportedVersionException e ->
                    "the broker at "
                            + bootstrap
                            + " does not offer what this command needs: "
                            + text(e);
            case AuthenticationException e ->
                    "the broker at " + bootstrap + " refused who we are: " + text(e);
            case AuthorizationException e -> "the broker does not allow it: " + text(e);
            case RecordTooLargeException e ->
                    "the record is too large: "
                            + ended(text(e))
                            + " The topic's max.message.bytes sets the bound ('sluice config set topic"
                            + " NAME max.message.bytes=BYTES').";
            case InterruptException e -> "interrupted.";
            case ConfigException e -> text(e);
            case ApiException e -> "the broker answered " + name(e) + ": " + text(e);
            case KafkaException e when e.getCause() != null && e.getCause() != e ->
                    text(e) + ": " + of(e.getCause(), bootstrap, timeout);
            case Throwable e -> text(e).equals(name(e)) ? name(e) : name(e) + ": " + text(e);
        };
    }

    private static Throwable unwrap(Throwable thrown) {
        Throwable error = thrown;
        while ((error instanceof ExecutionException || error instanceof CompletionException)
                && error.getCause() != null) {
            error = error.getCause();
        }
        return error;
    }

    private static String name(Throwable error) {
        String name = error.getClass().getSimpleName();
        return name.endsWith("Exception") && error instanceof ApiException
                ? name.substring(0, name.length() - "Exception".length())
                : name;
    }

    /** A sentence of the broker with its full stop, so that another may follow. */
    public static String ended(String sentence) {
        return sentence.endsWith(".") ? sentence : sentence + ".";
    }

    private static String text(Throwable error) {
        @Nullable String message = error.getMessage();
        return message == null || message.isBlank() ? name(error) : message.strip();
    }
}
