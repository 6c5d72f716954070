package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.Part.Size;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.check.TransactionBook;
import io.sluice.simulator.client.CommittedReader;
import io.sluice.simulator.client.Teller;
import io.sluice.simulator.cluster.Transactions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Transactions over several partitions, and readers of what is committed (I-15 to I-17). Once the
 * faults are over every transaction ends, and readers get to the end of every log.
 */
final class TransactionWork implements Work {

    static final String TOPIC = "payments";
    private static final long ITS_TOPICS = 0x72L;
    private static final int MOST_PARTITIONS = 3;
    private static final int FEWEST_TRANSACTIONS = 5;

    /** Producers with a transactional id; more there never are. */
    static final int MOST_TELLERS = 3;

    /** Each of them ends no more. */
    static final int MOST_TRANSACTIONS = 24;

    private final Scene scene;
    private final Topics topics;
    private final TransactionBook book = new TransactionBook();
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final List<Teller> tellers = new ArrayList<>();
    private final List<CommittedReader> readers = new ArrayList<>();
    private final int tellersWanted;
    private final int wanted;

    TransactionWork(Scene scene, Topics topics, Part part) {
        this.scene = scene;
        this.topics = topics;
        Random random = scene.world().random("transactions");
        int count = 1 + random.nextInt(MOST_PARTITIONS);
        for (int i = 0; i < count; i++) {
            partitions.add(new TopicPartition(TOPIC, i));
        }
        tellersWanted = part.of(Size.TELLERS, 1 + random.nextInt(MOST_TELLERS));
        int most = MOST_TRANSACTIONS - FEWEST_TRANSACTIONS + 1;
        wanted = part.of(Size.TRANSACTIONS, FEWEST_TRANSACTIONS + random.nextInt(most));
    }

    @Override
    public List<NewTopic> topics() {
        return List.of(
                topics.topic(Transactions.TOPIC, ITS_TOPICS, 1),
                topics.topic(TOPIC, ITS_TOPICS + 1, partitions.size()));
    }

    @Override
    public int ends() {
        return tellersWanted * Teller.ends(partitions.size()) + partitions.size();
    }

    @Override
    public void start(int number) {
        int next = number;
        int paceMs = topics.paceMs() * 2;
        for (int i = 0; i < tellersWanted; i++) {
            tellers.add(new Teller(scene.site(), book, next, partitions, wanted, paceMs));
            next += Teller.ends(partitions.size());
        }
        for (TopicPartition partition : partitions) {
            readers.add(new CommittedReader(scene.site(), book, next++, partition));
        }
    }

    /** Who may die, or be replaced. */
    List<Teller> tellers() {
        return tellers;
    }

    @Override
    public List<TopicPartition> partitions() {
        return partitions;
    }

    @Override
    public void heal() {
        readers.forEach(CommittedReader::readToTheEnd);
    }

    @Override
    public boolean isDone() {
        return tellers.stream().allMatch(Teller::isDone)
                && partitions.stream().allMatch(one -> topics.stableEnd(one) == topics.logEnd(one))
                && readers.stream()
                        .allMatch(one -> one.position() >= topics.logEnd(one.topicPartition()));
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder();
        tellers.stream().filter(one -> !one.isDone()).forEach(one -> text.append(one).append("; "));
        for (TopicPartition one : partitions) {
            text.append(
                    "%s is stable up to %d of %d; "
                            .formatted(one, topics.stableEnd(one), topics.logEnd(one)));
        }
        readers.forEach(one -> text.append(one).append("; "));
        return text.toString();
    }

    @Override
    public void judge(TopicPartition partition, List<Stored> log) {
        book.judge(partition, log);
    }

    @Override
    public void conclude(Coverage coverage) {
        book.conclude();
        coverage.count("transactions committed", book.committed());
        coverage.count("transactions aborted", book.aborted());
        coverage.count("transactions left open", book.left());
        coverage.count(
                "transactional producers fenced", tellers.stream().mapToInt(Teller::fenced).sum());
    }
}
