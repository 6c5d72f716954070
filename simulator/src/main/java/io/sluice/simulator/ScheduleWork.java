package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.partition.Partition;
import io.sluice.simulator.Part.Size;
import io.sluice.simulator.check.ScheduleBook;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.client.ScheduleReader;
import io.sluice.simulator.client.Sender;
import io.sluice.simulator.cluster.BrokerProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Messages that are delivered later, again and again, or not at all (I-27). Once the faults are
 * over all come whose time has come, by the clocks of those who lead then.
 */
final class ScheduleWork implements Work {

    static final String TOPIC = "reminders";

    private static final long ITS_TOPIC = 0x7aL;
    private static final int MOST_PARTITIONS = 2;
    private static final int FEWEST_BATCHES = 5;

    /** Of each partition. */
    private static final int SENDERS = 2;

    /** What one sender sends. */
    static final int MOST_BATCHES = 60;

    private final Scene scene;
    private final Topics topics;
    private final ScheduleBook book;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();
    private final List<ScheduleReader> readers = new ArrayList<>();
    private final int batches;

    ScheduleWork(Scene scene, Topics topics, Part part) {
        this.scene = scene;
        this.topics = topics;
        this.book = scene.site().scheduleBook();
        Random random = scene.world().random("schedule");
        int count = 1 + random.nextInt(MOST_PARTITIONS);
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        batches =
                part.of(
                        Size.REMINDERS,
                        FEWEST_BATCHES + random.nextInt(MOST_BATCHES - FEWEST_BATCHES + 1));
    }

    @Override
    public List<NewTopic> topics() {
        // What its senders write is an hour late, or early, for a clock that was set.
        return List.of(
                topics.topic(
                        TOPIC,
                        ITS_TOPIC,
                        partitions.size(),
                        Map.of("message.timestamp.after.max.ms", "9223372036854775807")));
    }

    @Override
    public int ends() {
        return partitions.size() * (SENDERS + 1);
    }

    @Override
    public void start(int number) {
        int next = number;
        for (TopicPartition partition : partitions) {
            for (int i = 0; i < SENDERS; i++) {
                senders.add(
                        new Sender(
                                scene.site(),
                                book,
                                next++,
                                partition,
                                batches,
                                4 * topics.paceMs()));
            }
            readers.add(new ScheduleReader(scene.site(), book, next++, partition));
        }
    }

    /** Who may die. */
    List<Sender> senders() {
        return senders;
    }

    /** Who has read what may be deleted. */
    List<ScheduleReader> readers() {
        return readers;
    }

    @Override
    public List<TopicPartition> partitions() {
        return partitions;
    }

    @Override
    public boolean forgetsBegin(TopicPartition partition) {
        return partitions.contains(partition);
    }

    @Override
    public void look(BrokerProcess broker) {
        for (TopicPartition name : partitions) {
            Partition partition = broker.partitions().find(name);
            int epoch = partition == null ? -1 : partition.leadingEpoch();
            if (partition != null && epoch >= 0) {
                long end = partition.status().logEndOffset();
                book.saw(name, epoch, end, partition.loop().clock().wallMs());
            }
        }
    }

    @Override
    public void heal() {}

    @Override
    public boolean isDone() {
        return senders.stream().allMatch(Sender::isDone)
                && readers.stream().allMatch(this::hasReadAll);
    }

    private boolean hasReadAll(ScheduleReader one) {
        TopicPartition name = one.topicPartition();
        return one.position() >= topics.end(name) && book.isDone(name, nowMs(name));
    }

    /** By its leader's clock. */
    private long nowMs(TopicPartition name) {
        PartitionImage image = topics.image(name);
        return image == null || image.leader() < 0
                ? Long.MAX_VALUE
                : scene.site().machine(image.leader()).clock().wallMs();
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder();
        senders.stream().filter(one -> !one.isDone()).forEach(one -> text.append(one).append("; "));
        readers.stream()
                .filter(one -> !hasReadAll(one))
                .forEach(one ->
                        text.append(
                                "%s of %d, %s, by its clock it is %d; "
                                        .formatted(
                                                one,
                                                topics.end(one.topicPartition()),
                                                book.waiting(one.topicPartition()),
                                                nowMs(one.topicPartition()))));
        return text.toString();
    }

    @Override
    public void judge(TopicPartition partition, List<Stored> log) {
        book.judge(partition, log);
    }

    @Override
    public void conclude(Coverage coverage) {
        coverage.count("records stored that may wait", book.stored());
        coverage.count("records refused that were late", book.refused());
        coverage.count("messages delivered later", book.delivered());
        coverage.count("messages that came again", book.cameAgain());
        coverage.count("messages cancelled", book.cancelled());
        coverage.count("messages rescheduled", book.rescheduled());
        coverage.count("messages carried to the log's end", book.carried());
        coverage.count("transactions that say something of messages committed", book.committed());
        coverage.count("transactions that say something of messages aborted", book.aborted());
        coverage.count("floors of schedules", book.floors());
    }
}
