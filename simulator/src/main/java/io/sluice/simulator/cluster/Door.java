package io.sluice.simulator.cluster;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.group.ConsumerMember;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.partition.Admission;
import io.sluice.core.partition.PartitionLeader;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.log.FileSlice;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What clients ask a broker, and how it asks the engine: a door without a wire. Every method is
 * called in the broker's process and answers once.
 */
public final class Door {

    private static final byte[] NO_RECORDS = new byte[0];
    private static final int TRANSACTION_WRITE_MS = 1_500;

    private static final Produced NOT_HERE =
            new Produced(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1L, "", -1);

    private final BrokerProcess broker;

    Door(BrokerProcess broker) {
        this.broker = broker;
    }

    /** Which topic that is, and who leads the partition, as one broker knows it. */
    public record Whereabouts(Uuid topicId, int leader, int leaderEpoch, List<Integer> replicas) {

        public static final Whereabouts UNKNOWN = new Whereabouts(Uuid.ZERO, -1, -1, List.of());
    }

    public void find(TopicPartition name, Consumer<Whereabouts> answer) {
        TopicImage topic = broker.metadata().image().topics().get(name.topic());
        if (topic == null || topic.partitions().size() <= name.partition()) {
            answer.accept(Whereabouts.UNKNOWN);
        } else {
            PartitionImage partition = topic.partitions().get(name.partition());
            answer.accept(
                    new Whereabouts(
                            topic.id(),
                            partition.leader(),
                            partition.leaderEpoch(),
                            partition.replicas()));
        }
    }

    public void submit(ControllerCommand command, Consumer<ControllerReply> answer) {
        broker.metadata().submit(command, broker.home(), answer);
    }

    /**
     * The end of an append.
     *
     * @param by the process that answers, and in which epoch it led then
     */
    public record Produced(ErrorCode error, long baseOffset, String by, int leaderEpoch) {}

    public void produce(
            TopicPartition name,
            Uuid topicId,
            ByteBuffer batch,
            short acks,
            int timeoutMs,
            Consumer<Produced> answer) {
        Partition partition = find(name, topicId);
        if (partition == null) {
            answer.accept(NOT_HERE);
            return;
        }
        ByteBuffer taken = broker.spoilt().batch(batch);
        short promised = broker.spoilt().acks(acks);
        partition
                .loop()
                .execute(() ->
                        partition.append(
                                taken,
                                List.of(BatchHeader.read(taken, 0)),
                                promised,
                                timeoutMs,
                                result -> answer.accept(produced(partition, result))));
    }

    /**
     * The same for a batch of a transaction. The first one in a partition waits for the
     * coordinator's word.
     */
    public void produceIn(
            String transactionalId,
            TopicPartition name,
            Uuid topicId,
            ByteBuffer batch,
            Consumer<Produced> answer) {
        Partition partition = find(name, topicId);
        if (partition == null) {
            answer.accept(NOT_HERE);
            return;
        }
        BatchHeader header = BatchHeader.read(batch, 0);
        Consumer<ErrorCode> refuse = error -> answer.accept(new Produced(error, -1L, "", -1));
        partition
                .loop()
                .execute(() -> {
                    switch (partition.beginTransaction(header, true)) {
                        case Admission.Open open ->
                                append(partition, batch, PartitionLeader.NO_GUARD, answer);
                        case Admission.Refused(ErrorCode error, String detail) ->
                                refuse.accept(error);
                        case Admission.Guarded(long guard) ->
                                broker.transactions()
                                        .admit(
                                                transactionalId,
                                                header,
                                                name,
                                                partition.loop(),
                                                error -> {
                                                    if (error == ErrorCode.NONE) {
                                                        append(partition, batch, guard, answer);
                                                    } else {
                                                        refuse.accept(error);
                                                    }
                                                });
                    }
                });
    }

    private void append(
            Partition partition, ByteBuffer batch, long guard, Consumer<Produced> answer) {
        partition.append(
                batch,
                List.of(BatchHeader.read(batch, 0)),
                (short) -1,
                TRANSACTION_WRITE_MS,
                guard,
                result -> answer.accept(produced(partition, result)));
    }

    /** Asks the coordinator of all transactions. */
    public void transaction(TransactionCommand command, Consumer<Reply<TransactionReply>> answer) {
        if (broker.isServing()) {
            broker.transactions().submit(command, broker.home(), answer);
        } else {
            answer.accept(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR));
        }
    }

    private Produced produced(Partition partition, Partition.AppendResult result) {
        return new Produced(
                result.error(),
                result.baseOffset(),
                broker.process().name(),
                partition.status().leaderEpoch());
    }

    /**
     * What a consumer asks.
     *
     * @param committed whether it wants what is committed alone
     */
    public record Read(
            TopicPartition name,
            Uuid topicId,
            long offset,
            int currentLeaderEpoch,
            int maxBytes,
            int maxWaitMs,
            boolean committed) {}

    /**
     * What it gets.
     *
     * @param end below it is all that it may see
     * @param aborted what it has to leave out
     */
    public record Records(
            ErrorCode error, long end, List<AbortedTransaction> aborted, byte[] bytes) {

        static Records refused(ErrorCode error) {
            return new Records(error, -1L, List.of(), NO_RECORDS);
        }
    }

    public void fetch(Read read, Consumer<Records> answer) {
        Partition partition = find(read.name, read.topicId);
        if (partition == null) {
            answer.accept(Records.refused(ErrorCode.NOT_LEADER_OR_FOLLOWER));
            return;
        }
        partition.loop().execute(() -> new Fetch(partition, read, broker.spoilt(), answer).begin());
    }

    private @Nullable Partition find(TopicPartition name, Uuid topicId) {
        if (!broker.isServing()) {
            return null;
        }
        return broker.spoilt().knowsTopicsByName()
                ? broker.partitions().find(name)
                : broker.partitions().find(topicId, name.partition());
    }

    /** Where members of queues ask. */
    public QueueDoor queues() {
        return broker.queues();
    }

    /** Where operators ask who have records delivered again. */
    public ReplayDoor replays() {
        return broker.replays();
    }

    /** Where those ask whose records are delivered later. */
    public ScheduleDoor schedule() {
        return broker.schedule();
    }

    /** Asks the coordinator of all groups. */
    public void group(GroupCommand command, Consumer<Reply<GroupReply>> answer) {
        if (broker.isServing()) {
            broker.spoilt().group(command, answer, () -> askGroup(command, answer));
        } else {
            answer.accept(new Reply.Refused<>(ErrorCode.NOT_COORDINATOR));
        }
    }

    private void askGroup(GroupCommand command, Consumer<Reply<GroupReply>> answer) {
        if (broker.spoilt().forgetsMembers()
                && command instanceof GroupCommand.Commit commit
                && commit.caller().generation() > 0) {
            submit(
                    new GroupCommand.DescribeConsumers(commit.group()),
                    reply -> submit(asSomeMember(commit, reply), answer));
        } else {
            submit(command, reply -> answer.accept(told(reply)));
        }
    }

    private void submit(GroupCommand command, Consumer<Reply<GroupReply>> answer) {
        broker.groups().submit(0, command, broker.home(), answer);
    }

    private Reply<GroupReply> told(Reply<GroupReply> reply) {
        return reply instanceof Reply.Answered<GroupReply>(GroupReply.Beaten honest)
                ? new Reply.Answered<>(broker.spoilt().beaten(honest))
                : reply;
    }

    /** The commit as it would be of one who is a member. */
    private static GroupCommand asSomeMember(GroupCommand.Commit commit, Reply<GroupReply> reply) {
        if (!(reply instanceof Reply.Answered<GroupReply>(GroupReply.ConsumersDescribed found))
                || found.members().isEmpty()) {
            return commit;
        }
        ConsumerMember one =
                found.members().stream()
                        .filter(member -> member.id().equals(commit.caller().memberId()))
                        .findAny()
                        .orElse(found.members().getFirst());
        return new GroupCommand.Commit(
                commit.group(),
                new GroupCommand.Caller(one.standing().epoch(), one.id(), Optional.empty()),
                commit.offsets());
    }

    /** All bytes of a slice, which the caller releases. */
    static byte[] copy(FileSlice slice) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(slice.sizeInBytes());
        while (bytes.hasRemaining()) {
            if (slice.read(bytes, bytes.position()) <= 0) {
                throw new IOException("the log ends inside a slice");
            }
        }
        return bytes.array();
    }

    /** A fetch that waits for records or its time. */
    private static final class Fetch {
        private final Partition partition;
        private final Read read;
        private final Consumer<Records> answer;
        private final Spoilt spoilt;
        private Partition.@Nullable Watch watch;
        private EventLoop.@Nullable Timer timer;
        private boolean over;

        Fetch(Partition partition, Read read, Spoilt spoilt, Consumer<Records> answer) {
            this.spoilt = spoilt;
            this.partition = partition;
            this.read = read;
            this.answer = answer;
        }

        void begin() {
            Partition.FetchResult now = read();
            if (now.error() != ErrorCode.NONE || now.read().slice() != null) {
                give(now);
                return;
            }
            watch = partition.watch(read.offset, read.committed, this::end);
            timer = partition.loop().schedule(read.maxWaitMs, this::end);
        }

        private void end() {
            if (over) {
                return;
            }
            over = true;
            if (watch != null) {
                watch.cancel();
            }
            if (timer != null) {
                timer.cancel();
            }
            give(read());
        }

        private Partition.FetchResult read() {
            return partition.fetch(
                    new Partition.FetchSpec(
                            read.offset,
                            read.currentLeaderEpoch,
                            BatchHeader.NO_LEADER_EPOCH,
                            read.maxBytes,
                            true,
                            read.committed));
        }

        /** What is not in memory is looked at first. */
        private void give(Partition.FetchResult result) {
            FileSlice slice = result.read().slice();
            if (slice == null) {
                answer.accept(records(result, NO_RECORDS));
            } else if (result.read().cold() && !spoilt.trustsTheDevice()) {
                partition.warm(slice, whole -> answer.accept(copied(result, slice, whole)));
            } else {
                answer.accept(copied(result, slice, true));
            }
        }

        private Records records(Partition.FetchResult result, byte[] bytes) {
            return new Records(
                    result.error(),
                    read.committed ? result.lastStableOffset() : result.highWatermark(),
                    spoilt.aborted(result.aborted()),
                    bytes);
        }

        private Records copied(Partition.FetchResult result, FileSlice slice, boolean whole) {
            try {
                if (!whole) {
                    throw new IOException("damaged");
                }
                return records(result, copy(slice));
            } catch (IOException e) {
                return Records.refused(ErrorCode.KAFKA_STORAGE_ERROR);
            } finally {
                slice.release();
            }
        }
    }
}
