package io.sluice.engine.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What every metadata log does alike: the local one, a quorum's, and fakes. */
public abstract class MetadataLogContract {

    /** The loop that owns the logs. */
    protected abstract EventLoop loop();

    /** Another log over what the last one left; that one was closed. */
    protected abstract MetadataLog open();

    /** Waits, or drives the loop, until the future is done. */
    protected abstract void await(CompletableFuture<?> done);

    private final Map<MetadataLog, Told> told = new IdentityHashMap<>();

    /** What a log told: texts by "index:text", snapshots with an asterisk. */
    public static final class Told implements MetadataLog.Listener {
        final List<String> all = new ArrayList<>();
        final List<Long> indexes = new ArrayList<>();

        /** Done with the term once it leads. */
        final CompletableFuture<Long> leading = new CompletableFuture<>();

        public List<String> all() {
            return all;
        }

        @Override
        public void restore(long index, ByteBuffer state) {
            all.add("*" + text(state));
            indexes.add(index);
        }

        @Override
        public void apply(long index, ByteBuffer entry) {
            all.add(text(entry));
            indexes.add(index);
        }

        @Override
        public void leadership(boolean now, long of) {
            if (now) {
                leading.complete(of);
            }
        }

        @Override
        public void answer(ByteBuffer question, Completion<ByteBuffer> reply) {
            reply.succeeded(bytes(text(question) + "!"));
        }

        private static String text(ByteBuffer bytes) {
            return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
        }
    }

    protected static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    protected static <T> Completion<T> completing(CompletableFuture<T> future) {
        return Completion.of(
                value -> future.complete(value), fault -> future.completeExceptionally(fault));
    }

    protected final <T> T get(CompletableFuture<T> future) {
        await(future);
        return future.join();
    }

    /** Starts, and waits until it leads. */
    protected final Told start(MetadataLog log) {
        Told one = new Told();
        told.put(log, one);
        CompletableFuture<Long> started = new CompletableFuture<>();
        loop().execute(() -> log.start(one, completing(started)));
        long last = get(started);
        if (!one.indexes.isEmpty()) {
            assertThat(last).isGreaterThanOrEqualTo(one.indexes.getLast());
        }
        get(one.leading);
        return one;
    }

    private long term(MetadataLog log) {
        return Objects.requireNonNull(told.get(log)).leading.join();
    }

    protected final CompletableFuture<Long> append(MetadataLog log, String text) {
        return append(log, term(log), text);
    }

    protected final CompletableFuture<Long> append(MetadataLog log, long term, String text) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        loop().execute(() -> log.append(term, bytes(text), completing(done)));
        return done;
    }

    protected final CompletableFuture<Long> snapshot(MetadataLog log, long index, String state) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        loop().execute(() -> log.snapshot(index, bytes(state), completing(done)));
        return done;
    }

    protected final void close(MetadataLog log) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        loop().execute(() -> {
            log.close();
            closed.complete(null);
        });
        await(closed);
    }

    @Test
    void anEmptyLogTellsNothingAndLeads() {
        MetadataLog log = open();
        assertThat(start(log).all).isEmpty();
        close(log);
    }

    @Test
    void anEntryDecidedInAnotherTermIsNeverCommitted() {
        MetadataLog log = open();
        Told told = start(log);
        CompletableFuture<Long> stale = append(log, term(log) - 1, "stale");
        await(stale);
        assertThat(stale).isCompletedExceptionally();
        assertThat(stale.exceptionNow()).isInstanceOf(LeadershipLostException.class);
        get(append(log, "a"));
        assertThat(told.all).containsExactly("a");
        close(log);
    }

    @Test
    void aQuestionIsAnsweredByTheOneThatLeads() {
        MetadataLog log = open();
        start(log);
        CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
        loop().execute(() -> log.ask(bytes("who"), completing(answer)));
        assertThat(Told.text(get(answer))).isEqualTo("who!");
        close(log);
    }

    @Test
    void theQuorumKnowsWhoLeadsAndHowFarItIs() {
        MetadataLog log = open();
        start(log);
        long last = get(append(log, "a"));
        CompletableFuture<Quorum> quorum = new CompletableFuture<>();
        loop().execute(() -> quorum.complete(log.quorum()));
        assertThat(get(quorum).leader()).isNotEqualTo(Quorum.NOBODY);
        assertThat(get(quorum).term()).isEqualTo(term(log));
        assertThat(get(quorum).committed()).isGreaterThanOrEqualTo(last);
        close(log);
    }

    @Test
    void anEntryIsToldBeforeItsAppendCompletes() {
        MetadataLog log = open();
        Told told = start(log);
        CompletableFuture<Long> done = new CompletableFuture<>();
        CompletableFuture<List<String>> toldThen = new CompletableFuture<>();
        loop().execute(() ->
                log.append(
                        term(log),
                        bytes("a"),
                        Completion.of(
                                index -> {
                                    toldThen.complete(List.copyOf(told.all));
                                    done.complete(index);
                                },
                                fault -> done.completeExceptionally(fault))));
        assertThat(get(done)).isEqualTo(told.indexes.getLast());
        assertThat(get(toldThen)).containsExactly("a");
        close(log);
    }

    @Test
    void entriesKeepTheirOrderWithoutBeingWaitedFor() {
        MetadataLog log = open();
        Told told = start(log);
        List<String> sent = new ArrayList<>();
        List<CompletableFuture<Long>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sent.add("entry-" + i);
            all.add(append(log, "entry-" + i));
        }
        all.forEach(this::get);
        assertThat(told.all).isEqualTo(sent);
        assertThat(told.indexes).isSorted().doesNotHaveDuplicates();
        close(log);
    }

    @Test
    void aRestartTellsEverythingAgainAndGoesOn() {
        MetadataLog log = open();
        start(log);
        List<CompletableFuture<Long>> all = List.of(append(log, "a"), append(log, "b"));
        all.forEach(this::get);
        close(log);
        MetadataLog again = open();
        Told told = start(again);
        assertThat(told.all).containsExactly("a", "b");
        get(append(again, "c"));
        close(again);
        MetadataLog third = open();
        assertThat(start(third).all).containsExactly("a", "b", "c");
        close(third);
    }

    @Test
    void aSnapshotTakesThePlaceOfWhatItCovers() {
        MetadataLog log = open();
        start(log);
        get(append(log, "a"));
        long covered = get(append(log, "b"));
        get(append(log, "c"));
        get(snapshot(log, covered, "ab"));
        get(append(log, "d"));
        close(log);
        MetadataLog again = open();
        assertThat(start(again).all).containsExactly("*ab", "c", "d");
        long last = get(append(again, "e"));
        get(snapshot(again, last, "abcde"));
        close(again);
        MetadataLog third = open();
        Told told = start(third);
        assertThat(told.all).containsExactly("*abcde");
        assertThat(told.indexes).containsExactly(last);
        assertThat(get(append(third, "f"))).isGreaterThan(last);
        close(third);
    }

    @Test
    void aClosedLogTakesNothing() {
        MetadataLog log = open();
        start(log);
        close(log);
        CompletableFuture<Long> late = append(log, "late");
        await(late);
        assertThat(late)
                .as("it has not failed, and the broker stops in order")
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(LeadershipLostException.class);
    }
}
