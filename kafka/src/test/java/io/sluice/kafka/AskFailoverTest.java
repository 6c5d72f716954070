package io.sluice.kafka;

import static io.sluice.kafka.TwoBrokers.FIRST;
import static io.sluice.kafka.TwoBrokersAsks.LONG;
import static io.sluice.kafka.TwoBrokersAsks.take;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.model.TopicPartition;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Leaders move while a question is open. */
final class AskFailoverTest {

    private static final String ASK = "asked";
    private static final String WORK = "work";

    private TwoBrokers brokers;
    private TwoBrokersAsks clients;
    private String group;

    @BeforeEach
    void start(@TempDir Path home) throws Exception {
        brokers = new TwoBrokers(home, 2);
        brokers.createTopic(WORK, true);
        brokers.createTopic(ASK, true);
        brokers.createTopic(ASK + "-answers", true);
        clients = new TwoBrokersAsks(brokers);
        group = clients.coordinated(FIRST, "workers");
        clients.set(group, ASK, LONG);
    }

    @AfterEach
    void stop() throws Exception {
        clients.close();
        brokers.close();
    }

    private void leadAllByTheFirst() throws Exception {
        brokers.awaitAll(one -> one.isr().size() == 2);
        brokers.second.fallSilent();
        brokers.awaitAll(one -> one.leader() == FIRST);
    }

    private void leadAsBefore() throws Exception {
        brokers.second.comeBack();
        brokers.awaitAll(one -> one.isr().size() == 2);
        List<TopicPartition> all =
                brokers.first.image().topics().values().stream()
                        .flatMap(topic ->
                                topic.partitions().stream()
                                        .map(one ->
                                                new TopicPartition(topic.name(), one.partition())))
                        .toList();
        brokers.first.submit(new ControllerCommand.ElectLeaders(false, all));
        brokers.awaitAll(one -> one.leader() == one.replicas().getFirst());
    }

    /** The next leader asks by itself; what was said to one before it counts for nothing. */
    @Test
    void aQuestionIsGoneWithItsLeader() throws Exception {
        clients.send(WORK, 1, 3);
        KafkaShareConsumer<String, String> slow = clients.member(group, WORK);
        assertThat(take(slow)).hasSize(3);
        String bySecond = clients.question(ASK, group, 1);
        slow.close();

        leadAllByTheFirst();
        slow = clients.member(group, WORK);
        assertThat(take(slow)).extracting(ConsumerRecord::value).containsExactly("v0", "v1", "v2");
        String byFirst = clients.question(ASK, group, 2);
        slow.close();
        clients.answer(ASK, 0, bySecond, "accept");
        clients.answer(ASK, 0, byFirst, "accept 0; release 1");
        clients.flush();
        slow = clients.member(group, WORK);
        assertThat(take(slow)).extracting(ConsumerRecord::value).containsExactly("v1");
        clients.question(ASK, group, 3);
        slow.close();

        leadAsBefore();
        slow = clients.member(group, WORK);
        assertThat(take(slow)).extracting(ConsumerRecord::value).containsExactly("v1", "v2");
        String bySecondAgain = clients.question(ASK, group, 4);
        slow.close();
        clients.answer(ASK, 0, bySecond, "accept");
        clients.answer(ASK, 0, byFirst, "accept");
        clients.answer(ASK, 0, bySecondAgain, "accept 1; release");
        clients.flush();
        slow = clients.member(group, WORK);
        assertThat(take(slow)).extracting(ConsumerRecord::value).containsExactly("v2");
        clients.awaitDone(group, WORK, 1, 2);
    }

    /** Who leads the answers next reads them from their start: what was heard settles nothing. */
    @Test
    void answersAreHeardByWhoLeadsTheirPartition() throws Exception {
        clients.send(WORK, 0, 2);
        KafkaShareConsumer<String, String> slow = clients.member(group, WORK);
        assertThat(take(slow)).hasSize(2);
        clients.answer(ASK, 1, clients.question(ASK, group, 1), "release");
        slow.close();
        clients.flush();
        slow = clients.member(group, WORK);
        assertThat(take(slow)).hasSize(2);
        String again = clients.question(ASK, group, 2);
        slow.close();
        leadAllByTheFirst();
        clients.answer(ASK, 1, again, "accept 0");
        clients.flush();
        clients.awaitDone(group, WORK, 0, 1);
        leadAsBefore();
        clients.answer(ASK, 1, again, "accept");
        clients.flush();
        clients.awaitDone(group, WORK, 0, 2);
    }
}
