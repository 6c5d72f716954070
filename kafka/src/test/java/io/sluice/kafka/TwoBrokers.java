package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.TopicPartition;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableReplicaAssignment;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.FindCoordinatorRequestData;
import org.apache.kafka.common.message.FindCoordinatorResponseData;
import org.apache.kafka.common.message.FindCoordinatorResponseData.Coordinator;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;

/** Two brokers of one cluster in this process. */
final class TwoBrokers implements AutoCloseable {

    static final int FIRST = 7;
    static final int SECOND = 8;

    private static final int ATTEMPTS = 2_000;

    final TestBroker first;
    final TestBroker second;

    /** Between the second broker and all others, clients too. */
    final Cable toSecond = new Cable();

    TwoBrokers(Path home) throws Exception {
        this(home, 1);
    }

    /**
     * @param copies of the internal topics
     */
    TwoBrokers(Path home, int copies) throws Exception {
        SharedMetadata metadata = new SharedMetadata();
        first =
                new TestBroker(
                        home.resolve("first"),
                        FIRST,
                        metadata,
                        copies,
                        IntUnaryOperator.identity());
        second = new TestBroker(home.resolve("second"), SECOND, metadata, copies, toSecond::to);
    }

    String bootstrap() {
        return first.bootstrap() + "," + second.bootstrap();
    }

    TestBroker broker(int id) {
        return id == FIRST ? first : second;
    }

    int other(int id) {
        return id == FIRST ? SECOND : FIRST;
    }

    /** A topic whose partition 0 is led by the first broker, and 1 by the second. */
    void createTopic(String name) throws Exception {
        createTopic(name, false);
    }

    /**
     * @param copied whether the other broker has each partition, too
     */
    void createTopic(String name, boolean copied) throws Exception {
        createTopic(name, copied, FIRST);
    }

    /**
     * @param leader of partition 0; the other broker leads partition 1
     */
    void createTopic(String name, boolean copied, int leader) throws Exception {
        CreatableTopic topic =
                new CreatableTopic()
                        .setName(name)
                        .setNumPartitions(-1)
                        .setReplicationFactor((short) -1);
        for (int i = 0; i < 2; i++) {
            int lead = i == 0 ? leader : other(leader);
            topic.assignments()
                    .add(
                            new CreatableReplicaAssignment()
                                    .setPartitionIndex(i)
                                    .setBrokerIds(
                                            copied ? List.of(lead, other(lead)) : List.of(lead)));
        }
        CreateTopicsRequestData request = new CreateTopicsRequestData().setTimeoutMs(10_000);
        request.topics().add(topic);
        try (RawClient client = first.connect()) {
            CreateTopicsResponseData answer =
                    client.call(ApiKeys.CREATE_TOPICS, 7, request, CreateTopicsResponseData.class);
            assertThat(answer.topics().find(name).errorCode())
                    .as(answer.topics().find(name).errorMessage())
                    .isZero();
        }
        // Whoever made it has waited for its own partition alone.
        TopicPartition its = new TopicPartition(name, leader == FIRST ? 1 : 0);
        second.awaitImage(image -> image.topics().containsKey(name));
        TestBroker.awaitUntil(() -> second.partitions().find(its) != null);
    }

    TopicImage topic(String name) {
        return java.util.Objects.requireNonNull(first.image().topics().get(name));
    }

    /** Who coordinates a group, or a transactional id, once its coordinator answers. */
    int coordinator(byte type, String key) throws Exception {
        try (RawClient client = first.connect()) {
            for (int i = 0; i < ATTEMPTS; i++) {
                Coordinator found =
                        client.call(
                                        ApiKeys.FIND_COORDINATOR,
                                        6,
                                        new FindCoordinatorRequestData()
                                                .setKeyType(type)
                                                .setCoordinatorKeys(List.of(key)),
                                        FindCoordinatorResponseData.class)
                                .coordinators()
                                .getFirst();
                if (found.errorCode() == Errors.NONE.code()) {
                    return found.nodeId();
                }
            }
        }
        throw new AssertionError("no coordinator of " + key);
    }

    /** Both brokers know it of all partitions. */
    void awaitAll(Predicate<PartitionImage> condition) throws Exception {
        for (TestBroker broker : List.of(first, second)) {
            broker.awaitImage(image ->
                    image.topics().values().stream()
                            .map(TopicImage::partitions)
                            .flatMap(List::stream)
                            .allMatch(condition));
        }
    }

    Map<String, Object> clientConfig() {
        return Map.of("bootstrap.servers", bootstrap());
    }

    @Override
    public void close() throws Exception {
        second.close();
        first.close();
        toSecond.close();
    }
}
