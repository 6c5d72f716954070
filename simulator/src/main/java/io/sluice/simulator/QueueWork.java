package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.simulator.Part.Size;
import io.sluice.simulator.check.Ledger;
import io.sluice.simulator.check.Ledger.Promise;
import io.sluice.simulator.check.Ledger.Sent;
import io.sluice.simulator.check.QueueBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.check.Task;
import io.sluice.simulator.client.Auditor;
import io.sluice.simulator.client.LedgerReader;
import io.sluice.simulator.client.Producer;
import io.sluice.simulator.client.QueueOperator;
import io.sluice.simulator.client.Replayer;
import io.sluice.simulator.client.Resetter;
import io.sluice.simulator.client.Taker;
import io.sluice.simulator.cluster.BrokerProcess;
import io.sluice.simulator.cluster.DeadLetters;
import io.sluice.simulator.cluster.Machine;
import io.sluice.simulator.cluster.Shares;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Queues, and members that take from them (I-22 to I-26). Once the faults are over every record
 * comes to its end.
 */
final class QueueWork implements Work {

    private static final String TOPIC = "tasks";
    private static final long ITS_TOPICS = 0x75L;
    private static final int MOST_PARTITIONS = 2;
    private static final int FEWEST_BATCHES = 10;
    private static final int KEYS = 4;
    private static final int MOST_TOLD = 5;
    private static final int MOST_RESETTERS = 2;
    private static final int LONGEST_LIFE_MS = 4_000;

    /** More members there never are. */
    static final int MOST_TAKERS = 4;

    /** What is sent to one queue. */
    static final int MOST_BATCHES = 60;

    private final Scene scene;
    private final Topics topics;
    private final QueueBook book;
    private final Ledger ledger = new Ledger();
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final List<Producer> producers = new ArrayList<>();
    private final List<Taker> takers = new ArrayList<>();
    private final Map<TopicPartition, List<Stored>> logs = new HashMap<>();
    private final Map<Long, byte[]> contents = new HashMap<>();
    private final Random chance;
    private final int wanted;
    private final int batches;
    private @Nullable Auditor auditor;
    private final List<Resetter> resetters = new ArrayList<>();
    private @Nullable Replayer replayer;

    QueueWork(Scene scene, Topics topics, Part part) {
        this.scene = scene;
        this.topics = topics;
        this.book = scene.site().queueBook();
        Random random = scene.world().random("queues");
        chance = scene.world().random("tasks");
        int count = 1 + random.nextInt(MOST_PARTITIONS);
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        wanted = part.of(Size.TAKERS, count + random.nextInt(MOST_TAKERS - count + 1));
        batches =
                part.of(
                        Size.TASKS,
                        FEWEST_BATCHES + random.nextInt(MOST_BATCHES - FEWEST_BATCHES + 1));
    }

    @Override
    public List<NewTopic> topics() {
        return List.of(
                topics.topic(Shares.TOPIC, ITS_TOPICS, 1),
                topics.topic(TOPIC, ITS_TOPICS + 1, partitions.size()),
                topics.topic(DeadLetters.TOPIC, ITS_TOPICS + 2, 1),
                topics.topic(Shares.LEDGER, ITS_TOPICS + 3, 1));
    }

    @Override
    public int ends() {
        return partitions.size() + wanted + MOST_RESETTERS + 3;
    }

    @Override
    public void start(int number) {
        int next = number;
        int paceMs = topics.paceMs();
        for (TopicPartition partition : partitions) {
            Producer producer =
                    new Producer(
                            scene.site(),
                            ledger,
                            next++,
                            partition,
                            Promise.ONCE,
                            3 * paceMs,
                            this::content);
            producer.send(batches);
            producers.add(producer);
        }
        for (int i = 0; i < wanted; i++) {
            TopicPartition from = partitions.get(i % partitions.size());
            takers.add(new Taker(scene.site(), next++, from, 2 * paceMs));
        }
        auditor = new Auditor(scene.site(), next++);
        if (!taken().isEmpty()) {
            replayer = replayer(next++);
        }
        new LedgerReader(scene.site(), book.ledger(), next++);
        if (!taken().isEmpty()) {
            begin(next);
        }
    }

    /** Whoever sets a queue anew: seldom anybody, sometimes two at once. */
    private void begin(int number) {
        Random random = scene.world().random("resets");
        TopicPartition of = taken().get(random.nextInt(taken().size()));
        int count = Math.max(0, random.nextInt(2 + MOST_RESETTERS) - 1);
        for (int i = 0; i < count; i++) {
            resetters.add(
                    new Resetter(
                            scene.site(),
                            number + i,
                            of,
                            topics.id(ITS_TOPICS + 1),
                            topics.paceMs(),
                            () -> book.seenUpTo(of),
                            () -> takers.forEach(Taker::beginAnew)));
        }
    }

    private List<QueueOperator> operators() {
        List<QueueOperator> all = new ArrayList<>(resetters);
        if (replayer != null) {
            all.add(replayer);
        }
        return all;
    }

    private Replayer replayer(int number) {
        Random random = scene.world().random("replays");
        TopicPartition of = taken().get(random.nextInt(taken().size()));
        return new Replayer(
                scene.site(), number, of, 2 * topics.paceMs(), KEYS, () -> book.seenUpTo(of));
    }

    /** Records that say how they are to be delivered, where the queue looks at that. */
    private ByteBuffer content(Sent batch) {
        byte[] known =
                contents.computeIfAbsent(batch.id(), id -> made(batch.id(), batch.records()));
        return ByteBuffer.wrap(known.clone());
    }

    private byte[] made(long id, int records) {
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            tasks.add(task());
        }
        book.sent(id, tasks);
        ByteBuffer batch =
                RecordBatches.of(
                        Stored.FIRST_ID + id,
                        tasks.stream()
                                .map(one -> new RecordBatches.One(one.key(), one.headers()))
                                .toList());
        if (chance.nextInt(4) == 0) {
            batch = RecordBatches.packed(batch);
        }
        byte[] bytes = new byte[batch.limit()];
        batch.get(0, bytes);
        return bytes;
    }

    private Task task() {
        int key = chance.nextInt(KEYS + 1);
        boolean ends = chance.nextInt(4) == 0;
        return new Task(
                key == KEYS ? null : "key-" + key,
                chance.nextBoolean() ? chance.nextInt(10) : 0,
                ends
                        ? Stored.FIRST_ID + scene.world().nowMs() + chance.nextInt(LONGEST_LIFE_MS)
                        : Task.NEVER);
    }

    /** Who may die, leave or stand still. */
    List<Taker> takers() {
        return takers;
    }

    @Override
    public List<TopicPartition> partitions() {
        List<TopicPartition> all = new ArrayList<>(partitions);
        all.add(new TopicPartition(DeadLetters.TOPIC, 0));
        return all;
    }

    @Override
    public void heal() {
        takers.forEach(Taker::drain);
        if (auditor != null) {
            auditor.begin();
        }
        operators().forEach(QueueOperator::finish);
    }

    @Override
    public boolean isDone() {
        return producers.stream().allMatch(Producer::isDone)
                && operators().stream().allMatch(QueueOperator::isDone)
                && taken().stream().allMatch(one -> doneBelow(one) >= topics.logEnd(one))
                && leftOut().isEmpty();
    }

    /** What the ledger does not tell yet, of those who are there to write it. */
    private List<String> leftOut() {
        Set<String> there = new HashSet<>();
        for (Machine machine : scene.site().machines()) {
            BrokerProcess broker = machine.broker();
            if (broker != null) {
                there.add(broker.process().name());
            }
        }
        return book.ledger().leftOut(there::contains);
    }

    /** Those that somebody takes from. */
    private List<TopicPartition> taken() {
        return partitions.subList(0, Math.min(wanted, partitions.size()));
    }

    private long doneBelow(TopicPartition partition) {
        long sinceMs = operators().stream().mapToLong(QueueOperator::overMs).max().orElse(-1L);
        return auditor == null ? -1L : auditor.doneBelow(partition.partition(), sinceMs);
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder();
        producers.stream()
                .filter(one -> !one.isDone())
                .forEach(one -> text.append(one).append("; "));
        takers.forEach(one -> text.append(one).append("; "));
        operators().forEach(one -> text.append(one).append("; "));
        for (TopicPartition one : taken()) {
            text.append(
                    "%s is done up to %d of %d; "
                            .formatted(one, doneBelow(one), topics.logEnd(one)));
        }
        return text.append("pending: ")
                .append(book.pending())
                .append("; the ledger leaves out ")
                .append(leftOut().stream().limit(MOST_TOLD).toList())
                .append("; ")
                .toString();
    }

    @Override
    public void judge(TopicPartition partition, List<Stored> log) {
        if (partition.topic().equals(DeadLetters.TOPIC)) {
            book.judgeLetters(log);
            return;
        }
        Producer producer = producers.get(partition.partition());
        ledger.judge(producer.identity(), log);
        logs.put(partition, log);
    }

    @Override
    public void conclude(Coverage coverage) {
        taken().forEach(one -> book.judge(one, logs.getOrDefault(one, List.of())));
        coverage.count("records given by queues", book.given());
        coverage.count("records accepted", book.accepted());
        coverage.count("records released", book.released());
        coverage.count("locks renewed", book.renewed());
        coverage.count("locks expired", book.expired());
        coverage.count("settled too late", book.refused());
        coverage.count("records given again by another leader", book.again());
        coverage.count("records given by a leader passed over", book.passedOver());
        coverage.count("records dead", book.dead());
        coverage.count("records too old", book.tooOld());
        coverage.count("records that the ledger tells of", book.ledger().told());
        coverage.count("records that had to come again", book.replays().owed());
        coverage.count("records brought back", book.broughtBack());
        coverage.count("records that had to come since a reset", book.resets().owed());
        coverage.count("queues set anew", resetters.stream().mapToInt(Resetter::done).sum());
        if (replayer != null) {
            coverage.count("orders to deliver again followed", replayer.followed());
            coverage.count("orders asked for at another leader", replayer.askedElsewhere());
        }
    }
}
