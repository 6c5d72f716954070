package io.sluice.outbox;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A broker in memory: what was stored, in order, and publishers to it. */
final class FakeBroker {

    /** Messages to this topic are refused. */
    static final String POISON = "poison";

    final List<OutboxMessage> stored = new ArrayList<>();

    /** Topics that do not exist. */
    final Set<String> missing = new HashSet<>();

    /** Topics that take messages and do not answer. */
    final Set<String> silent = new HashSet<>();

    /** Publishers fail from now on, the open ones and new ones. */
    boolean away;

    private long lastBatch = Publisher.NO_BATCH;
    private long epoch;

    static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }

    List<String> storedIds() {
        return stored.stream().map(OutboxMessage::id).toList();
    }

    /** A publisher that stores at once, and whose user may die around each message. */
    Publisher.Factory immediate(Faults faults) {
        return outbox -> {
            refuseWhenAway();
            return new Immediate(faults);
        };
    }

    /** A publisher that stores when it is told, {@link Delayed#deliver}. */
    Delayed delayed() {
        return new Delayed();
    }

    /** A publisher that stores a batch together with its number or not at all. */
    Publisher.Factory transactional(Faults faults) {
        return outbox -> {
            refuseWhenAway();
            return new Transactional(faults, ++epoch);
        };
    }

    private void refuseWhenAway() {
        if (away) {
            throw new IllegalStateException("the broker is away");
        }
    }

    private Optional<Outcome> objection(OutboxMessage message) {
        if (message.topic().equals(POISON)) {
            return Optional.of(new Outcome.Refused("poison"));
        }
        if (missing.contains(message.topic())) {
            return Optional.of(new Outcome.Unavailable("no such topic", true));
        }
        return Optional.empty();
    }

    private static <T> T sure(Faults faults, Callable<T> work) {
        try {
            return faults.step(work);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Immediate implements Publisher {
        private final Faults faults;

        Immediate(Faults faults) {
            this.faults = faults;
        }

        @Override
        public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
            refuseWhenAway();
            List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
            for (OutboxMessage message : messages) {
                if (silent.contains(message.topic())) {
                    outcomes.add(new CompletableFuture<>());
                    continue;
                }
                Outcome outcome =
                        sure(
                                faults,
                                () -> {
                                    Optional<Outcome> objection = objection(message);
                                    if (objection.isEmpty()) {
                                        stored.add(message);
                                    }
                                    return objection.orElse(new Outcome.Stored());
                                });
                outcomes.add(CompletableFuture.completedFuture(outcome));
            }
            return outcomes;
        }

        @Override
        public Optional<String> faultOf(String topic) {
            return missing.contains(topic) ? Optional.of("no such topic") : Optional.empty();
        }

        @Override
        public void close(Duration patience) {}
    }

    /** Keeps what it was given, as a client's buffer does, until it is told to send it. */
    final class Delayed implements Publisher {
        private record Waiting(OutboxMessage message, CompletableFuture<Outcome> outcome) {}

        private final Queue<Waiting> buffer = new ArrayDeque<>();

        @Override
        public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
            List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
            for (OutboxMessage message : messages) {
                CompletableFuture<Outcome> outcome = new CompletableFuture<>();
                buffer.add(new Waiting(message, outcome));
                outcomes.add(outcome);
            }
            return outcomes;
        }

        /** Sends so many of what it keeps; an answer may be lost on its way. */
        void deliver(int most, boolean answer) {
            for (int i = 0; i < most && !buffer.isEmpty(); i++) {
                Waiting next = buffer.remove();
                Optional<Outcome> objection = objection(next.message());
                if (objection.isEmpty()) {
                    stored.add(next.message());
                }
                if (answer) {
                    next.outcome().complete(objection.orElse(new Outcome.Stored()));
                }
            }
        }

        @Override
        public void close(Duration patience) {
            buffer.clear();
        }
    }

    private final class Transactional implements Publisher {
        private final Faults faults;
        private final long ownEpoch;

        Transactional(Faults faults, long ownEpoch) {
            this.faults = faults;
            this.ownEpoch = ownEpoch;
        }

        @Override
        public boolean remembersBatches() {
            return true;
        }

        @Override
        public long lastBatch() {
            return lastBatch;
        }

        @Override
        public List<CompletableFuture<Outcome>> publish(long batch, List<OutboxMessage> messages) {
            return sure(faults, () -> store(batch, messages)).stream()
                    .map(CompletableFuture::completedFuture)
                    .toList();
        }

        private List<Outcome> store(long batch, List<OutboxMessage> messages) {
            refuseWhenAway();
            if (ownEpoch != epoch) {
                throw new IllegalStateException("fenced");
            }
            if (messages.stream().allMatch(message -> objection(message).isEmpty())) {
                stored.addAll(messages);
                lastBatch = batch;
                return messages.stream().<Outcome>map(message -> new Outcome.Stored()).toList();
            }
            return messages.stream()
                    .map(message -> objection(message).orElse(new Outcome.Unsent()))
                    .toList();
        }

        @Override
        public void close(Duration patience) {}
    }
}
