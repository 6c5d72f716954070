package io.sluice.kafka;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.record.Codecs;
import io.sluice.core.record.RecordFormatException;
import io.sluice.core.record.RecordHeader;
import io.sluice.core.record.RecordReader;
import io.sluice.core.schedule.Later;
import io.sluice.core.schedule.ScheduleRecord;
import io.sluice.core.schedule.Settled;
import io.sluice.engine.schedule.NoSchedules;
import io.sluice.engine.schedule.Schedules;
import io.sluice.kafka.codec.Ids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of records that are to be delivered later, until they are. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DelayedMessagesTest {

    private static final int PRODUCE = 11;
    private static final int FETCH = 12;

    private TestBroker broker;
    private int topics;

    @BeforeAll
    void start(@TempDir Path home) throws Exception {
        broker = new TestBroker(home);
    }

    @AfterEach
    void forget() {
        broker.waiting = new NoSchedules();
    }

    @AfterAll
    void stop() throws Exception {
        assertThat(broker.defects).isEmpty();
        broker.close();
    }

    private String topic(Map<String, String> more) throws Exception {
        Map<String, String> configs = new HashMap<>(more);
        configs.putIfAbsent("sluice.delay.enable", "true");
        String name = "delayed-" + topics++;
        broker.createTopic(name, 1, configs);
        return name;
    }

    private KafkaProducer<String, String> producer(Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("linger.ms", 60_000); // a flush ends the batch
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    private static ProducerRecord<String, String> record(
            String topic, String value, String... headers) {
        ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, "k" + value, value);
        for (int i = 0; i < headers.length; i += 2) {
            record.headers().add(headers[i], headers[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    /** All that a stock consumer sees, as offset and value. */
    private List<String> seen(String topic, String isolation) {
        List<String> all = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "isolation.level",
                                isolation),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            var partition = new org.apache.kafka.common.TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
            while (consumer.position(partition) < end) {
                for (ConsumerRecord<String, String> record :
                        consumer.poll(Duration.ofMillis(100))) {
                    all.add(record.offset() + " " + record.value());
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void whatWaitsIsHiddenAndKeepsItsOffset(String codec) throws Exception {
        String topic = topic(Map.of());
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(Map.of("compression.type", codec))) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < 10; i++) {
                    sent.add(
                            producer.send(
                                    i % 3 == 1
                                            ? record(topic, round + "-" + i, "sluice-delay", "PT1H")
                                            : record(topic, round + "-" + i, "other", "h")));
                }
                producer.flush();
            }
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < sent.size(); i++) {
            assertThat(sent.get(i).get().offset()).isEqualTo(i);
            if (i % 10 % 3 != 1) {
                expected.add(i + " " + i / 10 + "-" + i % 10);
            }
        }
        assertThat(seen(topic, "read_uncommitted")).isEqualTo(expected);
        assertThat(seen(topic, "read_committed")).isEqualTo(expected);
    }

    @Test
    void whatWaitsIsRememberedAsItWasSent() throws Exception {
        String topic = topic(Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            producer.send(record(topic, "visible"));
            producer.send(record(topic, "later", "a", "b", "sluice-deliver-at", "4000000000000"));
            producer.flush();
        }
        List<ScheduleRecord> hidden = hidden(topic);
        assertThat(hidden).hasSize(1);
        Later later = (Later) hidden.getFirst();
        assertThat(later.dueMs()).isEqualTo(4_000_000_000_000L);
        assertThat(later.id()).isEqualTo(Later.OWN_OFFSET);
        assertThat(later.messageKey()).isEqualTo("klater".getBytes(StandardCharsets.UTF_8));
        assertThat(later.messageValue()).isEqualTo("later".getBytes(StandardCharsets.UTF_8));
        assertThat(later.headers()).extracting(RecordHeader::name).containsExactly("a");
    }

    @Test
    void aTransactionHidesItsMessagesAsAWhole() throws Exception {
        String topic = topic(Map.of());
        try (RawClient client = broker.connect()) {
            TransactionDoorTest.awaitCoordinators(client);
        }
        try (KafkaProducer<String, String> producer =
                producer(Map.of("transactional.id", "t-" + topic))) {
            producer.initTransactions();
            for (boolean commit : new boolean[] {false, true}) {
                producer.beginTransaction();
                producer.send(record(topic, commit + "1", "sluice-delay", "1000"));
                producer.send(record(topic, commit + "2"));
                if (commit) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
        try (KafkaProducer<String, String> next =
                producer(Map.of("transactional.id", "t-" + topic))) {
            next.initTransactions(); // returns when the markers of the one before are written
        }
        assertThat(seen(topic, "read_committed")).containsExactly("4 true2");
        assertThat(seen(topic, "read_uncommitted")).containsExactly("1 false2", "4 true2");
    }

    @Test
    void badHeadersAreNamedRecordByRecord() throws Exception {
        String topic = topic(Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            Future<RecordMetadata> good = producer.send(record(topic, "good"));
            Future<RecordMetadata> bad =
                    producer.send(record(topic, "bad", "sluice-delay", "soon"));
            producer.flush();
            assertThatThrownBy(bad::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InvalidRecordException.class)
                    .hasMessageContaining("sluice-delay is \"soon\"")
                    .hasMessageContaining("PT1M30S");
            assertThatThrownBy(good::get).hasMessageContaining("invalid records");
        }
        assertThat(seen(topic, "read_uncommitted")).isEmpty();
    }

    @Test
    void whereDelaysAreOffHeadersAreHeaders() throws Exception {
        String topic = topic(Map.of("sluice.delay.enable", "false"));
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            producer.send(record(topic, "now", "sluice-delay", "PT1H"));
            producer.flush();
        }
        assertThat(seen(topic, "read_uncommitted")).containsExactly("0 now");
    }

    @Test
    void aBatchThatIsSentAgainIsStoredOnce() throws Exception {
        String topic = topic(Map.of());
        ByteBuffer batch = mixed();
        assertThat(produce(topic, batch.duplicate()).baseOffset()).isZero();
        assertThat(produce(topic, batch.duplicate()).baseOffset()).isZero();
        assertThat(fetch(topic)).hasSize(3);
    }

    @Test
    void clientsMayNotHideBatchesThemselves() throws Exception {
        String topic = topic(Map.of());
        for (int bit : new int[] {BatchHeader.HIDDEN, BatchHeader.FIRED, BatchHeader.CONTINUED}) {
            BatchWriter writer = new BatchWriter();
            writer.add(new byte[1], new byte[1], 1_000L);
            ByteBuffer batch = writer.take(bit);
            assertThat(produce(topic, batch).errorCode()).isEqualTo(Errors.INVALID_RECORD.code());
        }
    }

    /** Visible, delayed, visible, of an idempotent producer. */
    private static ByteBuffer mixed() {
        BatchWriter writer = new BatchWriter();
        byte[] hour = "3600000".getBytes(StandardCharsets.UTF_8);
        writer.add(new byte[] {1}, new byte[] {1}, 1_000L);
        writer.add(
                new byte[] {2},
                new byte[] {2},
                List.of(new RecordHeader("sluice-delay", hour)),
                1L);
        writer.add(new byte[] {3}, new byte[] {3}, 1_000L);
        ByteBuffer batch = writer.take();
        batch.putLong(BatchHeader.PRODUCER_ID_AT, 77L);
        batch.putShort(BatchHeader.PRODUCER_EPOCH_AT, (short) 0);
        batch.putInt(BatchHeader.BASE_SEQUENCE_AT, 0);
        batch.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(batch, 0, batch.limit()));
        return batch;
    }

    private Requests requests(String topic) {
        return new Requests(
                topic, Ids.toKafka(requireNonNull(broker.image().topics().get(topic)).id()), "");
    }

    private ProduceResponseData.PartitionProduceResponse produce(String topic, ByteBuffer batch)
            throws Exception {
        try (RawClient client = broker.connect()) {
            return client.call(
                            ApiKeys.PRODUCE,
                            PRODUCE,
                            requests(topic).produce(PRODUCE, -1, batch),
                            ProduceResponseData.class)
                    .responses()
                    .iterator()
                    .next()
                    .partitionResponses()
                    .getFirst();
        }
    }

    private record Found(BatchHeader header, ByteBuffer bytes) {}

    private List<Found> fetch(String topic) throws Exception {
        try (RawClient client = broker.connect()) {
            FetchResponseData answer =
                    client.call(
                            ApiKeys.FETCH,
                            FETCH,
                            requests(topic).fetch(FETCH, 0L, 0),
                            FetchResponseData.class);
            MemoryRecords records =
                    (MemoryRecords)
                            requireNonNull(
                                    answer.responses()
                                            .getFirst()
                                            .partitions()
                                            .getFirst()
                                            .records());
            ByteBuffer bytes = records.buffer();
            List<Found> found = new ArrayList<>();
            for (int at = 0; at < bytes.limit(); ) {
                BatchHeader header = BatchHeader.read(bytes, at);
                found.add(new Found(header, bytes.slice(at, header.sizeInBytes())));
                at += header.sizeInBytes();
            }
            return found;
        }
    }

    private List<ScheduleRecord> hidden(String topic) throws Exception {
        List<ScheduleRecord> hidden = new ArrayList<>();
        for (Found found : fetch(topic)) {
            if (found.header.isHidden()) {
                hidden.addAll(records(found));
            }
        }
        return hidden;
    }

    private static List<ScheduleRecord> records(Found found) throws RecordFormatException {
        List<ScheduleRecord> all = new ArrayList<>();
        RecordReader records = RecordReader.of(found.header, found.bytes, Codecs.NONE);
        while (records.next()) {
            all.add(ScheduleRecord.read(records.key(), records.value()));
        }
        return all;
    }

    /** One message waits, with the id 5, told by the record at offset 8. */
    private static final class OneWaits implements Schedules {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private volatile boolean full;

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public void find(TopicPartition partition, long[] ids, Consumer<Answer> done) {
            List<Standing> standings = new ArrayList<>();
            for (long id : ids) {
                standings.add(
                        id == 5
                                ? new Standing.Waiting(8L)
                                : new Standing.Gone("message " + id + " does not wait"));
            }
            done.accept(
                    new Answer.Found(
                            standings,
                            new Hold() {
                                @Override
                                public void appended(long logEnd) {
                                    told.add("appended " + logEnd);
                                }

                                @Override
                                public void released() {
                                    told.add("released");
                                }
                            }));
        }

        @Override
        public Next next(String cron, String zone, long afterMs) {
            return cron.equals("* * * * *")
                    ? new Next.At(4_000_000_000_000L)
                    : new Next.Never("no such time");
        }

        @Override
        public void list(TopicPartition partition, long from, int limit, Consumer<Listing> done) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void messagesAreCancelledAndRescheduledByAnyProducer() throws Exception {
        OneWaits waits = new OneWaits();
        broker.waiting = waits;
        String topic = topic(Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            Future<RecordMetadata> cancel = producer.send(record(topic, "", "sluice-cancel", "5"));
            producer.flush();
            assertThat(cancel.get().offset()).isZero();
            Future<RecordMetadata> again =
                    producer.send(
                            record(
                                    topic,
                                    "new",
                                    "sluice-reschedule",
                                    "5",
                                    "sluice-deliver-at",
                                    "4000000000000"));
            producer.flush();
            assertThat(again.get().offset()).isEqualTo(1L);
            Future<RecordMetadata> unknown = producer.send(record(topic, "", "sluice-cancel", "6"));
            producer.flush();
            assertThatThrownBy(unknown::get).hasMessageContaining("message 6 does not wait");
        }
        assertThat(waits.told).containsExactly("appended 1", "appended 2", "released");
        List<ScheduleRecord> hidden = hidden(topic);
        assertThat(hidden).hasSize(2);
        assertThat(((Settled) hidden.getFirst()).offsets()).containsExactly(8L);
        Later later = (Later) hidden.getLast();
        assertThat(later.id()).isEqualTo(5L);
        assertThat(later.previous()).isEqualTo(8L);
        assertThat(seen(topic, "read_uncommitted")).isEmpty();
    }

    @Test
    void moreThanMayWaitIsRefusedAndWhatMakesRoomIsNot() throws Exception {
        OneWaits waits = new OneWaits();
        waits.full = true;
        broker.waiting = waits;
        String topic = topic(Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            Future<RecordMetadata> more = producer.send(record(topic, "v", "sluice-delay", "100"));
            producer.flush();
            assertThatThrownBy(more::get).hasMessageContaining("sluice.schedule.max.waiting");
            Future<RecordMetadata> plain = producer.send(record(topic, "plain"));
            producer.flush();
            assertThat(plain.get().offset()).isZero();
            Future<RecordMetadata> cancel = producer.send(record(topic, "", "sluice-cancel", "5"));
            producer.flush();
            assertThat(cancel.get().offset()).isEqualTo(1L);
        }
    }

    @Test
    void recurringMessagesKeepTheirTimes() throws Exception {
        broker.waiting = new OneWaits();
        String topic = topic(Map.of());
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            producer.send(record(topic, "tick", "sluice-cron", "* * * * *"));
            producer.flush();
            Future<RecordMetadata> never =
                    producer.send(record(topic, "never", "sluice-cron", "0 0 31 2 *"));
            producer.flush();
            assertThatThrownBy(never::get).hasMessageContaining("no such time");
        }
        Later later = (Later) hidden(topic).getFirst();
        assertThat(later.dueMs()).isEqualTo(4_000_000_000_000L);
        assertThat(later.headers()).extracting(RecordHeader::name).containsExactly("sluice-cron");
    }
}
