package io.sluice.engine.metadata;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommandCodec;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.ControllerReplyCodec;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.Completion;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Commands that another broker decides. An answer tells the index of the metadata log that it
 * builds on, and is held until this broker has applied that: so whoever asked finds its change in
 * the image, as if it had been decided here. Owned by the metadata's loop.
 *
 * <pre>
 *   question   the command's bytes
 *   answer     index int64, the reply's bytes
 * </pre>
 */
final class ForwardedCommands {

    /** Commands that may be on their way, or wait for the image; one more is told to try again. */
    static final int MAX_WAITING = 10_000;

    private static final Quorum LOST =
            new Quorum(Quorum.NOBODY, Quorum.UNKNOWN, Quorum.UNKNOWN, List.of(), List.of());

    private final MetadataLog log;
    private final TreeMap<Long, List<Runnable>> held = new TreeMap<>();
    private int waiting;
    private long applied = -1L;

    ForwardedCommands(MetadataLog log) {
        this.log = log;
    }

    /**
     * Asks the broker that leads.
     *
     * @param reply the answer, once this broker has caught up with it; REQUEST_TIMED_OUT if none
     *     came: what was asked may be done, or not
     */
    void send(ControllerCommand command, Consumer<ControllerReply> reply) {
        if (waiting >= MAX_WAITING) {
            reply.accept(
                    ControllerHost.refusal(
                            command,
                            ErrorCode.REQUEST_TIMED_OUT,
                            "%d changes of metadata wait already: try again"
                                    .formatted(MAX_WAITING)));
            return;
        }
        waiting++;
        log.ask(
                ControllerCommandCodec.encode(command),
                Completion.of(
                        answer -> take(command, answer, reply),
                        fault -> lost(command, fault.toString(), reply)));
    }

    /**
     * Asks the broker that leads who keeps the log.
     *
     * @param reply what it says; that nobody is known to lead if no answer came
     */
    void quorum(Consumer<Quorum> reply) {
        ask(
                QuorumQuestion.who(),
                answer -> reply.accept(answer.flatMap(QuorumQuestion::read).orElse(LOST)));
    }

    /**
     * Waits until this broker has applied what the one that leads has.
     *
     * @param reply false if no answer came
     */
    void catchUp(Consumer<Boolean> reply) {
        ask(
                QuorumQuestion.howFar(),
                answer ->
                        answer.flatMap(QuorumQuestion::readIndex)
                                .ifPresentOrElse(
                                        index -> whenApplied(index, () -> reply.accept(true)),
                                        () -> reply.accept(false)));
    }

    /**
     * @param then takes the answer, none if it is lost
     */
    private void ask(ByteBuffer question, Consumer<Optional<ByteBuffer>> then) {
        if (waiting >= MAX_WAITING) {
            then.accept(Optional.empty());
            return;
        }
        waiting++;
        log.ask(
                question,
                Completion.of(
                        answer -> {
                            waiting--;
                            then.accept(Optional.of(answer));
                        },
                        fault -> {
                            waiting--;
                            then.accept(Optional.empty());
                        }));
    }

    /**
     * Asks the broker that leads how the balance stands.
     *
     * @param reply what it says; empty if no answer came
     */
    void balance(Consumer<String> reply) {
        if (waiting >= MAX_WAITING) {
            reply.accept("");
            return;
        }
        waiting++;
        log.ask(
                BalanceQuestion.ask(),
                Completion.of(
                        answer -> {
                            waiting--;
                            reply.accept(BalanceQuestion.read(answer));
                        },
                        fault -> {
                            waiting--;
                            reply.accept("");
                        }));
    }

    private void take(
            ControllerCommand command, ByteBuffer answer, Consumer<ControllerReply> reply) {
        try {
            long index = answer.getLong();
            ControllerReply decided = ControllerReplyCodec.decode(answer);
            whenApplied(
                    index,
                    () -> {
                        waiting--;
                        reply.accept(decided);
                    });
        } catch (IllegalArgumentException | BufferUnderflowException malformed) {
            lost(command, "its answer cannot be read: " + malformed.getMessage(), reply);
        }
    }

    private void lost(ControllerCommand command, String why, Consumer<ControllerReply> reply) {
        waiting--;
        reply.accept(
                ControllerHost.refusal(
                        command,
                        ErrorCode.REQUEST_TIMED_OUT,
                        "no answer of the controller, the change may be done or not: " + why));
    }

    private void whenApplied(long index, Runnable then) {
        if (index <= applied) {
            then.run();
        } else {
            held.computeIfAbsent(index, i -> new ArrayList<>(1)).add(then);
        }
    }

    /** The log is applied up to the index, and the image shows it. */
    void applied(long index) {
        applied = index;
        while (!held.isEmpty() && held.firstKey() <= index) {
            held.pollFirstEntry().getValue().forEach(Runnable::run);
        }
    }

    /** What answers a question. */
    static ByteBuffer answer(long index, ControllerReply reply) {
        ByteBuffer body = ControllerReplyCodec.encode(reply);
        return ByteBuffer.allocate(Long.BYTES + body.remaining()).putLong(index).put(body).flip();
    }
}
