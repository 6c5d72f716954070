package io.sluice.outbox.kafka;

import io.sluice.outbox.Outcome;
import java.util.Optional;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/** What a failure of the client means for a message. */
final class Failures {

    private Failures() {}

    /** The message's outcome, or empty: the producer itself is at its end. */
    static Optional<Outcome> outcomeOf(Throwable failure) {
        String reason = describe(failure);
        if (isMessages(failure)) {
            return Optional.of(new Outcome.Refused(reason));
        }
        if (isProducers(failure)) {
            return Optional.empty();
        }
        if (failure instanceof RetriableException) {
            return Optional.of(new Outcome.Unavailable(reason, saysUnknownTopic(failure)));
        }
        if (failure instanceof ApiException) {
            // Not allowed, or an answer nobody foresaw: the topic waits, and parks in the end.
            return Optional.of(new Outcome.Unavailable(reason, true));
        }
        return Optional.empty();
    }

    /** The same message would fail again, whenever it is sent. */
    private static boolean isMessages(Throwable failure) {
        return failure instanceof RecordTooLargeException
                || failure instanceof InvalidRecordException
                || failure instanceof InvalidTimestampException
                || failure instanceof InvalidTopicException
                || failure instanceof PolicyViolationException
                || failure instanceof SerializationException;
    }

    private static boolean isProducers(Throwable failure) {
        return failure instanceof ProducerFencedException
                || failure instanceof OutOfOrderSequenceException
                || failure instanceof AuthenticationException
                || failure instanceof ClusterAuthorizationException
                || failure instanceof UnsupportedVersionException;
    }

    /** The client waits in vain for a topic that is not there, and names the cause. */
    private static boolean saysUnknownTopic(Throwable failure) {
        return failure instanceof UnknownTopicOrPartitionException
                || failure.getCause() instanceof UnknownTopicOrPartitionException;
    }

    static String describe(Throwable failure) {
        return text(failure, failure.getCause());
    }

    private static String text(Throwable failure, @Nullable Throwable cause) {
        String own = failure.getClass().getSimpleName() + ": " + failure.getMessage();
        return cause == null ? own : own + " (" + cause.getClass().getSimpleName() + ")";
    }
}
