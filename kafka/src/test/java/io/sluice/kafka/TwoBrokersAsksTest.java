package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.FIRST;
import static io.sluice.kafka.TwoBrokers.SECOND;
import static io.sluice.kafka.TwoBrokersAsks.LONG;
import static io.sluice.kafka.TwoBrokersAsks.take;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.partition.Partition;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Questions that one broker asks, in a partition of the other one, and answers that come there. */
final class TwoBrokersAsksTest {

    private static final String ASK = "asked";
    private static final int GROUPS = 6;

    private TwoBrokers brokers;
    private TwoBrokersAsks clients;

    /** A question is about a partition that the broker of the question's own does not lead. */
    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home);
        brokers.createTopic("work");
        brokers.createTopic(ASK, false, SECOND);
        brokers.createTopic(ASK + "-answers");
        clients = new TwoBrokersAsks(brokers);
    }

    @AfterEach
    void stop() throws Exception {
        clients.close();
        brokers.close();
    }

    @Test
    void questionsAndAnswersAreBroughtFromBrokerToBroker() throws Exception {
        for (int partition = 0; partition < 2; partition++) {
            int other = partition == 0 ? SECOND : FIRST;
            String topic = "work" + partition;
            brokers.createTopic(topic);
            String group =
                    clients.remembered(other, "crossing" + partition + "-", topic, partition);
            clients.set(group, ASK, LONG);
            clients.send(topic, partition, 4);
            KafkaShareConsumer<String, String> slow = clients.member(group, topic);
            assertThat(take(slow)).hasSize(4);
            String question = clients.question(ASK, group, 1);
            slow.close(); // its partition goes to another member, and what it was asked about stays
            clients.answer(ASK, 1 - partition, question, "accept 0-1\nrelease 2; reject");
            clients.answer(ASK, 1 - partition, question, "release"); // all of it is settled by then
            clients.flush();
            KafkaShareConsumer<String, String> next = clients.member(group, topic);
            List<ConsumerRecord<String, String>> again = take(next);
            assertThat(again).extracting(ConsumerRecord::value).containsExactly("v2");
            next.acknowledge(again.getFirst());
            assertThat(next.commitSync().values()).allMatch(error -> error.isEmpty());
            clients.awaitDone(group, topic, partition, 4);
        }
    }

    /** What queues are to remember does not wait behind answers that wait for it. */
    @Test
    void answersToAndFroHoldNobodyUp() throws Exception {
        Map<String, Integer> groups = new LinkedHashMap<>();
        for (int partition = 0; partition < 2; partition++) {
            int leader = partition == 0 ? FIRST : SECOND;
            String topic = topicOnTheHomeLoop(leader, partition);
            clients.send(topic, partition, 1);
            for (int i = 0; i < GROUPS; i++) {
                String group =
                        clients.remembered(
                                brokers.other(leader),
                                "%s-%d-".formatted(topic, i),
                                topic,
                                partition);
                groups.put(group, partition);
                clients.set(group, ASK, LONG);
                take(clients.member(group, topic));
            }
        }
        clients.questions(ASK, groups.keySet(), 1)
                .forEach((group, names) -> {
                    int elsewhere = 1 - Objects.requireNonNull(groups.get(group));
                    clients.answer(ASK, elsewhere, names.getFirst(), "accept");
                });
        clients.flush();
        for (Map.Entry<String, Integer> one : groups.entrySet()) {
            String topic = one.getKey().substring(0, one.getKey().indexOf('-'));
            clients.awaitDone(one.getKey(), topic, one.getValue(), 1);
        }
    }

    /** A topic whose partition is where the broker brings answers from, too. */
    private String topicOnTheHomeLoop(int leader, int partition) throws Exception {
        for (int i = 0; ; i++) {
            String topic = "of%dtry%d".formatted(leader, i);
            brokers.createTopic(topic);
            Partition made =
                    brokers.broker(leader).partitions().find(new TopicPartition(topic, partition));
            if (Objects.requireNonNull(made).loop() == brokers.broker(leader).loop()) {
                return topic;
            }
        }
    }

    /** The one who is asked is gone while the answer comes: it is brought once it is back. */
    @Test
    void anAnswerIsBroughtOnceWhoAskedIsReached() throws Exception {
        String group = clients.coordinated(FIRST, "cut");
        clients.set(group, ASK, LONG);
        clients.send("work", 1, 3);
        KafkaShareConsumer<String, String> slow = clients.member(group, "work");
        take(slow);
        String question = clients.question(ASK, group, 1);
        slow.close();
        brokers.toSecond.cut();
        int before = brokers.toSecond.refused();
        clients.answer(ASK, 0, question, "accept 0-1");
        clients.answer(ASK, 0, question, "release");
        clients.flush();
        TestBroker.awaitUntil(() -> brokers.toSecond.refused() > before);
        brokers.toSecond.mend();
        KafkaShareConsumer<String, String> next = clients.member(group, "work");
        List<ConsumerRecord<String, String>> again = take(next);
        assertThat(again).extracting(ConsumerRecord::value).containsExactly("v2");
        clients.awaitDone(group, "work", 1, 2);
    }

    @Test
    void aQuestionIsWrittenOnceItsPartitionIsReached() throws Exception {
        String group = clients.coordinated(FIRST, "mute");
        String topic = clients.createAtFirst("near", group);
        clients.set(group, ASK, LONG);
        clients.send(topic, 0, 1);
        KafkaShareConsumer<String, String> slow = clients.member(group, topic);
        brokers.toSecond.cut();
        take(slow);
        int before = brokers.toSecond.refused();
        TestBroker.awaitUntil(() -> brokers.toSecond.refused() > before);
        brokers.toSecond.mend();
        clients.answer(ASK, 0, clients.question(ASK, group, 1), "accept");
        clients.flush();
        clients.awaitDone(group, topic, 0, 1);
    }

    /** The clocks of brokers differ. */
    @Test
    void whoHearsAnAnswerMayBeFast() throws Exception {
        String group = clients.coordinated(FIRST, "fast");
        clients.set(group, ASK, "120000");
        clients.send("work", 0, 1);
        take(clients.member(group, "work"));
        String question = clients.question(ASK, group, 1);
        brokers.second.skip(150_000);
        clients.answer(ASK, 1, question, "accept");
        clients.flush();
        clients.awaitDone(group, "work", 0, 1);
    }
}
