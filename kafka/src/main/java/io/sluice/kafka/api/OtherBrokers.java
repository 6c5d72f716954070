package io.sluice.kafka.api;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.share.QuestionName;
import io.sluice.engine.share.RecordVerdicts;
import io.sluice.engine.transaction.Elsewhere;
import io.sluice.engine.transaction.TransactionName;
import io.sluice.kafka.codec.AgainField;
import io.sluice.kafka.codec.AnswerField;
import io.sluice.kafka.codec.Api;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.codec.SettleField;
import io.sluice.kafka.peer.PeerConnections;
import io.sluice.kafka.peer.PeerRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.common.message.DescribeProducersRequestData;
import org.apache.kafka.common.message.DescribeProducersRequestData.TopicRequest;
import org.apache.kafka.common.message.DescribeProducersResponseData;
import org.apache.kafka.common.message.DescribeProducersResponseData.ProducerState;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.EndTxnResponseData;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgePartition;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgeTopic;
import org.apache.kafka.common.message.ShareAcknowledgeRequestData.AcknowledgementBatch;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Half messages and dead letters over several brokers, with requests that clients have, too: the
 * start of a transaction by DescribeProducers and Fetch, a question or a letter by Produce, an
 * answer by EndTxn or ShareAcknowledge with a field of our own.
 */
public final class OtherBrokers implements Elsewhere, RecordVerdicts.Elsewhere {

    private static final long TIMEOUT_MS = 30_000L;
    private static final int APPEND_TIMEOUT_MS = 20_000;
    private static final short DESCRIBE_PRODUCERS_VERSION = 0;
    private static final short FETCH_VERSION = 12; // by name
    private static final short PRODUCE_VERSION = 12; // by name
    private static final short END_TXN_VERSION = 5;
    private static final short SHARE_ACKNOWLEDGE_VERSION = 2;
    private static final int NO_SESSION = -1;
    private static final long NOT_OPEN = -1L;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final int brokerId;
    private final PeerConnections peers;

    public OtherBrokers(int brokerId, PeerConnections peers) {
        this.brokerId = brokerId;
        this.peers = peers;
    }

    @Override
    public boolean isOther(int id) {
        return id >= 0 && id != brokerId;
    }

    @Override
    public void firstBatches(
            int broker,
            TopicPartition partition,
            long producerId,
            int maxBytes,
            EventLoop replyOn,
            Consumer<ByteBuffer> found) {
        DescribeProducersRequestData question = new DescribeProducersRequestData();
        question.topics()
                .add(
                        new TopicRequest()
                                .setName(partition.topic())
                                .setPartitionIndexes(List.of(partition.partition())));
        ask(
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(
                        Api.DESCRIBE_PRODUCERS, DESCRIBE_PRODUCERS_VERSION, question, TIMEOUT_MS),
                replyOn,
                new PeerReading<>(
                        new DescribeProducersResponseData(),
                        answer -> startOf(answer, producerId),
                        start -> {
                            if (start == NOT_OPEN) {
                                found.accept(NOTHING.duplicate());
                            } else {
                                fetch(broker, partition, start, maxBytes, replyOn, found);
                            }
                        },
                        () -> found.accept(NOTHING.duplicate())));
    }

    private static long startOf(DescribeProducersResponseData data, long producerId) {
        for (ProducerState one :
                data.topics().getFirst().partitions().getFirst().activeProducers()) {
            if (one.producerId() == producerId) {
                return one.currentTxnStartOffset();
            }
        }
        return NOT_OPEN;
    }

    private void fetch(
            int broker,
            TopicPartition partition,
            long offset,
            int maxBytes,
            EventLoop replyOn,
            Consumer<ByteBuffer> found) {
        FetchTopic topic = new FetchTopic().setTopic(partition.topic());
        topic.partitions()
                .add(
                        new FetchPartition()
                                .setPartition(partition.partition())
                                .setFetchOffset(offset)
                                .setPartitionMaxBytes(maxBytes));
        FetchRequestData question =
                new FetchRequestData()
                        .setMaxWaitMs(0)
                        .setMinBytes(0)
                        .setMaxBytes(maxBytes)
                        .setSessionEpoch(NO_SESSION)
                        .setTopics(List.of(topic));
        ask(
                broker,
                PeerConnections.Lane.CALLS,
                new PeerRequest(Api.FETCH, FETCH_VERSION, question, TIMEOUT_MS),
                replyOn,
                new PeerReading<>(
                        new FetchResponseData(),
                        OtherBrokers::records,
                        found,
                        () -> found.accept(NOTHING.duplicate())));
    }

    /** A copy: the answer's own bytes are given back. */
    private static ByteBuffer records(FetchResponseData data) {
        if (data.responses().isEmpty()
                || !(data.responses().getFirst().partitions().getFirst().records()
                        instanceof MemoryRecords records)) {
            return NOTHING.duplicate();
        }
        ByteBuffer bytes = records.buffer();
        return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    }

    @Override
    public void append(
            int broker,
            TopicPartition partition,
            ByteBuffer batch,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        ProduceRequestData question =
                new ProduceRequestData().setAcks((short) -1).setTimeoutMs(APPEND_TIMEOUT_MS);
        question.topicData()
                .add(
                        new TopicProduceData()
                                .setName(partition.topic())
                                .setPartitionData(
                                        List.of(
                                                new PartitionProduceData()
                                                        .setIndex(partition.partition())
                                                        .setRecords(
                                                                MemoryRecords.readableRecords(
                                                                        batch)))));
        ask(
                broker,
                PeerConnections.Lane.COMMITS,
                new PeerRequest(Api.PRODUCE, PRODUCE_VERSION, question, TIMEOUT_MS),
                replyOn,
                new PeerReading<>(
                        new ProduceResponseData(),
                        OtherBrokers::error,
                        done,
                        () -> done.accept(ErrorCode.NETWORK_EXCEPTION)));
    }

    private static ErrorCode error(ProduceResponseData data) {
        return ErrorCode.of(
                data.responses().iterator().next().partitionResponses().getFirst().errorCode());
    }

    @Override
    public void settle(int broker, TransactionName transaction, boolean commit, EventLoop loop) {
        EndTxnRequestData question =
                new EndTxnRequestData()
                        .setTransactionalId(transaction.id())
                        .setProducerId(transaction.producer().id())
                        .setProducerEpoch(transaction.producer().epoch())
                        .setCommitted(commit);
        SettleField.startMs(question, transaction.startMs());
        ask(
                broker,
                PeerConnections.Lane.COMMITS,
                new PeerRequest(Api.END_TXN, END_TXN_VERSION, question, TIMEOUT_MS),
                loop,
                new PeerReading<>(
                        new EndTxnResponseData(), answer -> answer, ended -> {}, () -> {}));
    }

    @Override
    public void answer(
            int broker,
            QuestionName name,
            List<Acknowledgement> items,
            EventLoop replyOn,
            Consumer<ErrorCode> done) {
        AcknowledgePartition partition =
                new AcknowledgePartition().setPartitionIndex(name.queue().partition());
        for (Acknowledgement item : items) {
            AcknowledgementBatch batch =
                    new AcknowledgementBatch()
                            .setFirstOffset(item.first())
                            .setLastOffset(item.last())
                            .setAcknowledgeTypes(List.of((byte) item.type().ordinal()));
            if (item.againAtMs() != AgainField.NONE) {
                batch.unknownTaggedFields().add(AgainField.of(item.againAtMs()));
            }
            partition.acknowledgementBatches().add(batch);
        }
        AcknowledgeTopic topic =
                new AcknowledgeTopic().setTopicId(Ids.toKafka(name.queue().topicId()));
        topic.partitions().add(partition);
        ShareAcknowledgeRequestData question =
                new ShareAcknowledgeRequestData()
                        .setGroupId(name.queue().group())
                        .setMemberId(name.text());
        question.topics().add(topic);
        AnswerField.set(question, name.untilMs());
        ask(
                broker,
                PeerConnections.Lane.QUEUES,
                new PeerRequest(
                        Api.SHARE_ACKNOWLEDGE, SHARE_ACKNOWLEDGE_VERSION, question, TIMEOUT_MS),
                replyOn,
                new PeerReading<>(
                        new ShareAcknowledgeResponseData(),
                        answer -> ErrorCode.of(answer.errorCode()),
                        done,
                        () -> done.accept(ErrorCode.NETWORK_EXCEPTION)));
    }

    private void ask(
            int broker,
            PeerConnections.Lane lane,
            PeerRequest request,
            EventLoop loop,
            PeerReading<?, ?> taking) {
        loop.execute(() -> peers.send(loop, broker, lane, request, taking));
    }
}
