package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.controller.ControllerCommand.AllocateProducerIds;
import io.sluice.core.controller.ControllerCommand.AssignDirectories;
import io.sluice.core.controller.ControllerCommand.InitializeCluster;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ControllerTest {

    private final Given given = new Given(2);

    @Test
    void aClusterIsNamedOnce() {
        Uuid id = given.image().clusterId();
        given.run(new InitializeCluster(given.id()));
        assertThat(given.image().clusterId()).isEqualTo(id);
    }

    @Test
    void aNewStartOfABrokerBeginsNewLeaderEpochs() {
        given.create(given.assigned("t", Map.of(0, List.of(1, 2), 1, List.of(2, 1))));
        Uuid incarnation = given.id();
        assertThat(given.run(Given.register(1, incarnation)).brokerEpoch()).isEqualTo(2);
        assertThat(given.find("t").partitions())
                .extracting(PartitionImage::leaderEpoch)
                .containsExactly(1, 0);
        Controller.Decision again = given.controller().decide(Given.register(1, incarnation));
        assertThat(again.events()).as("the same start told again").isEmpty();
        assertThat(again.reply().brokerEpoch()).isEqualTo(2);
    }

    @Test
    void aBrokerThatLeadsNothingBumpsNothing() {
        assertThat(given.controller().decide(Given.register(1, given.id())).events()).hasSize(1);
    }

    @Test
    void producerIdsAreHandedOutOnce() {
        AllocateProducerIds ask = new AllocateProducerIds(1, Controller.PRODUCER_ID_BLOCK);
        assertThat(given.run(ask).producerIds()).isZero();
        assertThat(given.run(ask).producerIds()).isEqualTo(1000);
        for (int count : new int[] {0, -1, Integer.MAX_VALUE}) {
            assertThat(given.run(new AllocateProducerIds(1, count)).outcomes().getFirst().error())
                    .isEqualTo(ErrorCode.INVALID_REQUEST);
        }
        assertThat(given.image().nextProducerId()).isEqualTo(2000);
    }

    @Test
    void replicasLieWhereTheirBrokerSays() {
        given.create(given.assigned("t", Map.of(0, List.of(1, 2))));
        Uuid directory = given.id();
        AssignDirectories told =
                new AssignDirectories(
                        2,
                        Map.of(
                                new TopicPartition("t", 0), directory,
                                new TopicPartition("t", 1), directory,
                                new TopicPartition("t", -1), directory,
                                new TopicPartition("gone", 0), directory));
        given.run(told);
        assertThat(given.find("t").partitions().getFirst().directories())
                .containsExactly(Uuid.ZERO, directory);
        assertThat(given.controller().decide(told).events()).isEmpty();
    }

    @Test
    void aDraftGoesItsOwnWay() {
        Controller draft = given.controller().draft();
        draft.decide(new AllocateProducerIds(1, 10)).events().forEach(draft::apply);
        assertThat(draft.image(0).nextProducerId()).isEqualTo(10);
        assertThat(given.image().nextProducerId()).isZero();
    }

    @Test
    void anEventThatCannotBeIsADefect() {
        assertThatThrownBy(
                        () -> given.controller().apply(new MetadataEvent.TopicDeleted(given.id())))
                .isInstanceOf(IllegalStateException.class);
        given.create("t");
        TopicImage topic = given.find("t");
        assertThatThrownBy(() ->
                        given.controller()
                                .apply(
                                        new MetadataEvent.PartitionsAdded(
                                                topic.id(), topic.partitions())))
                .isInstanceOf(IllegalStateException.class);
    }
}
