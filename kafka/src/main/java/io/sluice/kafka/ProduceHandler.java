package io.sluice.kafka;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * Produce, versions 3 to 13. Each partition's batch is checked on the connection's loop and
 * appended on the partition's own, from the very bytes that came in. With acks=0 an error closes
 * the connection, for there is no other way to tell.
 */
final class ProduceHandler implements ApiHandler {

    private static final short LOWEST_WITH_TOPIC_ID = 13;

    private final KafkaServices services;

    ProduceHandler(KafkaServices services) {
        this.services = services;
    }

    @Override
    public ApiKeys api() {
        return ApiKeys.PRODUCE;
    }

    /** Versions below 3 carry record formats that are not stored any more. */
    @Override
    public short lowestVersion() {
        return 3;
    }

    @Override
    public void handle(KafkaRequest request) {
        ProduceRequestData data = request.message(ProduceRequestData.class);
        Round round = new Round(request, data);
        round.begin();
    }

    /** One partition's part of a request. */
    private static final class Part {
        private final Partition partition;
        private final ProduceValidator.Checked.Valid checked;
        private final ProduceResponseData.PartitionProduceResponse answer;

        Part(
                Partition partition,
                ProduceValidator.Checked.Valid checked,
                ProduceResponseData.PartitionProduceResponse answer) {
            this.partition = partition;
            this.checked = checked;
            this.answer = answer;
        }
    }

    /** One request until all its partitions have answered. Owned by the connection's loop. */
    private final class Round {
        private final KafkaRequest request;
        private final ProduceRequestData data;
        private final ProduceResponseData response = new ProduceResponseData();
        private final Map<EventLoop, List<Part>> byLoop = new LinkedHashMap<>(2);
        private boolean anyError;
        private int unanswered;
        private int unwritten;

        Round(KafkaRequest request, ProduceRequestData data) {
            this.request = request;
            this.data = data;
        }

        void begin() {
            short acks = data.acks();
            for (ProduceRequestData.TopicProduceData topic : data.topicData()) {
                ProduceResponseData.TopicProduceResponse answers =
                        new ProduceResponseData.TopicProduceResponse()
                                .setName(topic.name())
                                .setTopicId(topic.topicId());
                for (ProduceRequestData.PartitionProduceData one : topic.partitionData()) {
                    ProduceResponseData.PartitionProduceResponse answer =
                            new ProduceResponseData.PartitionProduceResponse()
                                    .setIndex(one.index())
                                    .setBaseOffset(-1L);
                    answers.partitionResponses().add(answer);
                    prepare(topic, one, answer, acks);
                }
                response.responses().add(answers);
            }
            unwritten = byLoop.size();
            List<Map.Entry<EventLoop, List<Part>>> groups = List.copyOf(byLoop.entrySet());
            if (groups.isEmpty()) {
                finish();
                return;
            }
            for (Map.Entry<EventLoop, List<Part>> group : groups) {
                group.getKey().execute(() -> appendAll(group.getValue(), acks));
            }
        }

        private void prepare(
                ProduceRequestData.TopicProduceData topic,
                ProduceRequestData.PartitionProduceData one,
                ProduceResponseData.PartitionProduceResponse answer,
                short acks) {
            if (acks < -1 || acks > 1) {
                fail(answer, ErrorCode.INVALID_REQUIRED_ACKS, "acks " + acks);
                return;
            }
            Partition partition = find(topic, one.index(), answer);
            if (partition == null) {
                anyError = true;
                return;
            }
            if (!(one.records() instanceof MemoryRecords records)) {
                fail(answer, ErrorCode.INVALID_RECORD, "no records");
                return;
            }
            ByteBuffer bytes = records.buffer();
            switch (services.validator()
                    .check(bytes, partition.config(), request.loop().clock().wallMs())) {
                case ProduceValidator.Checked.Valid valid -> {
                    answer.setLogAppendTimeMs(valid.appendTimeMs());
                    byLoop.computeIfAbsent(partition.loop(), loop -> new ArrayList<>(2))
                            .add(new Part(partition, valid, answer));
                    unanswered++;
                }
                case ProduceValidator.Checked.Invalid invalid -> {
                    fail(answer, invalid.error(), invalid.detail());
                    answer.setRecordErrors(recordErrors(invalid));
                }
            }
        }

        private @Nullable Partition find(
                ProduceRequestData.TopicProduceData topic,
                int index,
                ProduceResponseData.PartitionProduceResponse answer) {
            boolean byId = request.version() >= LOWEST_WITH_TOPIC_ID;
            Partition partition =
                    byId
                            ? services.partitions().find(Ids.fromKafka(topic.topicId()), index)
                            : services.partitions().find(new TopicPartition(topic.name(), index));
            if (partition == null) {
                ErrorCode error =
                        Missing.why(byId ? topicById(topic) : topicByName(topic), index, byId);
                answer.setErrorCode(error.code());
            }
            return partition;
        }

        private @Nullable TopicImage topicById(ProduceRequestData.TopicProduceData topic) {
            return services.metadata().image().topicsById().get(Ids.fromKafka(topic.topicId()));
        }

        private @Nullable TopicImage topicByName(ProduceRequestData.TopicProduceData topic) {
            return services.metadata().image().topics().get(topic.name());
        }

        /** On the partitions' loop. */
        private void appendAll(List<Part> parts, short acks) {
            for (Part part : parts) {
                part.partition.append(
                        part.checked.records(),
                        part.checked.batches(),
                        acks,
                        data.timeoutMs(),
                        result -> request.loop().execute(() -> answered(part, result)));
            }
            request.loop().execute(this::written);
        }

        /** Once every loop has taken its bytes the frame can go, long before the commit. */
        private void written() {
            if (--unwritten == 0) {
                request.releaseFrame();
            }
        }

        private void answered(Part part, Partition.AppendResult result) {
            if (result.error() == ErrorCode.NONE) {
                part.answer.setBaseOffset(result.baseOffset());
                part.answer.setLogStartOffset(result.logStartOffset());
            } else {
                part.answer.setLogAppendTimeMs(BatchHeader.NO_TIMESTAMP);
                fail(part.answer, result.error(), result.detail());
            }
            if (--unanswered == 0) {
                finish();
            }
        }

        private void fail(
                ProduceResponseData.PartitionProduceResponse answer,
                ErrorCode error,
                String detail) {
            anyError = true;
            answer.setErrorCode(error.code()).setErrorMessage(detail);
        }

        private void finish() {
            if (data.acks() != 0) {
                request.reply(response);
                return;
            }
            request.noReply();
            if (anyError) {
                request.connection().close("an append with acks=0 failed");
            }
        }
    }

    private static List<ProduceResponseData.BatchIndexAndErrorMessage> recordErrors(
            ProduceValidator.Checked.Invalid invalid) {
        return invalid.recordErrors().stream()
                .map(error ->
                        new ProduceResponseData.BatchIndexAndErrorMessage()
                                .setBatchIndex(error.batchIndex())
                                .setBatchIndexErrorMessage(error.message()))
                .toList();
    }
}
