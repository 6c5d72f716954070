package io.sluice.outbox.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.Outcome;
import io.sluice.outbox.Publisher;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class KafkaPublisherTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final TopicsProducer producer = new TopicsProducer();
    private final Publisher publisher = KafkaPublisher.factory(name -> producer).open("outbox");

    /** A client with three partitions in each topic, unless something is said of the topic. */
    private static final class TopicsProducer extends MockProducer<byte[], byte[]> {
        final Map<String, RuntimeException> failing = new HashMap<>();
        final CountDownLatch slow = new CountDownLatch(1);

        TopicsProducer() {
            super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public List<PartitionInfo> partitionsFor(String topic) {
            if (topic.equals("slow")) {
                try {
                    slow.await(LONG.toSeconds(), TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    throw new InterruptException(e);
                }
            }
            RuntimeException failure = failing.get(topic);
            if (failure != null) {
                throw failure;
            }
            List<PartitionInfo> partitions = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                partitions.add(
                        new PartitionInfo(topic, i, Node.noNode(), new Node[0], new Node[0]));
            }
            return partitions;
        }
    }

    @AfterEach
    void close() {
        producer.slow.countDown();
        publisher.close();
        assertThat(producer.closed()).isTrue();
    }

    private static OutboxMessage message(String topic, String id) {
        return OutboxMessage.to(topic).id(id).key("k").value("v").header("h", "w").build();
    }

    private List<CompletableFuture<Outcome>> publish(OutboxMessage... messages) {
        return publisher.publish(1, List.of(messages));
    }

    @Test
    void aMessageIsARecordWithItsId() {
        OutboxMessage message =
                OutboxMessage.to("t").id("m").partition(2).key("k").timestampMs(7).build();
        CompletableFuture<Outcome> outcome = publish(message).getFirst();
        assertThat(outcome).isNotDone();
        assertThat(producer.completeNext()).isTrue();
        assertThat(outcome).isCompletedWithValue(new Outcome.Stored());
        ProducerRecord<byte[], byte[]> record = producer.history().getFirst();
        assertThat(record.partition()).isEqualTo(2);
        assertThat(record.timestamp()).isEqualTo(7);
        assertThat(record.value()).isNull();
        assertThat(
                        new String(
                                record.headers().lastHeader("outbox-id").value(),
                                StandardCharsets.UTF_8))
                .isEqualTo("m");
    }

    @Test
    void aFailureIsTheMessagesTheTopicsOrTheProducers() {
        List<CompletableFuture<Outcome>> outcomes =
                publish(
                        message("t", "1"),
                        message("t", "2"),
                        message("t", "3"),
                        message("t", "4"),
                        message("t", "5"));
        producer.errorNext(new RecordTooLargeException("large"));
        producer.errorNext(new TopicAuthorizationException("t"));
        producer.errorNext(new UnknownServerException("what?"));
        producer.errorNext(new OutOfOrderSequenceException("lost"));
        producer.errorNext(new IllegalStateException("closed"));
        assertThat(outcomes.get(0).join()).isInstanceOf(Outcome.Refused.class);
        assertThat(outcomes.get(1).join()).isInstanceOf(Outcome.Unavailable.class);
        assertThat(outcomes.get(2).join())
                .isEqualTo(new Outcome.Unavailable("UnknownServerException: what?", true));
        assertThatThrownBy(outcomes.get(3)::join).isInstanceOf(CompletionException.class);
        assertThatThrownBy(outcomes.get(4)::join).isInstanceOf(CompletionException.class);
    }

    @Test
    void aTopicThatIsNotThereIsAtFaultABrokerThatIsAwayIsNot() {
        producer.failing.put(
                "unknown",
                new TimeoutException("not there", new UnknownTopicOrPartitionException()));
        producer.failing.put("away", new TimeoutException("not there"));
        List<CompletableFuture<Outcome>> outcomes =
                publish(message("unknown", "1"), message("away", "2"), message("unknown", "3"));
        assertThat(faults(outcomes)).containsExactly(true, false, true);
        producer.failing.clear();
        assertThat(publish(message("unknown", "1")).getFirst()).isNotDone();
    }

    private static List<Boolean> faults(List<CompletableFuture<Outcome>> outcomes) {
        return outcomes.stream()
                .map(CompletableFuture::join)
                .map(Outcome.Unavailable.class::cast)
                .map(Outcome.Unavailable::topicAtFault)
                .toList();
    }

    @Test
    void aTopicThatIsLookedUpForLongStopsNoOther() {
        List<CompletableFuture<Outcome>> outcomes =
                publish(message("slow", "1"), message("t", "2"), message("slow", "3"));
        assertThat(faults(List.of(outcomes.get(0), outcomes.get(2)))).containsExactly(false, false);
        assertThat(producer.history()).hasSize(1);
        assertThat(outcomes.get(1)).isNotDone();
    }

    /** Else a message would be stored before an earlier one of its key. */
    @Test
    void behindAMessageThatWaitsItsTopicWaits() {
        producer.sendException = new TimeoutException("no room in the buffer");
        assertThatThrownBy(() -> publish(message("t", "1"))).isInstanceOf(TimeoutException.class);
        producer.sendException = null;
        OutboxMessage elsewhere = OutboxMessage.to("t").id("1").partition(3).build();
        List<CompletableFuture<Outcome>> outcomes = publish(elsewhere, message("t", "2"));
        assertThat(outcomes.getFirst().join())
                .isEqualTo(new Outcome.Refused("no partition 3: the topic has 3"));
        assertThat(outcomes.get(1)).isNotDone();
    }

    @Test
    void aProducerAtItsEndIsSaidToBe() {
        producer.failing.put("t", new SaslAuthenticationException("who are you?"));
        assertThatThrownBy(() -> publish(message("t", "1"))).hasMessageContaining("ended");
    }

    @Test
    void whatOrderHangsOnCannotBeSetOtherwise() {
        assertThat(
                        KafkaPublisher.settings(
                                Map.of(
                                        "acks", "1",
                                        "enable.idempotence", "false",
                                        "retries", "0",
                                        "delivery.timeout.ms", "1000",
                                        "compression.type", "zstd")))
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("retries", Integer.MAX_VALUE)
                .containsEntry("delivery.timeout.ms", Integer.MAX_VALUE)
                .containsEntry("compression.type", "zstd");
    }

    @Test
    void aDeletedTopicIsFoundOutWithoutWaiting() {
        assertThat(publish(message("t", "1")).getFirst()).isNotDone();
        producer.failing.put(
                "t", new TimeoutException("not there", new UnknownTopicOrPartitionException()));
        long deadline = System.nanoTime() + LONG.toNanos();
        while (publisher.faultOf("t").isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}
