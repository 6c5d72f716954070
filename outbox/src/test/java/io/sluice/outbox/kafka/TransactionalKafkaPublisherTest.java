package io.sluice.outbox.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.outbox.OutboxMessage;
import io.sluice.outbox.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TransactionalKafkaPublisherTest {

    private final OneTopicProducer producer = new OneTopicProducer();
    private final TransactionalKafkaPublisher publisher =
            new TransactionalKafkaPublisher(producer, new ConsumerGroupMetadata("outbox"), 41);

    /** Has the topic {@code t}; refuses the value {@code large} as the stock client does. */
    private static final class OneTopicProducer extends MockProducer<byte[], byte[]> {
        private boolean refused;

        OneTopicProducer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
            initTransactions();
        }

        @Override
        public List<PartitionInfo> partitionsFor(String topic) {
            if (!topic.equals("t")) {
                throw new TimeoutException("not there", new UnknownTopicOrPartitionException());
            }
            return List.of(new PartitionInfo(topic, 0, Node.noNode(), new Node[0], new Node[0]));
        }

        @Override
        public synchronized Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, Callback callback) {
            if (new String(record.value(), StandardCharsets.UTF_8).equals("large")) {
                refused = true;
                RecordTooLargeException failure = new RecordTooLargeException("large");
                callback.onCompletion(null, failure);
                return CompletableFuture.failedFuture(failure);
            }
            return super.send(record, callback);
        }

        /** A message that failed leaves only the abort. */
        @Override
        public void sendOffsetsToTransaction(
                Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
            if (refused) {
                throw new KafkaException("the transaction is in an error state");
            }
            super.sendOffsetsToTransaction(offsets, group);
        }
    }

    @AfterEach
    void close() {
        publisher.close();
        assertThat(producer.closed()).isTrue();
    }

    private List<Outcome> publish(OutboxMessage... messages) {
        return publisher.publish(42, List.of(messages)).stream()
                .map(CompletableFuture::join)
                .toList();
    }

    private static OutboxMessage message(String topic, String value) {
        return OutboxMessage.to(topic).key("k").value(value).build();
    }

    @Test
    void theNumberOfTheBatchIsCommittedWithIt() {
        assertThat(publisher.remembersBatches()).isTrue();
        assertThat(publisher.lastBatch()).isEqualTo(41);
        assertThat(publish(message("t", "1"), message("t", "2")))
                .containsExactly(new Outcome.Stored(), new Outcome.Stored());
        assertThat(producer.commitCount()).isOne();
        assertThat(producer.history()).hasSize(2);
        assertThat(producer.consumerGroupOffsetsHistory())
                .containsExactly(
                        Map.of(
                                "outbox",
                                Map.of(new TopicPartition("t", 0), new OffsetAndMetadata(42))));
    }

    @Test
    void withARefusedMessageNothingIsStored() {
        assertThat(publish(message("t", "1"), message("t", "large"), message("t", "3")))
                .containsExactly(
                        new Outcome.Unsent(),
                        new Outcome.Refused("RecordTooLargeException: large"),
                        new Outcome.Unsent());
        assertThat(producer.transactionAborted()).isTrue();
        assertThat(producer.commitCount()).isZero();
    }

    @Test
    void aTopicThatIsNotThereBeginsNoTransaction() {
        List<Outcome> outcomes = publish(message("t", "1"), message("missing", "2"));
        assertThat(outcomes.getFirst()).isEqualTo(new Outcome.Unsent());
        assertThat(outcomes.getLast())
                .isInstanceOfSatisfying(
                        Outcome.Unavailable.class,
                        outcome -> assertThat(outcome.topicAtFault()).isTrue());
        assertThat(producer.transactionInFlight()).isFalse();
    }

    /** The relay opens another publisher, which asks the broker what became of the batch. */
    @Test
    void aCommitWithoutAnAnswerIsNoOutcome() {
        producer.commitTransactionException = new TimeoutException("no answer");
        assertThatThrownBy(() -> publish(message("t", "1"))).isInstanceOf(TimeoutException.class);
    }
}
