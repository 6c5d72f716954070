package io.sluice.metadata;

import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.LeadershipLostException;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.ratis.protocol.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metadata log of a cluster: one Raft group whose voters decide what is committed, and whose
 * observers follow. What comes from it goes to the metadata's loop in order; see {@link LoopFeed}.
 * What waits (asking, joining, storing, closing) does so on threads of its own. Owned by the
 * metadata's loop, but for {@link #close} and the changes of members.
 *
 * <p>A start completes once this broker has applied what the leader had committed when it was
 * asked; as long as there is no leader it waits.
 *
 * <p>When the log of this broker fails (its disk, mostly), everything that waits fails and {@code
 * onFailure} is told: the broker has to stop.
 */
public final class RatisMetadataLog implements MetadataLog {

    /** Questions of this broker that may wait for an answer; one more fails. */
    static final int MAX_ASKING = 1_000;

    /** Questions that the leader's listener may have before it; one more is asked again. */
    static final int MAX_ANSWERING = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(RatisMetadataLog.class);

    private final QuorumSettings settings;
    private final FirstState first;
    private final EventLoop loop;
    private final Consumer<IOException> onFailure;
    private final LoopFeed feed;
    private final RaftNode node;
    private final Proposals proposals;
    private final Semaphore asking = new Semaphore(MAX_ASKING);
    private final AtomicInteger answering = new AtomicInteger();
    private final CountDownLatch handedOver = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable Listener listener;
    private @Nullable IOException fault;
    private long leadingTerm = -1;
    private long lostTerm = -1;
    private long lastIndex = -1;
    private @Nullable Pending firstState;
    private boolean storing;
    private boolean closing;

    public RatisMetadataLog(
            QuorumSettings settings, EventLoop loop, Consumer<IOException> onFailure) {
        this(settings, FirstState.NONE, loop, onFailure);
    }

    /**
     * @param first what the quorum begins with if this broker was by itself before
     */
    public RatisMetadataLog(
            QuorumSettings settings,
            FirstState first,
            EventLoop loop,
            Consumer<IOException> onFailure) {
        this.settings = settings;
        this.first = first;
        this.loop = loop;
        this.onFailure = onFailure;
        this.feed = new LoopFeed(loop);
        this.node = new RaftNode(settings, new FromRaft());
        this.proposals = new Proposals(feed, node);
    }

    @Override
    public void start(Listener to, Completion<Long> done) {
        listener = to;
        background(
                "start",
                () -> {
                    try {
                        Optional<ByteBuffer> state = node.start(first);
                        background("keep-up", node::keepUp);
                        proposals.start();
                        if (state.isPresent()) {
                            begin(state.get());
                        }
                        node.awaitCurrent();
                        feed.tell(() -> done.succeeded(lastIndex));
                    } catch (IOException | RuntimeException e) {
                        failedToStart(asFault(e), done);
                    }
                });
    }

    /**
     * Commits the first state. If that fails, its fate is unknown and the start fails, too: the
     * next one does it all again.
     */
    private void begin(ByteBuffer state) throws IOException {
        CompletableFuture<Long> committed = new CompletableFuture<>();
        loop.execute(() -> {
            firstState = new Pending(state, committed);
            if (closing || fault != null) {
                failFirstState(new IOException("the metadata log is closed"));
            } else {
                proposeFirstState();
            }
        });
        try {
            committed.get();
        } catch (ExecutionException e) {
            throw new IOException("the cluster cannot begin: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        node.begun(first);
    }

    /** A state that waits for this broker to lead. */
    private record Pending(ByteBuffer state, CompletableFuture<Long> committed) {}

    private void proposeFirstState() {
        Pending waiting = firstState;
        if (waiting == null || leadingTerm < 0) {
            return;
        }
        firstState = null;
        proposals.add(
                leadingTerm,
                waiting.state,
                Completion.of(
                        index -> waiting.committed.complete(index),
                        cause -> waiting.committed.completeExceptionally(cause)));
    }

    private void failFirstState(IOException cause) {
        Pending waiting = firstState;
        if (waiting != null) {
            waiting.committed.completeExceptionally(cause);
        }
    }

    private static IOException asFault(Exception e) {
        return e instanceof IOException fault
                ? fault
                : new IOException("the metadata log, a defect: " + e, e);
    }

    private void failedToStart(IOException cause, Completion<Long> done) {
        loop.execute(() -> {
            if (fault == null) {
                fault = cause;
            }
            done.failed(cause);
        });
    }

    private void background(String what, Runnable work) {
        Thread.ofVirtual().name("metadata-" + what + "-" + settings.brokerId()).start(work);
    }

    @Override
    public void append(long term, ByteBuffer entry, Completion<Long> done) {
        if (fault != null) {
            done.failed(fault);
        } else if (closing) {
            done.failed(closed());
        } else if (term != leadingTerm) {
            done.failed(
                    new LeadershipLostException(
                            "broker %d does not lead in term %d"
                                    .formatted(settings.brokerId(), term)));
        } else {
            proposals.add(term, entry, done);
        }
    }

    /** As a broker does that does not know yet that its term is over. */
    void appendUnchecked(long term, ByteBuffer entry, Completion<Long> done) {
        proposals.add(term, entry, done);
    }

    @Override
    public void snapshot(long index, ByteBuffer state, Completion<Long> done) {
        if (fault != null) {
            done.failed(fault);
        } else if (closing || storing) {
            done.failed(new IOException("the metadata log is closed, or stores a state already"));
        } else if (index > lastIndex || index < 0) {
            done.failed(new IOException("metadata entry %d is not applied".formatted(index)));
        } else {
            storing = true;
            background("snapshot", () -> store(index, state, done));
        }
    }

    private void store(long index, ByteBuffer state, Completion<Long> done) {
        try {
            node.store(index, state);
            loop.execute(() -> {
                storing = false;
                done.succeeded(index);
            });
        } catch (IOException | RuntimeException e) {
            loop.execute(() -> {
                storing = false;
                done.failed(asFault(e));
            });
        }
    }

    @Override
    public void ask(ByteBuffer question, Completion<ByteBuffer> done) {
        if (fault != null) {
            done.failed(fault);
        } else if (closing) {
            done.failed(new IOException("the metadata log is closed"));
        } else if (!asking.tryAcquire()) {
            done.failed(new IOException(MAX_ASKING + " questions about metadata wait already"));
        } else {
            background(
                    "question",
                    () -> {
                        try {
                            ByteBuffer answer = node.ask(question);
                            loop.execute(() -> done.succeeded(answer));
                        } catch (IOException | RuntimeException e) {
                            loop.execute(() -> done.failed(asFault(e)));
                        } finally {
                            asking.release();
                        }
                    });
        }
    }

    @Override
    public Optional<Uuid> cluster() {
        return node.cluster();
    }

    @Override
    public Quorum quorum() {
        return node.quorum(loop.clock().wallMs());
    }

    @Override
    public void changeVoter(int brokerId, boolean votes, Completion<Integer> done) {
        if (votes) {
            change("add-voter", brokerId, done, () -> node.voterChanges().add(brokerId));
        } else {
            change("remove-voter", brokerId, done, () -> node.voterChanges().remove(brokerId));
        }
    }

    /** Takes a broker that is gone for good out of the quorum. One that runs comes back. */
    void takeOut(int brokerId, Completion<Integer> done) {
        change("remove", brokerId, done, () -> node.voterChanges().takeOut(brokerId));
    }

    private interface Change {
        void run() throws IOException;
    }

    private void change(String what, int brokerId, Completion<Integer> done, Change change) {
        background(
                what,
                () -> {
                    try {
                        change.run();
                        loop.execute(() -> done.succeeded(brokerId));
                    } catch (IOException | RuntimeException e) {
                        loop.execute(() -> done.failed(asFault(e)));
                    }
                });
    }

    /** Hands the lead over if this broker has it, and stops. Any thread; does not wait. */
    @Override
    public void close() {
        close(true);
    }

    /** Stops without a word to the others. */
    void abandon() {
        close(false);
    }

    private void close(boolean handOver) {
        loop.execute(() -> {
            if (closing) {
                return;
            }
            closing = true;
            feed.close();
            proposals.close();
            proposals.failAll(closed());
            failFirstState(closed());
            background(
                    "close",
                    () -> {
                        if (handOver) {
                            node.handOver();
                        }
                        handedOver.countDown();
                        node.close();
                        ended.countDown();
                    });
        });
    }

    /** It has not failed: another broker decides from now on. */
    private static IOException closed() {
        return new LeadershipLostException("the metadata log of this broker is closed");
    }

    /** Lets another voter lead, if this broker does. */
    void handOverTo(int brokerId) {
        background("hand-over", () -> node.handOverTo(brokerId));
    }

    /** The lead is handed over; what ends afterwards might as well be killed. */
    @Override
    public boolean awaitClosed(long timeoutMs) throws InterruptedException {
        return handedOver.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /** Whether all that belongs to a closed log has ended within the time. */
    boolean awaitEnd(long timeoutMs) throws InterruptedException {
        return ended.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    private Listener listening() {
        if (listener == null) {
            throw new IllegalStateException("not started");
        }
        return listener;
    }

    /** What Ratis tells, on its threads; brought to the loop in order. */
    private final class FromRaft implements Replica.Owner {

        @Override
        public void restored(long index, ByteBuffer state) {
            feed.put(
                    state.remaining(),
                    () -> {
                        if (index > lastIndex) {
                            lastIndex = index;
                            listening().restore(index, state);
                        }
                    });
        }

        @Override
        public void committed(long index, Part last, ByteBuffer entry) {
            feed.put(
                    entry.remaining(),
                    () -> {
                        if (index > lastIndex) {
                            lastIndex = index;
                            listening().apply(index, entry.asReadOnlyBuffer());
                        }
                        proposals.committed(last, index);
                    });
        }

        @Override
        public void passedOver(Part part, long index, long term) {
            feed.tell(() ->
                    proposals.lost(
                            part,
                            "an entry decided in term %d came to be in term %d"
                                    .formatted(part.term(), term)));
        }

        @Override
        public void leads(long term) {
            feed.tell(() -> {
                if (term <= lostTerm) {
                    return; // another thread told its end first
                }
                LOG.info("broker {} leads the metadata quorum, term {}", settings.brokerId(), term);
                leadingTerm = term;
                proposals.begin();
                proposeFirstState();
                listening().leadership(true, term);
            });
        }

        @Override
        public void leadsNoMore(long term) {
            feed.tell(() -> {
                lostTerm = Math.max(lostTerm, term);
                if (leadingTerm < 0) {
                    return;
                }
                leadingTerm = -1;
                proposals.failAll(
                        new LeadershipLostException(
                                "broker %d leads no more: what was under way may be committed"
                                        .formatted(settings.brokerId())));
                listening().leadership(false, term);
            });
        }

        @Override
        public void configurationChanged() {
            node.membersChanged();
        }

        @Override
        public CompletableFuture<Message> asked(Message request) {
            ByteBuffer content = ByteBuffer.wrap(request.getContent().toByteArray());
            byte kind = content.get();
            CompletableFuture<Message> reply = new CompletableFuture<>();
            if (feed.isClosed() || answering.incrementAndGet() > MAX_ANSWERING) {
                answering.decrementAndGet();
                reply.complete(Questions.refused(Questions.NOT_HEARD, "too many ask at once"));
                return reply;
            }
            reply.whenComplete((answer, failure) -> answering.decrementAndGet());
            node.openAnswer(reply);
            node.confirmOffice()
                    .thenAccept(leads -> {
                        if (!leads) {
                            reply.complete(doesNotLead());
                        } else if (kind == Questions.HOW_FAR) {
                            reply.complete(node.howFar());
                        } else {
                            feed.tell(() -> answer(content.slice(), reply));
                        }
                    });
            return reply;
        }

        private Message doesNotLead() {
            return Questions.refused(
                    Questions.NOT_HEARD,
                    "broker %d does not lead by a majority of the quorum"
                            .formatted(settings.brokerId()));
        }

        private void answer(ByteBuffer question, CompletableFuture<Message> reply) {
            if (leadingTerm < 0) {
                reply.complete(doesNotLead());
                return;
            }
            listening()
                    .answer(
                            question,
                            Completion.of(
                                    answer -> reply.complete(Questions.answered(answer)),
                                    cause ->
                                            reply.complete(
                                                    Questions.refused(
                                                            Questions.FAILED,
                                                            String.valueOf(cause.getMessage())))));
        }

        @Override
        public void stopped() {
            if (!feed.isClosed()) {
                background("come-back", this::comeBack);
            }
        }

        private void comeBack() {
            try {
                node.comeBack();
            } catch (IOException | RuntimeException e) {
                failed(asFault(e));
            }
        }

        @Override
        public void failed(IOException cause) {
            feed.tell(() -> {
                if (closing || fault != null) {
                    return;
                }
                fault = cause;
                LOG.error("the metadata log failed: {}", cause.getMessage());
                proposals.failAll(cause);
                failFirstState(cause);
                onFailure.accept(cause);
            });
        }
    }
}
