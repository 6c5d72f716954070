package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.record.Codecs;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metrics.MetricSource;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.view.LogWalk;
import io.sluice.engine.view.Views;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The queues of this broker, each on the loop of its partition. */
public final class HostedQueues implements Queues {
    private final Partitions partitions;
    private final ShareStore store;
    private final Function<String, QueueRules> rules;
    private final DeadLetterBox dead;
    private final IoThreads io;
    private final Codecs codecs;
    private final LoopQueues.Limits limits;
    private final Map<EventLoop, LoopQueues> loops = new ConcurrentHashMap<>();
    private volatile Ledger ledger = Ledger.NONE;
    private volatile QuestionBox questions = QuestionBox.NONE;

    /**
     * @param rules what a group says of its queues, by its name; any thread, asked for every
     *     demand: the same object as long as nothing changed
     * @param io where records are unpacked and walked through, for groups that look into them
     */
    public HostedQueues(
            Partitions partitions,
            ShareStore store,
            Function<String, QueueRules> rules,
            DeadLetterBox dead,
            IoThreads io,
            Codecs codecs) {
        this(partitions, store, rules, dead, io, codecs, LoopQueues.Limits.DEFAULT);
    }

    HostedQueues(
            Partitions partitions,
            ShareStore store,
            Function<String, QueueRules> rules,
            DeadLetterBox dead,
            IoThreads io,
            Codecs codecs,
            LoopQueues.Limits limits) {
        this.partitions = partitions;
        this.store = store;
        this.rules = rules;
        this.dead = dead;
        this.io = io;
        this.codecs = codecs;
        this.limits = limits;
    }

    @Override
    public Map<String, Views.Kind> views(LogWalk walk) {
        return Map.of(
                QueueView.NAME, name -> QueueView.of(this, walk, name),
                ReplayView.NAME, name -> new ReplayView(this, walk, name));
    }

    @Override
    public MetricSource metrics() {
        return new QueueMetrics(() -> loops.values().stream().map(LoopQueues::counts).toList());
    }

    /** What happens is taken down there from now on; to be said before the first demand. */
    public HostedQueues keeping(Ledger book) {
        ledger = book;
        return this;
    }

    /** Questions go there from now on; to be said before the first demand. */
    public HostedQueues asking(QuestionBox box) {
        questions = box;
        return this;
    }

    /** Tells what a queue of that sight looks at in records. */
    RecordSpans facts(Sight sight) {
        return new RecordSpans(sight, codecs, 0L);
    }

    @Nullable Partition partition(ShareKey key) {
        return partitions.find(key.topicId(), key.partition());
    }

    /** Of a loop, on that loop. */
    LoopQueues of(EventLoop loop) {
        return loops.computeIfAbsent(
                loop,
                owner ->
                        new LoopQueues(
                                owner,
                                limits,
                                store,
                                rules,
                                dead,
                                new RecordWalks(owner, io, codecs),
                                ledger.of(owner),
                                questions));
    }

    @Override
    public Taking take(Demand demand, EventLoop replyOn, Consumer<List<Delivery>> done) {
        TakeRound round = new TakeRound(this, demand, replyOn, done);
        replyOn.execute(round::begin);
        return round;
    }

    @Override
    public void acknowledge(
            ShareKey key,
            String member,
            List<Acknowledgement> items,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        onQueue(
                key,
                replyOn,
                done,
                (queue, reply) -> {
                    if (queue == null) { // whoever held records of it holds them no more
                        reply.accept(ErrorCode.INVALID_RECORD_STATE);
                    } else {
                        queue.acknowledge(member, items, reply);
                    }
                });
    }

    @Override
    public void answer(
            QuestionName name,
            List<Acknowledgement> items,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        onQueue(
                name.queue(),
                replyOn,
                done,
                (queue, reply) -> {
                    if (queue == null) { // who was asked by it is forgotten
                        reply.accept(ErrorCode.INVALID_RECORD_STATE);
                    } else {
                        queue.answer(name, items, reply);
                    }
                });
    }

    @Override
    public void leave(
            ShareKey key,
            String member,
            boolean delivered,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        onQueue(
                key,
                replyOn,
                done,
                (queue, reply) -> {
                    if (queue != null) {
                        queue.leave(member, delivered);
                    }
                    reply.accept(ErrorCode.NONE);
                });
    }

    @Override
    public void giveBack(ShareKey key, String member, List<Acquired> ranges) {
        Partition partition = partition(key);
        if (partition != null) {
            EventLoop loop = partition.loop();
            loop.execute(() -> {
                HostedQueue queue = of(loop).find(key);
                if (queue != null) {
                    queue.giveBack(member, ranges);
                }
            });
        }
    }

    /** Somebody who was woken there does not come. */
    void passOn(ShareKey key) {
        Partition partition = partition(key);
        if (partition != null) {
            EventLoop loop = partition.loop();
            loop.execute(() -> {
                HostedQueue queue = of(loop).find(key);
                if (queue != null) {
                    queue.passOn();
                }
            });
        }
    }

    /** What is asked of a queue that may be at work or not. */
    @FunctionalInterface
    private interface Question {
        void ask(@Nullable HostedQueue queue, Consumer<ErrorCode> reply);
    }

    private void onQueue(
            ShareKey key, EventLoop replyOn, Consumer<ErrorCode> done, Question question) {
        Consumer<ErrorCode> reply = error -> replyOn.execute(() -> done.accept(error));
        Partition partition = partition(key);
        if (partition == null) {
            reply.accept(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
            return;
        }
        EventLoop loop = partition.loop();
        loop.execute(() -> {
            if (partition.leadingEpoch() < 0) {
                reply.accept(ErrorCode.NOT_LEADER_OR_FOLLOWER);
            } else {
                question.ask(of(loop).find(key), reply);
            }
        });
    }
}
