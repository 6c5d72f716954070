package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** What an unmodified consumer reads whose rack names a view. */
final class ViewsTest extends QueueClients {

    private KafkaConsumer<String, String> reader(
            String view, String topic, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("client.rack", view);
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
        TopicPartition only = new TopicPartition(topic, 0);
        consumer.assign(List.of(only));
        consumer.seekToBeginning(List.of(only));
        return consumer;
    }

    private void send(String topic, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            ProducerRecord<String, String> record =
                    new ProducerRecord<>(topic, "k" + i % 3, Integer.toString(i));
            record.headers().add(new RecordHeader("parity", bytes(i % 2 == 0 ? "even" : "odd")));
            producer.send(record);
        }
        producer.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Takes all there is, and says of each what the test says. */
    private static void take(
            KafkaShareConsumer<String, String> member, int count, Map<Long, AcknowledgeType> said) {
        Set<Long> got = new HashSet<>(); // what is released comes again
        long end = System.nanoTime() + WAIT_NANOS;
        while (got.size() < count && System.nanoTime() < end) {
            for (ConsumerRecord<String, String> record : member.poll(POLL)) {
                got.add(record.offset());
                AcknowledgeType type = said.get(record.offset());
                member.acknowledge(record, type == null ? AcknowledgeType.ACCEPT : type);
            }
        }
        assertThat(got.size()).isEqualTo(count);
        member.commitSync();
    }

    /** All that the view gives up to an offset, which the reader's position reaches. */
    private List<String> read(String view, String topic, long end) {
        return read(view, topic, end, Map.of());
    }

    private List<String> read(String view, String topic, long end, Map<String, Object> more) {
        List<String> all = new ArrayList<>();
        try (KafkaConsumer<String, String> reader = reader(view, topic, more)) {
            TopicPartition only = new TopicPartition(topic, 0);
            long until = System.nanoTime() + WAIT_NANOS;
            while (reader.position(only) < end && System.nanoTime() < until) {
                reader.poll(POLL).forEach(record -> all.add(told(record)));
            }
            assertThat(reader.position(only)).isEqualTo(end);
        }
        return all;
    }

    private static String told(ConsumerRecord<String, String> record) {
        return "%d=%s %s x%s"
                .formatted(
                        record.offset(),
                        record.value(),
                        header(record, "sluice-queue-state"),
                        header(record, "sluice-queue-deliveries"));
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? "-" : new String(header.value(), StandardCharsets.UTF_8);
    }

    @Test
    void aViewThatNobodyKnowsStopsItsReader() throws Exception {
        begin("unknown", Map.of());
        send("unknown", 0, 1);
        for (String view :
                List.of("sluice:nonsense", "sluice:queue", "sluice:queue;group=g;stat=done")) {
            try (KafkaConsumer<String, String> reader = reader(view, "unknown", Map.of())) {
                assertThatThrownBy(
                                () -> {
                                    for (int i = 0; i < 100; i++) {
                                        assertThat(reader.poll(POLL)).isEmpty();
                                    }
                                })
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("42");
            }
        }
    }

    @Test
    void aQueueIsSeenAsItIsAndStaysSo() throws Exception {
        begin("seen", Map.of());
        send("seen", 0, 6);
        try (KafkaShareConsumer<String, String> member = member("seen")) {
            take(
                    member,
                    6,
                    Map.of(
                            2L, AcknowledgeType.RENEW,
                            3L, AcknowledgeType.RELEASE,
                            4L, AcknowledgeType.RENEW));
            List<String> expected = List.of("2=2 held x1", "3=3 available x1", "4=4 held x1");
            for (int i = 0; i < 3; i++) {
                assertThat(read("sluice:queue;group=seen", "seen", 6)).isEqualTo(expected);
            }
            assertThat(read("sluice:queue;group=seen;state=done", "seen", 6))
                    .containsExactly("0=0 done x-", "1=1 done x-", "5=5 done x-");
            assertThat(read("sluice:queue;group=seen;state=held,done;key=%6B2", "seen", 6))
                    .containsExactly("2=2 held x1", "5=5 done x-");
            assertThat(read("sluice:queue;group=seen;header.parity=odd", "seen", 6))
                    .containsExactly("3=3 available x1");
        }
        // The member left: what it held is free, and was no delivery. Nobody took anything.
        assertThat(read("sluice:queue;group=seen", "seen", 6))
                .containsExactly("2=2 available x0", "3=3 available x1", "4=4 available x0");
    }

    @Test
    void whoHoldsARecordAndForHowLongIsTold() throws Exception {
        begin("held", Map.of());
        send("held", 0, 1);
        try (KafkaShareConsumer<String, String> member = member("held");
                KafkaConsumer<String, String> reader =
                        reader("sluice:queue;group=held", "held", Map.of())) {
            take(member, 1, Map.of(0L, AcknowledgeType.RENEW));
            ConsumerRecord<String, String> record = null;
            while (record == null) {
                for (ConsumerRecord<String, String> one : reader.poll(POLL)) {
                    record = one;
                }
            }
            assertThat(header(record, "sluice-queue-member")).isNotEqualTo("-");
            assertThat(Long.parseLong(header(record, "sluice-queue-until")))
                    .isBetween(System.currentTimeMillis(), System.currentTimeMillis() + 30_000);
            assertThat(record.key()).isEqualTo("k0");
            assertThat(header(record, "parity")).isEqualTo("even");
        }
    }

    @Test
    void aQueueThatHasNotBegunIsNotBegunByLooking() throws Exception {
        begin("asleep", Map.of());
        send("asleep", 0, 3);
        assertThat(read("sluice:queue;group=asleep", "asleep", 3)).isEmpty();
        TopicPartition only = new TopicPartition("asleep", 0);
        assertThat(
                        requireNonNull(
                                        admin.listShareGroupOffsets(
                                                        Map.of(
                                                                "asleep",
                                                                new ListShareGroupOffsetsSpec()
                                                                        .topicPartitions(
                                                                                List.of(only))))
                                                .partitionsToOffsetInfo("asleep")
                                                .get())
                                .get(only))
                .isNull();
    }

    @Test
    void aReaderAtTheEndHearsOfWhatComes() throws Exception {
        begin("later", Map.of());
        send("later", 0, 1);
        try (KafkaShareConsumer<String, String> member = member("later")) {
            take(member, 1, Map.of());
        }
        try (KafkaConsumer<String, String> reader =
                reader("sluice:queue;group=later", "later", Map.of("fetch.max.wait.ms", 10_000))) {
            while (reader.position(new TopicPartition("later", 0)) < 1) {
                assertThat(reader.poll(POLL)).isEmpty();
            }
            reader.poll(POLL); // it waits at the broker now
            long before = System.nanoTime();
            send("later", 1, 2);
            List<String> got = new ArrayList<>();
            while (got.isEmpty() && System.nanoTime() - before < WAIT_NANOS) {
                reader.poll(POLL).forEach(record -> got.add(told(record)));
            }
            assertThat(got).containsExactly("1=1 available x0");
        }
    }

    @Test
    void largeQueuesComeInPieces() throws Exception {
        begin("large", Map.of());
        send("large", 0, 5_000);
        try (KafkaShareConsumer<String, String> member = member("large")) {
            take(member, 5_000, Map.of());
        }
        List<String> got =
                read(
                        "sluice:queue;group=large;state=done,available",
                        "large",
                        5_000,
                        Map.of("max.partition.fetch.bytes", 2_000));
        assertThat(got).hasSize(5_000);
        assertThat(got.get(10)).isEqualTo("10=10 done x-");
        assertThat(got.get(4_999)).isEqualTo("4999=4999 done x-");
    }

    @Test
    void whatIsNotCommittedIsLeftOutForWhoWantsThat() throws Exception {
        begin("open", Map.of());
        send("open", 0, 1);
        try (KafkaShareConsumer<String, String> member = member("open")) {
            take(member, 1, Map.of());
        }
        try (KafkaProducer<String, String> transactional =
                producer(Map.of("transactional.id", "open"))) {
            transactional.initTransactions();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>("open", "gone"));
            transactional.flush();
            transactional.abortTransaction();
            transactional.beginTransaction();
            transactional.send(new ProducerRecord<>("open", "kept"));
            transactional.commitTransaction();
        }
        Map<String, Object> committed = Map.of("isolation.level", "read_committed");
        assertThat(read("sluice:queue;group=open", "open", 5, committed))
                .containsExactly("3=kept available x0");
        assertThat(read("sluice:queue;group=open", "open", 5)).hasSize(2);
    }

    // ---- an order that travels as a view

    private static String replay(String group, int from, int to, String more) {
        return "sluice:replay;group=%s;id=%s-%d-%d%s;from=%d;to=%d%s"
                .formatted(group, group, from, to, more.hashCode(), from, to, more);
    }

    private List<String> values(String view, String topic, long end) {
        return read(view, topic, end).stream().map(told -> told.split("[= ]")[1]).toList();
    }

    @Test
    void whatIsDoneAndMeantIsDeliveredAgain() throws Exception {
        begin("again", Map.of());
        send("again", 0, 9);
        try (KafkaShareConsumer<String, String> member = member("again")) {
            take(member, 9, Map.of());
            // Of a live group: 1, 4, 7 are of k1, odd ones of them are 1 and 7.
            String view = replay("again", 1, 9, ";key=k1;header.parity=odd");
            assertThat(values(view, "again", 9)).containsExactly("1", "7");
            assertThat(read("sluice:queue;group=again", "again", 9))
                    .containsExactly("1=1 available x0", "7=7 available x0");
            // Asked once more, as a client does that heard no answer: nothing more happens.
            assertThat(values(view, "again", 9)).isEmpty();
            take(member, 2, Map.of());
            assertThat(read("sluice:queue;group=again", "again", 9)).isEmpty();
            assertThat(values(view, "again", 9)).isEmpty();
            assertThat(values(replay("again", 0, 3, ""), "again", 9))
                    .containsExactly("0", "1", "2");
            take(member, 3, Map.of());
        }
        assertThat(read("sluice:queue;group=again;state=done", "again", 9)).hasSize(9);
    }

    @Test
    void whatIsPendingIsNotTouchedByAReplay() throws Exception {
        begin("pending", Map.of());
        send("pending", 0, 4);
        try (KafkaShareConsumer<String, String> member = member("pending")) {
            take(member, 4, Map.of(1L, AcknowledgeType.RENEW, 2L, AcknowledgeType.REJECT));
            assertThat(values(replay("pending", 0, 4, ""), "pending", 4))
                    .containsExactly("0", "2", "3");
            assertThat(read("sluice:queue;group=pending", "pending", 4))
                    .containsExactly(
                            "0=0 available x0",
                            "1=1 held x1",
                            "2=2 available x0",
                            "3=3 available x0");
        }
    }

    @Test
    void aReplayWithoutAnEndIsRefused() throws Exception {
        begin("endless", Map.of());
        send("endless", 0, 1);
        try (KafkaConsumer<String, String> reader =
                reader("sluice:replay;group=endless;id=1", "endless", Map.of())) {
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    assertThat(reader.poll(POLL)).isEmpty();
                                }
                            })
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(values(replay("nobody", 0, 1, ""), "endless", 1)).isEmpty();
    }
}
