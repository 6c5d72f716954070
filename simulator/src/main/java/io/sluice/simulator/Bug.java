package io.sluice.simulator;

import io.sluice.core.controller.MetadataEvent;
import io.sluice.core.controller.MetadataEvent.BrokerUnregistered;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.share.BackOff;
import io.sluice.core.share.Deed;
import io.sluice.core.share.ShareSettings;
import io.sluice.core.share.StateBatch;
import io.sluice.core.share.StateBatch.Pending;
import io.sluice.core.share.StateBatch.Settled;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.fake.LyingDisk;
import io.sluice.engine.metadata.ControllerHost;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.ReplicaFetchSpec;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.partition.ScheduleWatch;
import io.sluice.engine.schedule.Schedules;
import io.sluice.engine.share.Ledger;
import io.sluice.engine.share.QueueRules;
import io.sluice.engine.share.ShareStore;
import io.sluice.engine.share.Sight;
import io.sluice.simulator.check.ReplayBook;
import io.sluice.simulator.check.Wanted;
import io.sluice.simulator.cluster.Spoilt;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Mistakes made on purpose, at the ports: a simulator that does not find them is blind. */
public enum Bug implements Spoilt {
    /** None: production as it is. */
    NONE,

    /** Acknowledged before the records are on stable storage. */
    RECORDS_NOT_FLUSHED {
        @Override
        public Disk disk(Disk honest) {
            return LyingDisk.over(
                    honest,
                    (method, path, call) ->
                            method.equals("force") && ends(path, ".log") ? null : call.run());
        }
    },

    /** A new segment's name is not made durable. */
    NAMES_NOT_FLUSHED {
        @Override
        public Disk disk(Disk honest) {
            return LyingDisk.over(
                    honest,
                    (method, path, call) -> method.equals("syncDirectory") ? null : call.run());
        }
    },

    /** A flush that failed is taken for done, as one that is tried again would be. */
    FAILED_FLUSH_FORGOTTEN {
        @Override
        public Disk disk(Disk honest) {
            return LyingDisk.over(
                    honest,
                    (method, path, call) -> {
                        try {
                            return call.run();
                        } catch (IOException e) {
                            if (method.equals("force") && ends(path, ".log")) {
                                return null;
                            }
                            throw e;
                        }
                    });
        }
    },

    /** Half of the bytes arrived, and nobody looks. */
    FAILED_WRITE_FORGOTTEN {
        @Override
        public Disk disk(Disk honest) {
            return LyingDisk.over(
                    honest,
                    (method, path, call) -> {
                        try {
                            return call.run();
                        } catch (IOException e) {
                            if (method.equals("write")) {
                                return null;
                            }
                            throw e;
                        }
                    });
        }
    },

    /** Retries of an idempotent producer are taken for new batches. */
    SEQUENCES_NOT_CHECKED {
        @Override
        public ByteBuffer batch(ByteBuffer sent) {
            sent.putLong(BatchHeader.PRODUCER_ID_AT, BatchHeader.NO_PRODUCER_ID);
            sent.putShort(BatchHeader.PRODUCER_EPOCH_AT, BatchHeader.NO_PRODUCER_EPOCH);
            sent.putInt(BatchHeader.BASE_SEQUENCE_AT, BatchHeader.NO_SEQUENCE);
            sent.putInt(BatchHeader.CRC_AT, BatchHeader.computeCrc(sent, 0, sent.limit()));
            return sent;
        }
    },

    /** Who wants a batch on all replicas is answered when the leader has it. */
    ANSWERED_BEFORE_COMMIT {
        @Override
        public short acks(short asked) {
            return 1;
        }
    },

    /** What a follower has in memory alone counts as stored. */
    FOLLOWER_COUNTED_BEFORE_ITS_FLUSH {
        @Override
        public ReplicaFetchSpec fetch(Partition leader, ReplicaFetchSpec asked) {
            return with(
                    asked,
                    asked.brokerEpoch(),
                    asked.currentLeaderEpoch(),
                    asked.lastFetchedEpoch(),
                    asked.fetchOffset());
        }
    },

    /** A follower whose log went another way is not told to cut it. */
    TRUNCATION_DROPPED {
        @Override
        public ReplicaFetchSpec fetch(Partition leader, ReplicaFetchSpec asked) {
            return with(
                    asked,
                    asked.brokerEpoch(),
                    asked.currentLeaderEpoch(),
                    BatchHeader.NO_LEADER_EPOCH,
                    asked.durableEnd());
        }
    },

    /** A new leader, or the same in a new run, goes on in the old epoch. */
    EPOCH_NOT_BUMPED {
        @Override
        public byte[] entry(byte[] decided) {
            return SpoiltEntries.changed(
                    decided, one -> SpoiltEntries.with(one, one.isr(), one.leader(), 0));
        }
    },

    /** A replica leads that is not in sync. */
    ELECTED_OUTSIDE_THE_ISR {
        @Override
        public byte[] entry(byte[] decided) {
            return SpoiltEntries.changed(decided, SpoiltEntries::wrongLeader);
        }
    },

    /** A replica that is behind is called in sync. */
    STALE_REPLICA_IN_THE_ISR {
        @Override
        public byte[] entry(byte[] decided) {
            return SpoiltEntries.changed(
                    decided,
                    one ->
                            SpoiltEntries.with(
                                    one, one.replicas(), one.leader(), one.leaderEpoch()));
        }
    },

    /** A broker that is gone is counted on for ever. */
    FENCE_FORGOTTEN {
        @Override
        public long sessionMs(long configured) {
            return ControllerHost.FOR_EVER;
        }
    },

    /**
     * A move is over as soon as it is ordered: the old replicas go before the new ones have all.
     */
    LEFT_BEFORE_OTHERS_CAME {
        @Override
        public byte[] entry(byte[] decided) {
            return SpoiltEntries.changed(decided, SpoiltEntries::moved);
        }
    },

    /** A broker that is struck off the list goes on leading. */
    STRUCK_OFF_AND_LEADING {
        @Override
        public byte[] entry(byte[] decided) {
            List<MetadataEvent> events = MetadataEventCodec.decode(ByteBuffer.wrap(decided));
            boolean struckOff = events.stream().anyMatch(BrokerUnregistered.class::isInstance);
            return struckOff
                    ? SpoiltEntries.encode(
                            events.stream().filter(BrokerUnregistered.class::isInstance).toList())
                    : decided;
        }
    },

    /** A topic that was deleted and made again is taken for the old one. */
    TOPICS_KNOWN_BY_NAME {
        @Override
        public boolean knowsTopicsByName() {
            return true;
        }
    },

    /** What lay on the device for long is served unseen. */
    DAMAGE_SERVED {
        @Override
        public boolean trustsTheDevice() {
            return true;
        }
    },

    /** A damaged replica goes on leading. */
    DAMAGE_KEPT_SECRET {
        @Override
        public boolean keepsDamageSecret() {
            return true;
        }
    },

    /** Followers believe that everything is committed, and show it to who reads near. */
    FOLLOWERS_SHOW_EVERYTHING {
        @Override
        public long highWatermark(Partition leader, long honest) {
            return leader.status().logEndOffset();
        }
    },

    /** Some commits of offsets are answered and not made. */
    OFFSETS_FORGOTTEN {
        @Override
        public void group(
                GroupCommand command, Consumer<Reply<GroupReply>> answer, Runnable honest) {
            if (command instanceof GroupCommand.Commit commit
                    && commit.offsets().getFirst().offset() % 10 == 7) {
                answer.accept(
                        new Reply.Answered<>(
                                new GroupReply.PerPartition(
                                        ErrorCode.NONE, List.of(ErrorCode.NONE))));
            } else {
                honest.run();
            }
        }
    },

    /** Markers go to one partition of a transaction, and count as written to all. */
    MARKERS_TO_ONE_PARTITION {
        @Override
        public Optional<TransactionMarker> marker(TopicPartition to, TransactionMarker honest) {
            return to.partition() == 0 ? Optional.of(honest) : Optional.empty();
        }
    },

    /** A partition hears that a transaction was aborted which others hear was committed. */
    TRANSACTIONS_TORN {
        @Override
        public Optional<TransactionMarker> marker(TopicPartition to, TransactionMarker honest) {
            return Optional.of(
                    to.partition() == 0
                            ? honest
                            : new TransactionMarker(
                                    honest.producerId(),
                                    honest.producerEpoch(),
                                    honest.coordinatorEpoch(),
                                    false,
                                    honest.transactionVersion()));
        }
    },

    /** Readers of what is committed are not told what to leave out. */
    ABORTED_RECORDS_SHOWN {
        @Override
        public List<AbortedTransaction> aborted(List<AbortedTransaction> honest) {
            return List.of();
        }
    },

    /** A producer whose place another one has taken ends what that one began. */
    PRODUCER_NOT_FENCED {
        @Override
        public boolean forgetsFences() {
            return true;
        }
    },

    /** Who was a member once commits what another one has by now. */
    MEMBER_NOT_FENCED {
        @Override
        public boolean forgetsMembers() {
            return true;
        }
    },

    /** A member that died keeps what it had. */
    DEAD_MEMBERS_KEPT {
        @Override
        public int memberSessionMs(int configured) {
            return Integer.MAX_VALUE;
        }
    },

    /** Whoever has a part of a topic is told that the first partition is among it. */
    PARTITION_OF_TWO_MEMBERS {
        @Override
        public GroupReply.Beaten beaten(GroupReply.Beaten honest) {
            return new GroupReply.Beaten(
                    honest.error(),
                    honest.why(),
                    honest.memberId(),
                    honest.epoch(),
                    honest.heartbeatMs(),
                    honest.assignment().map(Bug::withTheFirst));
        }
    },

    /** What became of a record is acknowledged before it is stored, and stored late. */
    SETTLED_BEFORE_STORED {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return new SpoiltShareStore.Hasty(honest);
        }
    },

    /** A new leader of a queue is not told of what was settled behind the first open record. */
    SETTLEMENTS_FORGOTTEN {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.telling(
                    honest,
                    one -> one.fate() == Settled.SETTLED ? Optional.empty() : Optional.of(one));
        }
    },

    /** A new leader of a queue begins to count deliveries anew. */
    DELIVERIES_NOT_REMEMBERED {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.telling(
                    honest,
                    one ->
                            one.fate() instanceof Pending pending
                                    ? Optional.of(
                                            new StateBatch(
                                                    one.first(),
                                                    one.last(),
                                                    new Pending(0, pending.fromMs())))
                                    : Optional.of(one));
        }
    },

    /** A new leader of a queue takes records for done that came back. */
    RELEASED_RECORDS_FORGOTTEN {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.telling(
                    honest,
                    one -> Optional.of(new StateBatch(one.first(), one.last(), Settled.SETTLED)));
        }
    },

    /** Who led a queue once goes on settling what its successor gives. */
    QUEUE_LEADER_NOT_FENCED {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.writing(honest, SpoiltShareStore::unfenced);
        }
    },

    /** A record goes to the next one while the first one works on it. */
    LOCKS_CUT_SHORT {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            ShareSettings share = honest.share();
            return with(
                    honest,
                    share.lockMs() / 10,
                    share.deliveryLimit(),
                    share.keyOrder(),
                    share.backOff(),
                    honest.sight());
        }
    },

    /** A record is delivered once more than it may be. */
    DELIVERY_LIMIT_PASSED {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            ShareSettings share = honest.share();
            return with(
                    honest,
                    share.lockMs(),
                    share.deliveryLimit() + 1,
                    share.keyOrder(),
                    share.backOff(),
                    honest.sight());
        }
    },

    /** Records of one key go out together. */
    KEYS_FORGOTTEN {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            ShareSettings share = honest.share();
            Sight sight = honest.sight();
            return with(
                    honest,
                    share.lockMs(),
                    share.deliveryLimit(),
                    false,
                    share.backOff(),
                    new Sight(false, sight.priorities(), sight.ttlMs()));
        }
    },

    /** No record is more urgent than others. */
    PRIORITIES_FORGOTTEN {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            Sight sight = honest.sight();
            return with(honest, new Sight(sight.keys(), false, sight.ttlMs()));
        }
    },

    /** Records are delivered that are too old. */
    OLD_RECORDS_DELIVERED {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            Sight sight = honest.sight();
            return with(honest, new Sight(sight.keys(), sight.priorities(), Sight.NO_END));
        }
    },

    /** Records are given up before their time. */
    EXPIRED_TOO_SOON {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            Sight sight = honest.sight();
            return sight.ttlMs() < 0
                    ? honest
                    : with(honest, new Sight(sight.keys(), sight.priorities(), 1_000L));
        }
    },

    /** What comes back is delivered at once. */
    PAUSES_FORGOTTEN {
        @Override
        public QueueRules queueRules(QueueRules honest) {
            ShareSettings share = honest.share();
            return with(
                    honest,
                    share.lockMs(),
                    share.deliveryLimit(),
                    share.keyOrder(),
                    BackOff.NONE,
                    honest.sight());
        }
    },

    /** What is to be delivered again the next leader takes for done, as it was. */
    REPLAYS_FORGOTTEN {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.writing(honest, SpoiltShareStore::withoutReplays);
        }
    },

    /** Who leads a queue goes on as before when it was set anew. */
    RESETS_PASSED_OVER {
        @Override
        public ShareStore shareStore(ShareStore honest) {
            return SpoiltShareStore.writing(honest, SpoiltShareStore::unmindful);
        }
    },

    /** All records are delivered again where those of one key were wanted. */
    REPLAYED_TOO_MUCH {
        @Override
        public ReplayBook.Order replayed(ReplayBook.Order honest) {
            return new ReplayBook.Order(
                    honest.partition(), honest.id(), honest.from(), honest.to(), null);
        }
    },

    /** The ledger leaves out what came back. */
    RELEASES_NOT_TOLD {
        @Override
        public Ledger ledger(Ledger honest) {
            return SpoiltLedger.telling(
                    honest,
                    entry -> entry.deed() == Deed.RELEASED ? Optional.empty() : Optional.of(entry));
        }
    },

    /** The ledger says that a member accepted what it gave up. */
    TOLD_AS_ACCEPTED {
        @Override
        public Ledger ledger(Ledger honest) {
            return SpoiltLedger.telling(
                    honest, entry -> Optional.of(SpoiltLedger.asAccepted(entry)));
        }
    },

    /** Dead letters are said to be written. */
    DEAD_LETTERS_LOST {
        @Override
        public boolean losesDeadLetters() {
            return true;
        }
    },

    /** Messages are delivered by a clock that is ahead of the machine's. */
    DELIVERED_EARLY {
        @Override
        public Partitions scheduled(Partitions honest) {
            return SpoiltSchedules.ahead(honest, 50L);
        }
    },

    /** A delay is counted from before its message came. */
    DELAYS_CUT_SHORT {
        @Override
        public long arrivedMs(long honestMs) {
            return honestMs - 50L;
        }
    },

    /** A delivery that is not committed yet is taken for none. */
    DELIVERED_TWICE {
        @Override
        public Partitions scheduled(Partitions honest) {
            return SpoiltSchedules.withoutTheUncommitted(honest);
        }
    },

    /** A new leader does not look for what waits. */
    WAITING_FORGOTTEN {
        @Override
        public ScheduleWatch scheduleWatch(ScheduleWatch honest) {
            return SpoiltSchedules.thatDoesNotBegin(honest);
        }
    },

    /** What an aborted transaction says of messages counts. */
    ABORTED_AND_DELIVERED {
        @Override
        public Partitions scheduled(Partitions honest) {
            return SpoiltSchedules.withoutAborts(honest);
        }
    },

    /** A message may be delivered while it is being cancelled. */
    CANCELLED_AND_DELIVERED {
        @Override
        public Schedules schedules(Schedules honest) {
            return SpoiltSchedules.thatHoldNothing(honest);
        }
    },

    /** Cancellations are answered and not written. */
    CANCELLATIONS_LOST {
        @Override
        public boolean forgets(List<Wanted> batch) {
            return batch.stream().allMatch(Wanted::cancels);
        }
    },

    /** What was decided in one term is committed in another. */
    OLD_TERM_COMMITTED {
        @Override
        public boolean commitsOldTerms() {
            return true;
        }
    };

    private static PartitionSet withTheFirst(PartitionSet some) {
        PartitionSet.Builder more = new PartitionSet.Builder();
        some.forEach((topic, partition) -> more.add(topic, partition).add(topic, 0));
        return more.build();
    }

    private static QueueRules with(QueueRules honest, Sight sight) {
        ShareSettings share = honest.share();
        return with(
                honest,
                share.lockMs(),
                share.deliveryLimit(),
                share.keyOrder(),
                share.backOff(),
                sight);
    }

    private static QueueRules with(
            QueueRules honest,
            long lockMs,
            int limit,
            boolean keyOrder,
            BackOff backOff,
            Sight sight) {
        ShareSettings share = honest.share();
        return new QueueRules(
                new ShareSettings(
                        lockMs,
                        limit,
                        share.maxLocks(),
                        share.maxPending(),
                        keyOrder,
                        share.deadLetters(),
                        backOff),
                honest.readCommitted(),
                honest.start(),
                sight,
                honest.ledger());
    }

    private static boolean ends(Path path, String suffix) {
        return path.toString().endsWith(suffix);
    }

    private static ReplicaFetchSpec with(
            ReplicaFetchSpec of,
            long brokerEpoch,
            int currentLeaderEpoch,
            int lastFetchedEpoch,
            long durableEnd) {
        return new ReplicaFetchSpec(
                of.replica(),
                brokerEpoch,
                of.followedMs(),
                of.fetchOffset(),
                currentLeaderEpoch,
                lastFetchedEpoch,
                durableEnd,
                of.maxBytes(),
                of.atLeastOne());
    }
}
