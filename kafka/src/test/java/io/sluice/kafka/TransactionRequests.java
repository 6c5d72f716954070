package io.sluice.kafka;

import java.util.List;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.AddOffsetsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopic;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTopicCollection;
import org.apache.kafka.common.message.AddPartitionsToTxnRequestData.AddPartitionsToTxnTransaction;
import org.apache.kafka.common.message.DescribeTransactionsRequestData;
import org.apache.kafka.common.message.EndTxnRequestData;
import org.apache.kafka.common.message.InitProducerIdRequestData;
import org.apache.kafka.common.message.ListTransactionsRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestPartition;
import org.apache.kafka.common.message.TxnOffsetCommitRequestData.TxnOffsetCommitRequestTopic;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;

/** Requests of a producer with a transactional id. */
final class TransactionRequests {

    private TransactionRequests() {}

    /** Of a producer that nobody knows. */
    static ApiMessage of(ApiKeys api, int version, String topic, Uuid topicId) {
        return switch (api) {
            case ADD_PARTITIONS_TO_TXN -> addPartitions(version, "t", 5, 0, topic, 0, false);
            case ADD_OFFSETS_TO_TXN -> addOffsets("t", 5, 0, "g");
            case END_TXN -> end("t", 5, 0, true);
            case TXN_OFFSET_COMMIT -> commit(version, "t", 5, 0, "g", topic, topicId, 1);
            case DESCRIBE_TRANSACTIONS ->
                    new DescribeTransactionsRequestData().setTransactionalIds(List.of("t"));
            case LIST_TRANSACTIONS -> new ListTransactionsRequestData();
            default -> throw new IllegalArgumentException("not served: " + api);
        };
    }

    static InitProducerIdRequestData begin(String id, int timeoutMs) {
        return new InitProducerIdRequestData()
                .setTransactionalId(id)
                .setTransactionTimeoutMs(timeoutMs);
    }

    static AddPartitionsToTxnRequestData addPartitions(
            int version,
            String id,
            long producerId,
            int epoch,
            String topic,
            int partition,
            boolean verify) {
        AddPartitionsToTxnTopicCollection topics = new AddPartitionsToTxnTopicCollection();
        topics.add(new AddPartitionsToTxnTopic().setName(topic).setPartitions(List.of(partition)));
        AddPartitionsToTxnRequestData request = new AddPartitionsToTxnRequestData();
        if (version < 4) {
            return request.setV3AndBelowTransactionalId(id)
                    .setV3AndBelowProducerId(producerId)
                    .setV3AndBelowProducerEpoch((short) epoch)
                    .setV3AndBelowTopics(topics);
        }
        request.transactions()
                .add(
                        new AddPartitionsToTxnTransaction()
                                .setTransactionalId(id)
                                .setProducerId(producerId)
                                .setProducerEpoch((short) epoch)
                                .setVerifyOnly(verify)
                                .setTopics(topics));
        return request;
    }

    static AddOffsetsToTxnRequestData addOffsets(
            String id, long producerId, int epoch, String group) {
        return new AddOffsetsToTxnRequestData()
                .setTransactionalId(id)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setGroupId(group);
    }

    static EndTxnRequestData end(String id, long producerId, int epoch, boolean commit) {
        return new EndTxnRequestData()
                .setTransactionalId(id)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setCommitted(commit);
    }

    static TxnOffsetCommitRequestData commit(
            int version,
            String id,
            long producerId,
            int epoch,
            String group,
            String topic,
            Uuid topicId,
            long offset) {
        TxnOffsetCommitRequestTopic one =
                new TxnOffsetCommitRequestTopic()
                        .setPartitions(
                                List.of(
                                        new TxnOffsetCommitRequestPartition()
                                                .setPartitionIndex(0)
                                                .setCommittedOffset(offset)
                                                .setCommittedMetadata("")));
        if (version < 6) {
            one.setName(topic);
        } else {
            one.setTopicId(topicId);
        }
        return new TxnOffsetCommitRequestData()
                .setTransactionalId(id)
                .setProducerId(producerId)
                .setProducerEpoch((short) epoch)
                .setGroupId(group)
                .setTopics(List.of(one));
    }
}
