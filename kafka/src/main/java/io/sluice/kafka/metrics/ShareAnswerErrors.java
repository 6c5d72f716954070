package io.sluice.kafka.metrics;

import org.apache.kafka.common.message.AlterShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.DeleteShareGroupStateResponseData;
import org.apache.kafka.common.message.DescribeShareGroupOffsetsResponseData;
import org.apache.kafka.common.message.InitializeShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateResponseData;
import org.apache.kafka.common.message.ReadShareGroupStateSummaryResponseData;
import org.apache.kafka.common.message.ShareAcknowledgeResponseData;
import org.apache.kafka.common.message.ShareFetchResponseData;
import org.apache.kafka.common.message.WriteShareGroupStateResponseData;
import org.apache.kafka.common.protocol.ApiMessage;

/** The errors in answers about queues, as {@link AnswerErrors} finds them in others. */
final class ShareAnswerErrors {

    private ShareAnswerErrors() {}

    /** False of an answer that is about no queues. */
    static boolean count(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case ShareFetchResponseData data -> fetched(data, to);
            case ShareAcknowledgeResponseData data -> {
                to.add(data.errorCode());
                for (ShareAcknowledgeResponseData.ShareAcknowledgeTopicResponse one :
                        data.responses()) {
                    for (ShareAcknowledgeResponseData.PartitionData inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case DescribeShareGroupOffsetsResponseData data -> described(data, to);
            case AlterShareGroupOffsetsResponseData data -> {
                to.add(data.errorCode());
                for (AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponseTopic one :
                        data.responses()) {
                    for (AlterShareGroupOffsetsResponseData.AlterShareGroupOffsetsResponsePartition
                            inner : one.partitions()) {
                        to.add(inner.errorCode());
                    }
                }
            }
            case DeleteShareGroupOffsetsResponseData data -> {
                to.add(data.errorCode());
                for (DeleteShareGroupOffsetsResponseData.DeleteShareGroupOffsetsResponseTopic one :
                        data.responses()) {
                    to.add(one.errorCode());
                }
            }
            default -> {
                return remembered(answer, to);
            }
        }
        return true;
    }

    private static void fetched(ShareFetchResponseData data, ErrorCounts to) {
        to.add(data.errorCode());
        for (ShareFetchResponseData.ShareFetchableTopicResponse one : data.responses()) {
            for (ShareFetchResponseData.PartitionData inner : one.partitions()) {
                to.add(inner.errorCode());
                to.add(inner.acknowledgeErrorCode());
            }
        }
    }

    private static void described(DescribeShareGroupOffsetsResponseData data, ErrorCounts to) {
        for (DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseGroup one :
                data.groups()) {
            to.add(one.errorCode());
            for (DescribeShareGroupOffsetsResponseData.DescribeShareGroupOffsetsResponseTopic
                    inner : one.topics()) {
                for (DescribeShareGroupOffsetsResponseData
                                .DescribeShareGroupOffsetsResponsePartition
                        innermost : inner.partitions()) {
                    to.add(innermost.errorCode());
                }
            }
        }
    }

    /** What brokers tell each other. */
    private static boolean remembered(ApiMessage answer, ErrorCounts to) {
        switch (answer) {
            case InitializeShareGroupStateResponseData data ->
                    data.results()
                            .forEach(one -> one.partitions().forEach(p -> to.add(p.errorCode())));
            case ReadShareGroupStateResponseData data ->
                    data.results()
                            .forEach(one -> one.partitions().forEach(p -> to.add(p.errorCode())));
            case WriteShareGroupStateResponseData data ->
                    data.results()
                            .forEach(one -> one.partitions().forEach(p -> to.add(p.errorCode())));
            case DeleteShareGroupStateResponseData data ->
                    data.results()
                            .forEach(one -> one.partitions().forEach(p -> to.add(p.errorCode())));
            case ReadShareGroupStateSummaryResponseData data ->
                    data.results()
                            .forEach(one -> one.partitions().forEach(p -> to.add(p.errorCode())));
            default -> {
                return false;
            }
        }
        return true;
    }
}
