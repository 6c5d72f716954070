package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ShareGroupDescription;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The unmodified KafkaShareConsumer, and what an administrator sees of its group. */
final class ShareConsumerTest extends QueueClients {

    private void send(String topic, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            producer.send(new ProducerRecord<>(topic, Integer.toString(i)));
        }
        producer.flush();
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    @Test
    void whatIsReadIsAcceptedByTheNextPoll() throws Exception {
        begin("implicit", Map.of());
        send("implicit", 0, 500);
        try (KafkaShareConsumer<String, String> consumer = consumer("implicit", Map.of())) {
            List<ConsumerRecord<String, String>> got = poll(consumer, 500);
            assertThat(values(got)).isEqualTo(numbers(0, 500));
            assertThat(got.getFirst().deliveryCount()).hasValue((short) 1);
            consumer.commitSync();
        }
        send("implicit", 500, 510);
        try (KafkaShareConsumer<String, String> consumer = consumer("implicit", Map.of())) {
            assertThat(values(poll(consumer, 10))).isEqualTo(numbers(500, 510));
        }
    }

    @Test
    void eachRecordGoesItsOwnWay() throws Exception {
        begin("explicit", Map.of());
        send("explicit", 0, 4);
        try (KafkaShareConsumer<String, String> consumer = member("explicit")) {
            List<ConsumerRecord<String, String>> got = poll(consumer, 4);
            consumer.acknowledge(got.get(0), AcknowledgeType.ACCEPT);
            consumer.acknowledge(got.get(1), AcknowledgeType.RELEASE);
            consumer.acknowledge(got.get(2), AcknowledgeType.REJECT);
            consumer.acknowledge(got.get(3), AcknowledgeType.RELEASE);
            assertThat(consumer.commitSync().values()).allMatch(Optional::isEmpty);
            List<ConsumerRecord<String, String>> again = poll(consumer, 2);
            assertThat(values(again)).containsExactly("1", "3");
            assertThat(again).allMatch(record -> record.deliveryCount().orElseThrow() == 2);
            again.forEach(record -> consumer.acknowledge(record, AcknowledgeType.ACCEPT));
            assertThat(consumer.commitSync().values()).allMatch(Optional::isEmpty);
        }
        assertThat(begun("explicit").startOffset()).isEqualTo(4);
        assertThat(begun("explicit").lag()).hasValue(0L);
    }

    private @Nullable SharePartitionOffsetInfo offsets(String group) throws Exception {
        return admin.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
                .partitionsToOffsetInfo(group)
                .get()
                .get(new TopicPartition(group, 0));
    }

    private SharePartitionOffsetInfo begun(String group) throws Exception {
        return requireNonNull(offsets(group));
    }

    @Test
    void aRecordThatNobodyTakesIsGivenUpAtTheLimit() throws Exception {
        begin("limit", Map.of("share.delivery.count.limit", "2"));
        send("limit", 0, 1);
        try (KafkaShareConsumer<String, String> consumer = member("limit")) {
            for (int delivery = 1; delivery <= 2; delivery++) {
                ConsumerRecord<String, String> record = poll(consumer, 1).getFirst();
                assertThat(record.deliveryCount()).hasValue((short) delivery);
                consumer.acknowledge(record, AcknowledgeType.RELEASE);
            }
            consumer.commitSync();
            send("limit", 1, 2);
            ConsumerRecord<String, String> next = poll(consumer, 1).getFirst();
            assertThat(next.value()).isEqualTo("1");
            consumer.acknowledge(next);
        }
    }

    @Test
    void aLockThatRanOutGivesTheRecordToAnother() throws Exception {
        begin("locks", Map.of());
        send("locks", 0, 1);
        try (KafkaShareConsumer<String, String> slow = member("locks");
                KafkaShareConsumer<String, String> other = member("locks")) {
            ConsumerRecord<String, String> held = poll(slow, 1).getFirst();
            assertThat(slow.acquisitionLockTimeoutMs()).hasValue(30_000);
            other.poll(POLL);
            broker.skip(31_000);
            ConsumerRecord<String, String> again = poll(other, 1).getFirst();
            assertThat(again.deliveryCount()).hasValue((short) 2);
            slow.acknowledge(held);
            assertThat(slow.commitSync().values()).allMatch(Optional::isPresent);
            other.acknowledge(again);
            assertThat(other.commitSync().values()).allMatch(Optional::isEmpty);
        }
    }

    @Test
    void whoRenewsKeepsARecord() throws Exception {
        begin("renew", Map.of());
        send("renew", 0, 1);
        try (KafkaShareConsumer<String, String> slow = member("renew")) {
            ConsumerRecord<String, String> held = poll(slow, 1).getFirst();
            for (int i = 0; i < 3; i++) {
                broker.skip(20_000);
                slow.acknowledge(held, AcknowledgeType.RENEW);
                assertThat(slow.commitSync().values()).allMatch(Optional::isEmpty);
                slow.poll(POLL);
            }
            slow.acknowledge(held, AcknowledgeType.ACCEPT);
            assertThat(slow.commitSync().values()).allMatch(Optional::isEmpty);
        }
        assertThat(begun("renew").startOffset()).isEqualTo(1);
    }

    @Test
    void manyShareOnePartition() throws Exception {
        begin("shared", Map.of());
        send("shared", 0, 1000);
        Map<String, Object> few =
                Map.of("max.poll.records", 50, "share.acquire.mode", "record_limit");
        Set<String> all = new TreeSet<>();
        int sum = 0;
        try (KafkaShareConsumer<String, String> one = consumer("shared", few);
                KafkaShareConsumer<String, String> two = consumer("shared", few)) {
            long end = System.nanoTime() + WAIT_NANOS;
            int fromOne = 0;
            int fromTwo = 0;
            while (fromOne + fromTwo < 1000 && System.nanoTime() < end) {
                for (ConsumerRecord<String, String> record : one.poll(POLL)) {
                    all.add(record.value());
                    fromOne++;
                }
                for (ConsumerRecord<String, String> record : two.poll(POLL)) {
                    all.add(record.value());
                    fromTwo++;
                }
            }
            sum = fromOne + fromTwo;
            assertThat(fromOne).isPositive();
            assertThat(fromTwo).isPositive();
        }
        assertThat(sum).isEqualTo(1000);
        assertThat(all).hasSize(1000);
    }

    @Test
    void whatAConsumerHoldsWhenItClosesIsFreeAndWasNoDelivery() throws Exception {
        begin("closed", Map.of());
        send("closed", 0, 3);
        try (KafkaShareConsumer<String, String> first = member("closed")) {
            poll(first, 3);
        }
        try (KafkaShareConsumer<String, String> second = consumer("closed", Map.of())) {
            List<ConsumerRecord<String, String>> got = poll(second, 3);
            assertThat(got).allMatch(record -> record.deliveryCount().orElseThrow() == 1);
        }
    }

    @Test
    void queuesGoWithTheirTopic() throws Exception {
        begin("gone", Map.of());
        send("gone", 0, 5);
        try (KafkaShareConsumer<String, String> consumer = consumer("gone", Map.of())) {
            poll(consumer, 5);
            consumer.commitSync();
        }
        admin.deleteTopics(List.of("gone")).all().get();
        assertThat(offsets("gone")).isNull();
        broker.createTopic("gone", 1, Map.of());
        send("gone", 5, 8);
        try (KafkaShareConsumer<String, String> consumer = consumer("gone", Map.of())) {
            assertThat(values(poll(consumer, 3))).isEqualTo(numbers(5, 8));
        }
    }

    @Test
    void recordsOfTransactionsComeOnceCommitted() throws Exception {
        begin("committed", Map.of("share.isolation.level", "read_committed"));
        try (KafkaProducer<String, String> transactional =
                producer(Map.of("transactional.id", "t-share"))) {
            transactional.initTransactions();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>("committed", "aborted"));
            transactional.flush();
            transactional.abortTransaction();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>("committed", "committed"));
            transactional.commitTransaction();
        }
        send("committed", 0, 1);
        try (KafkaShareConsumer<String, String> consumer = consumer("committed", Map.of())) {
            assertThat(values(poll(consumer, 2))).containsExactly("committed", "0");
        }
    }

    @Test
    void anAdministratorSeesAndMovesAGroup() throws Exception {
        begin("moved", Map.of());
        send("moved", 0, 10);
        try (KafkaShareConsumer<String, String> consumer = consumer("moved", Map.of())) {
            poll(consumer, 10);
            ShareGroupDescription described =
                    requireNonNull(
                            admin.describeShareGroups(List.of("moved")).all().get().get("moved"));
            assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
            assertThat(described.members().iterator().next().assignment().topicPartitions())
                    .containsExactly(new TopicPartition("moved", 0));
            assertThatThrownBy(() ->
                            admin.alterShareGroupOffsets(
                                            "moved", Map.of(new TopicPartition("moved", 0), 5L))
                                    .all()
                                    .get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GroupNotEmptyException.class);
            consumer.commitSync();
        }
        assertThat(
                        admin
                                .listGroups(
                                        new ListGroupsOptions().withTypes(Set.of(GroupType.SHARE)))
                                .all()
                                .get()
                                .stream()
                                .map(GroupListing::groupId))
                .contains("moved");
        assertThat(begun("moved").startOffset()).isEqualTo(10);
        admin.alterShareGroupOffsets("moved", Map.of(new TopicPartition("moved", 0), 7L))
                .all()
                .get();
        assertThat(begun("moved").startOffset()).isEqualTo(7);
        try (KafkaShareConsumer<String, String> consumer = consumer("moved", Map.of())) {
            assertThat(values(poll(consumer, 3))).isEqualTo(numbers(7, 10));
            consumer.commitSync();
        }
        admin.deleteShareGroupOffsets("moved", Set.of("moved")).all().get();
        assertThat(offsets("moved")).isNull();
        try (KafkaShareConsumer<String, String> consumer = consumer("moved", Map.of())) {
            assertThat(values(poll(consumer, 10))).isEqualTo(numbers(0, 10));
        }
        admin.deleteShareGroups(List.of("moved")).all().get();
        assertThat(offsets("moved")).isNull();
    }
}
