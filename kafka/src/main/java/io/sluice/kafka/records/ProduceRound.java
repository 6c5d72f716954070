package io.sluice.kafka.records;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.record.ProduceValidator;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.schedule.DelayedBatch;
import io.sluice.kafka.api.Brokers;
import io.sluice.kafka.api.KafkaServices;
import io.sluice.kafka.api.Missing;
import io.sluice.kafka.codec.Ids;
import io.sluice.kafka.connection.KafkaRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceResponseData;
import org.apache.kafka.common.message.ProduceResponseData.BatchIndexAndErrorMessage;
import org.apache.kafka.common.message.ProduceResponseData.LeaderIdAndEpoch;
import org.apache.kafka.common.message.ProduceResponseData.NodeEndpoint;
import org.apache.kafka.common.message.ProduceResponseData.PartitionProduceResponse;
import org.apache.kafka.common.message.ProduceResponseData.TopicProduceResponse;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.jspecify.annotations.Nullable;

/**
 * One produce request until all its partitions have answered. Owned by the connection's loop;
 * {@link #appendAll} runs on that of the partitions it is about.
 *
 * <pre>
 *   CHECKED ──▶ APPENDED ──▶ ANSWERED
 *      └──a transaction is not open yet──▶ ASKED ──▶ APPENDED, or refused
 * </pre>
 */
final class ProduceRound {

    /** How long acks=all may wait, whatever the client asks. */
    private static final int MAX_TIMEOUT_MS = 600_000;

    /** How long a coordinator is asked again that still ends the transaction before. */
    private static final long MAX_GATE_WAIT_MS = 100;

    private static final short FIRST_WITH_LEADER = 10;
    private static final short FIRST_THAT_ADDS_PARTITIONS = 12;
    private static final short FIRST_WITH_TOPIC_ID = 13;

    /**
     * One partition's part of a request.
     *
     * @param guard with which it opens its transaction, once the coordinator has admitted it
     * @param delayed where messages that wait have to be asked for first
     */
    private record Part(
            Partition partition,
            ProduceValidator.Checked.Valid checked,
            PartitionProduceResponse answer,
            long guard,
            @Nullable DelayedBatch delayed) {

        BatchHeader batch() {
            return checked.batches().getFirst();
        }

        Part with(long given) {
            return new Part(partition, checked, answer, given, delayed);
        }

        boolean isUndecided() {
            return batch().isTransactional() && guard == PartitionLeader.NO_GUARD;
        }
    }

    /** The parts of one loop. */
    private record Group(EventLoop loop, List<Part> parts) {}

    private final KafkaServices services;
    private final KafkaRequest request;
    private final ProduceRequestData data;
    private final ProduceResponseData response = new ProduceResponseData();
    private final List<Group> groups = new ArrayList<>(2);
    private final List<Part> guarded = new ArrayList<>(0);
    private final long nowMs;
    private @Nullable BatchHeader inTransaction;
    private boolean anyError;
    private int unanswered;
    private int unwritten;

    ProduceRound(KafkaServices services, KafkaRequest request, ProduceRequestData data) {
        this.services = services;
        this.request = request;
        this.data = data;
        this.nowMs = request.clock().wallMs();
    }

    void begin() {
        for (TopicProduceData topic : data.topicData()) {
            TopicProduceResponse answers =
                    new TopicProduceResponse()
                            .setName(topic.name())
                            .setTopicId(topic.topicId())
                            .setPartitionResponses(new ArrayList<>(topic.partitionData().size()));
            for (PartitionProduceData one : topic.partitionData()) {
                PartitionProduceResponse answer =
                        new PartitionProduceResponse().setIndex(one.index()).setBaseOffset(-1L);
                answers.partitionResponses().add(answer);
                prepare(topic, one, answer);
            }
            response.responses().add(answers);
        }
        if (groups.isEmpty()) {
            finish();
            return;
        }
        unwritten = groups.size();
        request.pinFrame();
        if (inTransaction != null) {
            // A batch that needs no coordinator must not overtake one that waits for it.
            request.holdNext();
        }
        for (Group group : groups) {
            request.executeOn(group.loop, () -> appendAll(group.parts));
        }
    }

    private void prepare(
            TopicProduceData topic, PartitionProduceData one, PartitionProduceResponse answer) {
        if (data.acks() < -1 || data.acks() > 1) {
            fail(
                    answer,
                    ErrorCode.INVALID_REQUIRED_ACKS,
                    "acks=%d: use 0, 1 or -1".formatted(data.acks()));
            return;
        }
        Partition partition = find(topic, one.index(), answer);
        if (partition == null) {
            return;
        }
        if (Topic.isInternal(partition.name().topic())) {
            fail(
                    answer,
                    ErrorCode.INVALID_TOPIC_EXCEPTION,
                    partition.name().topic() + " is written by the broker alone");
            return;
        }
        if (!(one.records() instanceof MemoryRecords records)) {
            fail(answer, ErrorCode.INVALID_RECORD, "no records were sent");
            return;
        }
        switch (services.validator().check(records.buffer(), partition.config(), nowMs)) {
            case ProduceValidator.Checked.Valid valid -> {
                if (mayWrite(valid.batches().getFirst(), answer)) {
                    prepare(partition, valid, answer);
                }
            }
            case ProduceValidator.Checked.Invalid invalid -> fail(answer, invalid);
        }
    }

    private void prepare(
            Partition partition,
            ProduceValidator.Checked.Valid valid,
            PartitionProduceResponse answer) {
        if (!valid.asks()) {
            add(partition, valid, answer, null);
            return;
        }
        switch (DelayedBatch.prepare(
                valid, partition.config(), services.validator(), services.schedules(), nowMs)) {
            case DelayedBatch.Prepared.Ready(ProduceValidator.Checked.Valid cut) ->
                    add(partition, cut, answer, null);
            case DelayedBatch.Prepared.Asking(DelayedBatch delayed) ->
                    add(partition, delayed.whole(), answer, delayed);
            case DelayedBatch.Prepared.Refused(ProduceValidator.Checked.Invalid why) ->
                    fail(answer, why);
        }
    }

    private void add(
            Partition partition,
            ProduceValidator.Checked.Valid checked,
            PartitionProduceResponse answer,
            @Nullable DelayedBatch delayed) {
        groupOf(partition.loop(), groups)
                .parts
                .add(new Part(partition, checked, answer, PartitionLeader.NO_GUARD, delayed));
        unanswered++;
    }

    /** A transaction is of one producer, and named. */
    private boolean mayWrite(BatchHeader batch, PartitionProduceResponse answer) {
        if (!batch.isTransactional()) {
            return true;
        }
        String id = data.transactionalId();
        if (id == null || id.isEmpty()) {
            fail(
                    answer,
                    ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                    "a transaction without a transactional id");
            return false;
        }
        BatchHeader first = inTransaction;
        if (first != null
                && (first.producerId() != batch.producerId()
                        || first.producerEpoch() != batch.producerEpoch())) {
            fail(
                    answer,
                    ErrorCode.INVALID_PRODUCER_ID_MAPPING,
                    "transactions of more than one producer in a request");
            return false;
        }
        inTransaction = batch;
        return true;
    }

    private static Group groupOf(EventLoop loop, List<Group> groups) {
        for (Group group : groups) {
            if (group.loop == loop) {
                return group;
            }
        }
        Group group = new Group(loop, new ArrayList<>(2));
        groups.add(group);
        return group;
    }

    private @Nullable Partition find(
            TopicProduceData topic, int index, PartitionProduceResponse answer) {
        boolean byId = request.version() >= FIRST_WITH_TOPIC_ID;
        Partition partition =
                byId
                        ? services.partitions().find(Ids.fromKafka(topic.topicId()), index)
                        : services.partitions().find(new TopicPartition(topic.name(), index));
        if (partition == null) {
            TopicImage image = topicImage(topic.name(), topic.topicId());
            ErrorCode error = Missing.why(image, index, byId);
            fail(answer, error, "%s: partition %d".formatted(error, index));
            tellLeader(error, image, answer);
        }
        return partition;
    }

    private @Nullable TopicImage topicImage(String name, org.apache.kafka.common.Uuid id) {
        ClusterImage image = services.metadata().image();
        return request.version() >= FIRST_WITH_TOPIC_ID
                ? image.topicsById().get(Ids.fromKafka(id))
                : image.topics().get(name);
    }

    /** On the partitions' loop. */
    private void appendAll(List<Part> parts) {
        List<Part> held = new ArrayList<>(0);
        try {
            for (Part part : parts) {
                if (part.isUndecided()) {
                    begin(part, held);
                } else {
                    append(part);
                }
            }
        } finally {
            request.execute(() -> {
                guarded.addAll(held);
                written();
            });
        }
    }

    private void begin(Part part, List<Part> held) {
        switch (part.partition.beginTransaction(part.batch(), addsPartitions())) {
            case Admission.Open open -> append(part);
            case Admission.Guarded(long guard) -> held.add(part.with(guard));
            case Admission.Refused(ErrorCode error, String detail) ->
                    request.execute(() -> refused(part, error, detail));
        }
    }

    private boolean addsPartitions() {
        return request.version() >= FIRST_THAT_ADDS_PARTITIONS;
    }

    private void append(Part part) {
        DelayedBatch delayed = part.delayed;
        if (delayed == null) {
            append(part, part.checked);
            return;
        }
        delayed.append(
                part.partition,
                services.schedules(),
                new DelayedBatch.Appending() {
                    @Override
                    public int timeoutMs() {
                        return ProduceRound.this.timeoutMs();
                    }

                    @Override
                    public void append(ProduceValidator.Checked.Valid cut) {
                        ProduceRound.this.append(part, cut);
                    }

                    @Override
                    public void refused(ProduceValidator.Checked.Invalid why) {
                        request.execute(() -> ProduceRound.this.refused(part, why));
                    }
                });
    }

    private void append(Part part, ProduceValidator.Checked.Valid checked) {
        part.partition.append(
                checked.records(),
                checked.batches(),
                data.acks(),
                timeoutMs(),
                part.guard,
                result -> request.execute(() -> answered(part, result)));
    }

    private int timeoutMs() {
        return Math.clamp(data.timeoutMs(), 0, MAX_TIMEOUT_MS);
    }

    /** Once every loop has taken its bytes the frame can go, long before the commit. */
    private void written() {
        if (--unwritten > 0) {
            return;
        }
        if (guarded.isEmpty()) {
            request.releaseFrame();
            request.letNext();
            finishIfDone();
        } else {
            List<Part> all = List.copyOf(guarded);
            guarded.clear();
            unwritten = 1; // until the coordinator has answered
            askGate(all, 1L);
        }
    }

    private void askGate(List<Part> parts, long nextWaitMs) {
        BatchHeader batch = parts.getFirst().batch();
        services.gate()
                .admit(
                        data.transactionalId(),
                        batch.producerId(),
                        batch.producerEpoch(),
                        parts.stream().map(part -> part.partition.name()).toList(),
                        addsPartitions(),
                        request.loop(),
                        verdicts -> request.guarded(() -> admitted(parts, verdicts, nextWaitMs)));
    }

    private void admitted(
            List<Part> parts, Map<TopicPartition, ErrorCode> verdicts, long nextWaitMs) {
        List<Part> again = new ArrayList<>(0);
        List<Group> admitted = new ArrayList<>(1);
        for (Part part : parts) {
            ErrorCode verdict =
                    verdicts.getOrDefault(part.partition.name(), ErrorCode.UNKNOWN_SERVER_ERROR);
            if (verdict == ErrorCode.NONE) {
                groupOf(part.partition.loop(), admitted).parts.add(part);
            } else if (verdict == ErrorCode.CONCURRENT_TRANSACTIONS
                    && nextWaitMs < MAX_GATE_WAIT_MS) {
                again.add(part);
            } else {
                refused(
                        part,
                        GateVerdict.toProducer(verdict, request.version()),
                        GateVerdict.detail(verdict));
            }
        }
        unwritten += admitted.size();
        for (Group group : admitted) {
            request.executeOn(group.loop, () -> appendAll(group.parts));
        }
        if (again.isEmpty()) {
            written();
        } else {
            request.schedule(nextWaitMs, () -> askGate(again, nextWaitMs * 2));
        }
    }

    private void refused(Part part, ProduceValidator.Checked.Invalid why) {
        fail(part.answer, why);
        unanswered--;
        finishIfDone();
    }

    private void refused(Part part, ErrorCode error, String detail) {
        fail(part.answer, error, detail);
        unanswered--;
        finishIfDone();
    }

    private void answered(Part part, Partition.AppendResult result) {
        if (result.error() == ErrorCode.NONE) {
            part.answer
                    .setBaseOffset(result.baseOffset())
                    .setLogAppendTimeMs(part.checked.appendTimeMs())
                    .setLogStartOffset(result.logStartOffset());
        } else {
            fail(part.answer, result.error(), result.detail());
            TopicPartition name = part.partition.name();
            TopicImage image =
                    services.metadata().image().topicsById().get(part.partition.topicId());
            if (image != null && image.name().equals(name.topic())) {
                tellLeader(result.error(), image, part.answer);
            }
        }
        unanswered--;
        finishIfDone();
    }

    private void fail(PartitionProduceResponse answer, ProduceValidator.Checked.Invalid why) {
        fail(answer, why.error(), why.detail());
        answer.setRecordErrors(recordErrors(why));
    }

    private void fail(PartitionProduceResponse answer, ErrorCode error, String detail) {
        anyError = true;
        answer.setErrorCode(error.code())
                .setErrorMessage(detail)
                .setLogAppendTimeMs(BatchHeader.NO_TIMESTAMP);
    }

    private void tellLeader(
            ErrorCode error, @Nullable TopicImage topic, PartitionProduceResponse answer) {
        PartitionImage partition = Brokers.partition(topic, answer.index());
        if (request.version() < FIRST_WITH_LEADER
                || !Brokers.tellsLeader(error)
                || partition == null) {
            return;
        }
        answer.setCurrentLeader(
                new LeaderIdAndEpoch()
                        .setLeaderId(partition.leader())
                        .setLeaderEpoch(partition.leaderEpoch()));
        Brokers.Reached leader =
                Brokers.leader(services.metadata().image(), partition, request.listener());
        if (leader != null && response.nodeEndpoints().find(leader.id()) == null) {
            response.nodeEndpoints()
                    .add(
                            new NodeEndpoint()
                                    .setNodeId(leader.id())
                                    .setHost(leader.host())
                                    .setPort(leader.port())
                                    .setRack(leader.rack()));
        }
    }

    private void finishIfDone() {
        if (unanswered == 0 && unwritten == 0) {
            finish();
        }
    }

    private void finish() {
        if (data.acks() != 0) {
            request.reply(response);
        } else if (anyError) {
            request.closeInstead("a produce request with acks=0 failed");
        } else {
            request.noReply();
        }
    }

    private static List<BatchIndexAndErrorMessage> recordErrors(
            ProduceValidator.Checked.Invalid invalid) {
        List<BatchIndexAndErrorMessage> errors = new ArrayList<>();
        for (ProduceValidator.RecordError error : invalid.recordErrors()) {
            errors.add(
                    new BatchIndexAndErrorMessage()
                            .setBatchIndex(error.batchIndex())
                            .setBatchIndexErrorMessage(error.message()));
        }
        return errors;
    }
}
