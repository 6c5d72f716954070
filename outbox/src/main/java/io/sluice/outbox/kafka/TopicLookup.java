package io.sluice.outbox.kafka;

import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.Outcome;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;

/**
 * Knows which topics the producer has metadata of. The client looks a topic up in the thread that
 * sends to it and keeps that thread waiting when there is no such topic; here other threads wait,
 * so that one topic never stops the others.
 *
 * <p>Used by the publisher's thread; looks up in threads of its own.
 */
final class TopicLookup implements AutoCloseable {

    private static final int THREADS = 4;

    /**
     * Topics that are remembered; at the bound all are forgotten, and looked up again when used.
     */
    private static final int MOST_TOPICS = 10_000;

    /** The client forgets a topic that was not used for so long (metadata.max.idle.ms), about. */
    private static final long FRESH_NANOS = Duration.ofMinutes(2).toNanos();

    private static final Outcome.Unavailable LOOKING =
            new Outcome.Unavailable("is being looked up", false);

    private final Producer<byte[], byte[]> producer;
    private final Map<String, Known> topics = new HashMap<>();
    private final ThreadPoolExecutor threads;

    /** What is known of a topic; the future fails as the look-up did. */
    private static final class Known {
        final CompletableFuture<Integer> partitions = new CompletableFuture<>();

        /** What the look-up before this one found. */
        final Outcome.Unavailable before;

        boolean begun;
        long usedNanos = System.nanoTime();

        Known(Outcome.Unavailable before) {
            this.before = before;
        }
    }

    TopicLookup(Producer<byte[], byte[]> producer) {
        this.producer = producer;
        this.threads =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> {
                            Thread thread = new Thread(task, "sluice-outbox-topics");
                            thread.setDaemon(true);
                            return thread;
                        });
        threads.allowCoreThreadTimeOut(true);
    }

    /** What a look-up found. */
    sealed interface Found {
        record Partitions(int count) implements Found {
            /** A partition that the topic does not have. */
            Optional<Outcome> objection(OutboxMessage message) {
                Integer partition = message.partition();
                return partition != null && partition >= count
                        ? Optional.of(
                                new Outcome.Refused(
                                        "no partition " + partition + ": the topic has " + count))
                        : Optional.empty();
            }
        }

        record Missing(Outcome.Unavailable outcome) implements Found {}
    }

    /** Begins to look a topic up unless it is known. */
    void begin(String topic) {
        known(topic);
    }

    /**
     * Finds a topic, waiting no longer than that.
     *
     * @throws RuntimeException when the producer is at its end
     */
    Found find(String topic, Duration patience) {
        Known known = known(topic);
        try {
            int partitions = known.partitions.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            known.usedNanos = System.nanoTime();
            return new Found.Partitions(partitions);
        } catch (TimeoutException e) {
            return new Found.Missing(LOOKING);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Found.Missing(LOOKING);
        } catch (ExecutionException e) {
            Outcome.Unavailable failure = unavailable(e.getCause() == null ? e : e.getCause());
            topics.put(topic, new Known(failure));
            return new Found.Missing(failure);
        }
    }

    private static Outcome.Unavailable unavailable(Throwable failure) {
        return switch (Failures.outcomeOf(failure).orElse(null)) {
            case null -> throw new IllegalStateException("the producer ended", failure);
            case Outcome.Unavailable unavailable -> unavailable;
            case Outcome other -> new Outcome.Unavailable(Failures.describe(failure), true);
        };
    }

    /** Looks it up again without waiting; what is known so far against the topic itself. */
    Optional<String> faultOf(String topic) {
        Known known = known(topic);
        if (known.partitions.isDone()) {
            Outcome.Unavailable before =
                    isGood(known) ? LOOKING : unavailable(known.partitions.exceptionNow());
            known = new Known(before);
            topics.put(topic, known);
            begin(topic, known);
        }
        return known.before.topicAtFault() ? Optional.of(known.before.reason()) : Optional.empty();
    }

    private static boolean isGood(Known known) {
        return known.partitions.isDone() && !known.partitions.isCompletedExceptionally();
    }

    private Known known(String topic) {
        Known known = topics.get(topic);
        if (known == null || (isGood(known) && System.nanoTime() - known.usedNanos > FRESH_NANOS)) {
            if (topics.size() >= MOST_TOPICS) {
                topics.clear();
            }
            known = new Known(LOOKING);
            topics.put(topic, known);
        }
        begin(topic, known);
        return known;
    }

    private void begin(String topic, Known known) {
        if (known.begun) {
            return;
        }
        known.begun = true;
        threads.execute(() -> {
            try {
                known.partitions.complete(producer.partitionsFor(topic).size());
            } catch (RuntimeException e) {
                known.partitions.completeExceptionally(e);
            }
        });
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
