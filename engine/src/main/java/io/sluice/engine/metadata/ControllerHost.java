package io.sluice.engine.metadata;

import io.sluice.core.controller.BalanceSettings;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.BrokerEpoch;
import io.sluice.core.controller.ControllerCommand.BrokerHeartbeat;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.controller.ControllerCommandCodec;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.MetadataEvent;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the controller over the metadata log, on one event loop. Commands that wait are decided
 * together, each on the outcome of those before it, and committed as one entry; while that entry is
 * under way the next ones gather. Replies leave once it is committed and applied here.
 *
 * <pre>
 *   waiting ──decide on a draft──▶ one entry under way ──committed──▶ apply ─▶ image ─▶ replies
 * </pre>
 *
 * <p>Where another broker leads, it is asked ({@link ForwardedCommands}); a leader that loses its
 * term answers what is under way with REQUEST_TIMED_OUT: it may be committed, or not.
 *
 * <p>An entry that the log itself cannot take ends it: whether it was stored is unknown, so nothing
 * may build on either outcome. Every command is refused from then on, and the broker is told to
 * stop.
 */
public final class ControllerHost implements Metadata {

    /** No broker's lease ends. */
    public static final long FOR_EVER = Long.MAX_VALUE;

    /** Commands that may wait; one more is told to try again. */
    static final int MAX_WAITING = 10_000;

    /** Commands of one entry. */
    static final int MAX_COMMANDS_PER_ENTRY = 1_000;

    /** Events after which no further command joins an entry. */
    static final int FULL_ENTRY_EVENTS = 20_000;

    /** Entries after which the state is stored, so that a start reads little. */
    static final int SNAPSHOT_ENTRIES = 10_000;

    /** Bytes after which it is stored, if the last snapshot was not larger. */
    static final long SNAPSHOT_BYTES = 16L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(ControllerHost.class);

    private final EventLoop loop;
    private final MetadataLog log;
    private final ForwardedCommands forwarded;
    private final @Nullable LeaseWatch leases;
    private @Nullable BalanceWatch balance;
    private final Deque<Asked> waiting = new ArrayDeque<>();
    private final List<ImageListener> listeners = new ArrayList<>();
    private final List<Consumer<IOException>> failureListeners = new ArrayList<>();
    private final Controller.Defaults defaults;
    private Controller controller;
    private volatile ClusterImage image = ClusterImage.EMPTY;
    private boolean started;
    private boolean leads;
    private long term;
    private boolean deciding;
    private boolean underWay;
    private @Nullable IOException fault;
    private boolean storing;
    private int entriesSinceSnapshot;
    private long bytesSinceSnapshot;
    private long snapshotBytes;

    /**
     * @param reply called on the metadata's loop, when the image shows what it tells
     */
    private record Asked(ControllerCommand command, Consumer<ControllerReply> reply) {
        void answer(ControllerReply answer) {
            reply.accept(answer);
        }

        void refuse(ErrorCode error, String detail) {
            answer(refusal(command, error, detail));
        }
    }

    /** A reply that waits for its entry. */
    private record Held(Asked asked, ControllerReply reply) {}

    /** For a broker by itself: nobody has to hear of it. */
    public ControllerHost(EventLoop loop, MetadataLog log, Controller.Defaults defaults) {
        this(loop, log, defaults, FOR_EVER);
    }

    /**
     * @param sessionMs after which a broker that is not heard of is fenced
     *     (broker.session.timeout.ms), or {@link #FOR_EVER}
     */
    public ControllerHost(
            EventLoop loop, MetadataLog log, Controller.Defaults defaults, long sessionMs) {
        this.loop = loop;
        this.log = log;
        this.forwarded = new ForwardedCommands(log);
        this.defaults = defaults;
        this.leases =
                sessionMs == FOR_EVER
                        ? null
                        : new LeaseWatch(
                                loop,
                                sessionMs,
                                this::image,
                                command -> take(new Asked(command, reply -> {})));
        this.controller = new Controller(defaults);
    }

    /**
     * Keeps the cluster even while this broker decides. To be called before {@link #start}.
     *
     * @param settings as they hold now
     */
    public void keepEven(Supplier<BalanceSettings> settings) {
        balance =
                new BalanceWatch(
                        loop,
                        settings,
                        this::image,
                        (command, reply) -> take(new Asked(command, reply)),
                        leases == null);
    }

    /** Restores and replays; completes on the loop when the image is current. */
    public void start(Completion<ClusterImage> done) {
        loop.execute(() ->
                log.start(
                        new Replica(),
                        Completion.of(last -> begin(last, done), cause -> done.failed(cause))));
    }

    private void begin(long last, Completion<ClusterImage> done) {
        if (fault != null) {
            done.failed(fault);
            return;
        }
        started = true;
        publish(last);
        if (leads) {
            lead(true); // now it is known who there is
        }
        storeIfDue(last);
        done.succeeded(image);
        decide();
    }

    /** Is told once, on the loop, when the metadata log has failed: the broker must stop. */
    public void onFailure(Consumer<IOException> listener) {
        loop.execute(() -> failureListeners.add(listener));
    }

    @Override
    public ClusterImage image() {
        return image;
    }

    @Override
    public void subscribe(ImageListener listener) {
        loop.execute(() -> {
            listeners.add(listener);
            listener.imageChanged(ClusterImage.EMPTY, image);
        });
    }

    @Override
    public void submit(
            ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
        Consumer<ControllerReply> answered = answer -> replyOn.execute(() -> reply.accept(answer));
        loop.execute(() -> {
            if (started && command instanceof BrokerHeartbeat) {
                // Asked as others ask, also of itself: a lease is a majority's word, and who is
                // cut off with the office it had must not go on to count on itself.
                forwarded.send(command, answered);
            } else {
                take(new Asked(command, answered));
            }
        });
    }

    @Override
    public void quorum(EventLoop replyOn, Consumer<Quorum> reply) {
        // Also when this broker leads, for it may not know yet that it does no more.
        loop.execute(() -> forwarded.quorum(found -> replyOn.execute(() -> reply.accept(found))));
    }

    @Override
    public void catchUp(EventLoop replyOn, Consumer<Boolean> reply) {
        loop.execute(() -> forwarded.catchUp(done -> replyOn.execute(() -> reply.accept(done))));
    }

    @Override
    public void changeVoter(
            int brokerId,
            boolean votes,
            EventLoop replyOn,
            Consumer<ControllerReply.Outcome> reply) {
        loop.execute(() ->
                log.changeVoter(
                        brokerId,
                        votes,
                        new Completion<>() {
                            @Override
                            public void succeeded(Integer changed) {
                                tell(ErrorCode.NONE, "");
                            }

                            @Override
                            public void failed(IOException cause) {
                                tell(
                                        cause instanceof VoterChangeException refused
                                                ? refused.error()
                                                : ErrorCode.REQUEST_TIMED_OUT,
                                        String.valueOf(cause.getMessage()));
                            }

                            private void tell(ErrorCode error, String detail) {
                                replyOn.execute(() ->
                                        reply.accept(
                                                new ControllerReply.Outcome(
                                                        error, detail, Optional.empty())));
                            }
                        }));
    }

    /**
     * That run of a broker is over: its process has gone, so it is fenced without waiting for the
     * end of its lease, by this broker if it decides, or once it does. Any thread.
     */
    public void gone(BrokerEpoch which) {
        loop.execute(() -> {
            if (leases != null) {
                leases.gone(which);
            }
        });
    }

    @Override
    public void balance(EventLoop replyOn, Consumer<String> reply) {
        loop.execute(() -> {
            BalanceWatch own = balance;
            if (leads || own == null) {
                String report = own == null ? "" : own.report();
                replyOn.execute(() -> reply.accept(report));
            } else {
                forwarded.balance(report -> replyOn.execute(() -> reply.accept(report)));
            }
        });
    }

    private void take(Asked asked) {
        if (waiting.size() >= MAX_WAITING) {
            asked.refuse(
                    ErrorCode.REQUEST_TIMED_OUT,
                    "%d changes of metadata wait already: try again".formatted(MAX_WAITING));
            return;
        }
        waiting.addLast(asked);
        decide();
    }

    /** Decides as long as there is something to decide and no entry under way. */
    private void decide() {
        if (deciding || !started) {
            return; // a reply of this very turn asked for more: the loop below sees it
        }
        deciding = true;
        try {
            while (!underWay && !waiting.isEmpty()) {
                if (fault != null) {
                    refuseAll(
                            ErrorCode.KAFKA_STORAGE_ERROR,
                            "the metadata log failed: " + fault.getMessage());
                } else if (!leads) {
                    forwardAll();
                } else {
                    decideTogether();
                }
            }
        } finally {
            deciding = false;
        }
    }

    private void refuseAll(ErrorCode error, String detail) {
        for (int left = waiting.size(); left > 0; left--) {
            waiting.removeFirst().refuse(error, detail);
        }
    }

    private void forwardAll() {
        for (int left = waiting.size(); left > 0; left--) {
            Asked asked = waiting.removeFirst();
            forwarded.send(asked.command, asked.reply);
        }
    }

    private void decideTogether() {
        Controller draft = controller.draft();
        List<MetadataEvent> events = new ArrayList<>();
        List<Held> held = new ArrayList<>();
        while (!waiting.isEmpty()
                && held.size() < MAX_COMMANDS_PER_ENTRY
                && events.size() < FULL_ENTRY_EVENTS) {
            Asked asked = waiting.removeFirst();
            if (leases != null && asked.command instanceof BrokerHeartbeat heartbeat) {
                leases.heard(heartbeat);
            }
            if (balance != null && asked.command instanceof ReportLoads report) {
                balance.heard(report);
            }
            Controller after = draft.draft();
            Controller.Decision decision;
            try {
                decision = after.decide(asked.command);
                decision.events().forEach(after::apply);
            } catch (RuntimeException e) {
                LOG.error("a defect in deciding {}: please report it", asked.command, e);
                asked.refuse(ErrorCode.UNKNOWN_SERVER_ERROR, "a defect: " + e);
                continue;
            }
            draft = after;
            events.addAll(decision.events());
            held.add(new Held(asked, decision.reply()));
        }
        if (events.isEmpty()) {
            held.forEach(this::answer);
        } else {
            commit(events, held);
        }
    }

    private void answer(Held one) {
        one.asked.answer(
                leases != null && one.asked.command instanceof BrokerHeartbeat heartbeat
                        ? leases.answer(heartbeat, one.reply)
                        : one.reply);
    }

    private void commit(List<MetadataEvent> events, List<Held> held) {
        underWay = true;
        long of = term;
        log.append(
                of,
                MetadataEventCodec.encode(events),
                Completion.of(
                        index -> {
                            underWay = false;
                            held.forEach(ControllerHost.this::answer);
                            decide();
                        },
                        cause -> {
                            underWay = false;
                            if (cause instanceof LeadershipLostException) {
                                lost(of, held);
                            } else {
                                fail(cause);
                                held.forEach(one ->
                                        one.asked.refuse(
                                                ErrorCode.KAFKA_STORAGE_ERROR,
                                                "the metadata log failed: " + cause.getMessage()));
                            }
                            decide();
                        }));
    }

    /**
     * Nothing may build on an entry that is neither committed nor given up: the term is over. A
     * later one may have begun here meanwhile.
     */
    private void lost(long of, List<Held> held) {
        if (term == of) {
            lead(false);
        }
        held.forEach(one ->
                one.asked.refuse(
                        ErrorCode.REQUEST_TIMED_OUT,
                        "another broker decides now, the change may be done or not"));
    }

    private void lead(boolean now) {
        leads = now;
        if (leases != null) {
            if (now) {
                leases.begin();
            } else {
                leases.end();
            }
        }
        if (balance != null) {
            if (now) {
                balance.begin();
            } else {
                balance.end();
            }
        }
    }

    private void fail(IOException cause) {
        if (fault == null) {
            fault = cause;
            LOG.error("the metadata log failed, no change is taken any more: {}", cause.toString());
            failureListeners.forEach(listener -> listener.accept(cause));
        }
    }

    /** The same answer for every item of a command. */
    static ControllerReply refusal(ControllerCommand command, ErrorCode error, String detail) {
        return new ControllerReply(
                Collections.nCopies(
                        command.items(),
                        new ControllerReply.Outcome(error, detail, Optional.empty())),
                -1L,
                -1L);
    }

    /** What the log tells: the committed entries, each once, in order. */
    private final class Replica implements MetadataLog.Listener {

        @Override
        public void restore(long index, ByteBuffer state) {
            snapshotBytes = state.remaining();
            controller = new Controller(defaults); // the snapshot is all, not more
            take(index, state);
            if (started) {
                publish(index);
            }
        }

        @Override
        public void apply(long index, ByteBuffer entry) {
            entriesSinceSnapshot++;
            bytesSinceSnapshot += entry.remaining();
            take(index, entry);
            if (started) {
                publish(index);
                storeIfDue(index);
            }
        }

        /**
         * Before the start is over, a fault is the start's: what was written by another version is
         * no defect. Later it is one.
         */
        private void take(long index, ByteBuffer entry) {
            if (fault != null) {
                return;
            }
            try {
                MetadataEventCodec.decode(entry).forEach(controller::apply);
            } catch (IllegalArgumentException | IllegalStateException e) {
                fail(
                        new IOException(
                                "metadata entry %d cannot be applied: %s"
                                        .formatted(index, e.getMessage()),
                                e));
                if (started) {
                    throw e;
                }
            }
        }

        @Override
        public void leadership(boolean now, long of) {
            term = of;
            lead(now);
            decide();
        }

        @Override
        public void answer(ByteBuffer question, Completion<ByteBuffer> reply) {
            if (!leads || fault != null) {
                reply.failed(new LeadershipLostException("this broker does not decide"));
                return;
            }
            if (QuorumQuestion.isWho(question)) {
                reply.succeeded(QuorumQuestion.answer(log.quorum()));
                return;
            }
            if (QuorumQuestion.isHowFar(question)) {
                reply.succeeded(QuorumQuestion.answer(image.index()));
                return;
            }
            if (balance != null && BalanceQuestion.is(question)) {
                reply.succeeded(BalanceQuestion.answer(balance.report()));
                return;
            }
            ControllerCommand command;
            try {
                command = ControllerCommandCodec.decode(question);
            } catch (IllegalArgumentException malformed) {
                reply.failed(new IOException("not a command: " + malformed.getMessage()));
                return;
            }
            ControllerHost.this.take(
                    new Asked(
                            command,
                            answer ->
                                    reply.succeeded(
                                            ForwardedCommands.answer(image.index(), answer))));
        }
    }

    private void publish(long index) {
        ClusterImage before = image;
        ClusterImage after = controller.image(index);
        image = after;
        for (ImageListener listener : List.copyOf(listeners)) {
            listener.imageChanged(before, after);
        }
        forwarded.applied(index);
    }

    private void storeIfDue(long index) {
        boolean due =
                entriesSinceSnapshot >= SNAPSHOT_ENTRIES
                        || bytesSinceSnapshot >= Math.max(SNAPSHOT_BYTES, snapshotBytes);
        if (!due || storing) {
            return;
        }
        ByteBuffer state = MetadataEventCodec.encode(controller.snapshot());
        storing = true;
        entriesSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
        snapshotBytes = state.remaining();
        log.snapshot(
                index,
                state,
                Completion.of(
                        stored -> {
                            storing = false;
                            LOG.debug("metadata snapshot at {}", stored);
                        },
                        cause -> {
                            storing = false;
                            LOG.warn(
                                    "metadata snapshot failed, the log grows on: {}",
                                    cause.toString());
                        }));
    }
}
