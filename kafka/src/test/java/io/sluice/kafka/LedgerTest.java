package io.sluice.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** What is taken down of what happens to records, as an unmodified consumer reads it. */
final class LedgerTest extends QueueClients {

    private static final String LEDGER = "__sluice_ledger";

    private void begin(String name, int records, Map<String, String> settings) throws Exception {
        begin(name, settings);
        for (int i = 0; i < records; i++) {
            producer.send(new ProducerRecord<>(name, Integer.toString(i)));
        }
        producer.flush();
    }

    private static void take(
            KafkaShareConsumer<String, String> member, int count, AcknowledgeType type) {
        int got = 0;
        long end = System.nanoTime() + WAIT_NANOS;
        while (got < count && System.nanoTime() < end) {
            for (ConsumerRecord<String, String> record : member.poll(POLL)) {
                got++;
                member.acknowledge(record, type);
            }
        }
        assertThat(got).isEqualTo(count);
        member.commitSync();
    }

    /** Lines of the ledger until there are so many. */
    private List<String> lines(String values, int count) {
        List<String> lines = new ArrayList<>();
        try (KafkaConsumer<String, String> reader =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                broker.bootstrap(),
                                "client.rack",
                                "sluice:ledger" + values),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            TestBroker.awaitUntil(() -> broker.image().topics().containsKey(LEDGER));
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(new TopicPartition(LEDGER, i));
            }
            reader.assign(all);
            reader.seekToBeginning(all);
            long end = System.nanoTime() + WAIT_NANOS;
            while (lines.size() < count && System.nanoTime() < end) {
                reader.poll(POLL).forEach(record -> record.value().lines().forEach(lines::add));
            }
        }
        return lines;
    }

    private static String told(String line) {
        return line.replaceAll(
                "\\{\"time\":\\d+,\"event\":\"([a-z-]+)\".*\"first\":(\\d+),\"last\":(\\d+)"
                        + ",\"deliveries\":(\\d+),\"member\":\".+\",\"client\":\"(.*)\",\"address\":\"(.*)\"}",
                "$1 $2-$3 x$4 $5 $6");
    }

    @Test
    void whoGotARecordAndWhatCameOfItIsTold() throws Exception {
        begin("told", 10, Map.of());
        try (KafkaShareConsumer<String, String> member =
                member("told", Map.of("client.id", "worker-1"))) {
            take(member, 10, AcknowledgeType.RELEASE);
        }
        try (KafkaShareConsumer<String, String> member =
                member("told", Map.of("client.id", "worker-2"))) {
            take(member, 10, AcknowledgeType.ACCEPT);
        }
        assertThat(lines(";topic=told;partition=0;offset=7", 4).stream().map(LedgerTest::told))
                .containsExactly(
                        "taken 0-9 x1 worker-1 127.0.0.1",
                        "released 0-9 x1 worker-1 127.0.0.1",
                        "taken 0-9 x2 worker-2 127.0.0.1",
                        "accepted 0-9 x2 worker-2 127.0.0.1");
        assertThat(lines(";group=told;client=worker-2", 2)).hasSize(2);
        assertThat(lines(";group=told;since=" + System.currentTimeMillis() / 2, 4)).hasSize(4);
    }

    @Test
    void aLeaverAndADeathAreTold() throws Exception {
        begin("ends", 1, Map.of("share.delivery.count.limit", "2"));
        KafkaShareConsumer<String, String> gone = member("ends", Map.of("client.id", "goes"));
        while (gone.poll(POLL).isEmpty()) {
            assertThat(gone.subscription()).isNotEmpty();
        }
        gone.close();
        try (KafkaShareConsumer<String, String> member =
                member("ends", Map.of("client.id", "stays"))) {
            take(member, 1, AcknowledgeType.REJECT);
        }
        List<String> told = lines(";group=ends", 3).stream().map(LedgerTest::told).toList();
        assertThat(told.getFirst()).isEqualTo("taken 0-0 x1 goes 127.0.0.1");
        assertThat(told.getLast()).matches("rejected 0-0 x[12] stays 127.0.0.1");
    }

    @Test
    void aGroupThatWantsNoneHasNone() throws Exception {
        begin("quiet", 3, Map.of("sluice.queue.ledger.enable", "false"));
        begin("loud", 3, Map.of());
        try (KafkaShareConsumer<String, String> quiet = member("quiet", Map.of("client.id", "q"));
                KafkaShareConsumer<String, String> loud =
                        member("loud", Map.of("client.id", "l"))) {
            take(quiet, 3, AcknowledgeType.ACCEPT);
            take(loud, 3, AcknowledgeType.ACCEPT);
        }
        assertThat(lines(";group=loud", 2)).hasSize(2);
        assertThat(lines("", 2).stream().filter(line -> line.contains("\"quiet\""))).isEmpty();
    }
}
