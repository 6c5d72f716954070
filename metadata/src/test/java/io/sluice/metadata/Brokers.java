package io.sluice.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.BrokerConfig.Address;
import io.sluice.core.config.BrokerConfig.Voter;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.ParkPoller;
import io.sluice.engine.loop.SystemClock;
import io.sluice.engine.loop.ThreadEventLoop;
import io.sluice.engine.metadata.LeadershipLostException;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brokers of one process with a metadata log each, on loopback ports and real files. */
final class Brokers implements AutoCloseable {

    static final int PATIENCE_SECONDS = 30;

    private final Path folder;
    private final Map<Integer, Address> addresses = new TreeMap<>();
    private final Map<Integer, Broker> running = new TreeMap<>();
    private List<Voter> voters = List.of();
    private int segmentBytes = QuorumSettings.DEFAULT_SEGMENT_BYTES;

    Brokers(Path folder) {
        this.folder = folder;
    }

    /** Names the voters; starts none. */
    Brokers voters(int... ids) {
        List<Voter> all = new ArrayList<>();
        for (int id : ids) {
            all.add(new Voter(id, address(id)));
        }
        voters = all;
        return this;
    }

    Brokers segmentBytes(int bytes) {
        segmentBytes = bytes;
        return this;
    }

    Address address(int id) {
        return addresses.computeIfAbsent(id, any -> new Address("127.0.0.1", freePort()));
    }

    /** Below those that the system gives to connections: a broker comes back to its own. */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException e) {
                // taken: another one
            }
        }
    }

    QuorumSettings settings(int id) {
        boolean votes = voters.stream().anyMatch(voter -> voter.id() == id);
        return QuorumSettings.of(
                        id,
                        folder.resolve("broker-" + id),
                        address(id),
                        address(id),
                        votes ? voters : List.of(),
                        votes ? List.of() : List.of(address(voters.getFirst().id())))
                .withSegmentBytes(segmentBytes);
    }

    /** Starts without waiting. */
    Broker start(int id) {
        return start(settings(id));
    }

    Broker start(QuorumSettings settings) {
        return start(settings, FirstState.NONE);
    }

    Broker start(QuorumSettings settings, FirstState first) {
        Broker broker = new Broker(settings, first);
        running.put(settings.brokerId(), broker);
        broker.start();
        return broker;
    }

    /** Starts them all and waits until each is current. */
    Brokers startAll(int... ids) {
        List<Broker> all = new ArrayList<>();
        for (int id : ids) {
            all.add(start(id));
        }
        all.forEach(broker -> get(broker.started));
        return this;
    }

    Broker broker(int id) {
        Broker broker = running.get(id);
        if (broker == null) {
            throw new IllegalArgumentException("broker %d does not run".formatted(id));
        }
        return broker;
    }

    List<Broker> running() {
        return List.copyOf(running.values());
    }

    /** The one that leads, once exactly one does. */
    Broker leader() {
        until("one leads", () -> running().stream().filter(Broker::leads).count() == 1);
        return running().stream().filter(Broker::leads).findFirst().orElseThrow();
    }

    /**
     * Appends an entry of which there is no other like it, by whoever leads. On a busy machine the
     * lead may change at any time; the next leader knows what became of the entry.
     */
    void append(String text) {
        for (int tries = 0; tries < 100; tries++) {
            Broker leader = leader();
            if (leader.told.contains(text)) {
                return;
            }
            try {
                get(leader.append(text));
                return;
            } catch (CompletionException e) {
                assertThat(e).hasCauseInstanceOf(LeadershipLostException.class);
            }
        }
        throw new AssertionError("no leader stays");
    }

    void stop(int id) {
        broker(id).stop();
        running.remove(id);
    }

    /** Stops without a word to the others, as far as one process can. */
    void kill(int id) {
        broker(id).kill();
        running.remove(id);
    }

    void wipe(int id) {
        try (Stream<Path> files = Files.walk(folder.resolve("broker-" + id))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until all that run were told the same. */
    void untilAllWereTold(List<String> expected) {
        for (Broker broker : running()) {
            until(
                    "broker %d was told %s, not %s"
                            .formatted(broker.id(), expected.size(), broker.told.size()),
                    () -> broker.told.size() >= expected.size());
            assertThat(broker.told).as("broker %d", broker.id()).isEqualTo(expected);
        }
    }

    @Override
    public void close() {
        running().forEach(broker -> broker.log.abandon());
        running().forEach(Broker::kill);
        running.clear();
    }

    static void until(String what, BooleanSupplier condition) {
        until(() -> what, condition);
    }

    static void until(Supplier<String> what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for " + what.get());
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
    }

    static <T> T get(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }

    static <T> Completion<T> completing(CompletableFuture<T> future) {
        return Completion.of(
                value -> future.complete(value), fault -> future.completeExceptionally(fault));
    }

    /** A metadata log, its loop, and what it told. */
    static final class Broker {

        private static final long NOWHERE = -1L;

        final QuorumSettings settings;
        final RatisMetadataLog log;
        final CompletableFuture<Long> started = new CompletableFuture<>();

        /** Entries as told; a state is its entries, joined by commas. */
        final List<String> told = new CopyOnWriteArrayList<>();

        final List<String> restored = new CopyOnWriteArrayList<>();
        final List<Long> indexes = new CopyOnWriteArrayList<>();
        final List<Throwable> failures = new CopyOnWriteArrayList<>();
        volatile long term = NOWHERE;
        volatile @Nullable CompletableFuture<Void> held;
        private final ThreadEventLoop loop;

        Broker(QuorumSettings settings) {
            this(settings, FirstState.NONE);
        }

        Broker(QuorumSettings settings, FirstState first) {
            this.settings = settings;
            this.loop =
                    new ThreadEventLoop(
                            "test-loop-" + settings.brokerId(),
                            new ParkPoller(),
                            SystemClock.INSTANCE,
                            failures::add);
            this.log = new RatisMetadataLog(settings, first, loop, failures::add);
            loop.start();
        }

        int id() {
            return settings.brokerId();
        }

        boolean leads() {
            return term != NOWHERE;
        }

        void start() {
            loop.execute(() -> log.start(new Follower(), completing(started)));
        }

        CompletableFuture<Long> append(String text) {
            return append(term, text);
        }

        CompletableFuture<Long> append(long ofTerm, String text) {
            CompletableFuture<Long> done = new CompletableFuture<>();
            loop.execute(() -> log.append(ofTerm, bytes(text), completing(done)));
            return done;
        }

        /** Past the check of the proposer, as one that does not know yet that its term is over. */
        CompletableFuture<Long> appendUnchecked(long ofTerm, String text) {
            CompletableFuture<Long> done = new CompletableFuture<>();
            loop.execute(() -> log.appendUnchecked(ofTerm, bytes(text), completing(done)));
            return done;
        }

        CompletableFuture<String> ask(String question) {
            CompletableFuture<ByteBuffer> done = new CompletableFuture<>();
            loop.execute(() -> log.ask(bytes(question), completing(done)));
            return done.thenApply(Brokers::text);
        }

        /** Stores what was told so far. */
        CompletableFuture<Long> snapshot() {
            CompletableFuture<Long> done = new CompletableFuture<>();
            loop.execute(() ->
                    log.snapshot(
                            indexes.getLast(), bytes(String.join(",", told)), completing(done)));
            return done;
        }

        CompletableFuture<Integer> addVoter(int id) {
            CompletableFuture<Integer> done = new CompletableFuture<>();
            log.changeVoter(id, true, completing(done));
            return done;
        }

        CompletableFuture<Integer> removeVoter(int id) {
            CompletableFuture<Integer> done = new CompletableFuture<>();
            log.changeVoter(id, false, completing(done));
            return done;
        }

        CompletableFuture<Integer> remove(int id) {
            CompletableFuture<Integer> done = new CompletableFuture<>();
            log.takeOut(id, completing(done));
            return done;
        }

        Quorum quorum() {
            CompletableFuture<Quorum> quorum = new CompletableFuture<>();
            loop.execute(() -> quorum.complete(log.quorum()));
            return get(quorum);
        }

        /** Holds the loop until the future is done. */
        void hold(CompletableFuture<Void> until) {
            loop.post(until::join);
        }

        void stop() {
            log.close();
            awaitEnd();
        }

        void kill() {
            log.abandon();
            awaitEnd();
        }

        private void awaitEnd() {
            try {
                assertThat(log.awaitEnd(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS)))
                        .as("broker %d is closed", id())
                        .isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            loop.close();
            assertThat(failures).as("failures of broker %d", id()).isEmpty();
        }

        private final class Follower implements MetadataLog.Listener {

            @Override
            public void restore(long index, ByteBuffer state) {
                restored.add(text(state));
                told.clear();
                told.addAll(List.of(text(state).split(",")));
                indexes.add(index);
            }

            @Override
            public void apply(long index, ByteBuffer entry) {
                if (!indexes.isEmpty() && indexes.getLast() >= index) {
                    failures.add(new AssertionError(index + " after " + indexes.getLast()));
                }
                told.add(text(entry));
                indexes.add(index);
            }

            @Override
            public void leadership(boolean leads, long of) {
                term = leads ? of : NOWHERE;
            }

            @Override
            public void answer(ByteBuffer question, Completion<ByteBuffer> reply) {
                reply.succeeded(bytes(id() + " knows " + told.size() + " for " + text(question)));
            }
        }
    }
}
