package io.sluice.simulator.cluster;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.partition.Partition.ReplicaFetchSpec;
import io.sluice.engine.partition.Partitions;
import io.sluice.engine.partition.ScheduleWatch;
import io.sluice.engine.schedule.Schedules;
import io.sluice.engine.share.Ledger;
import io.sluice.engine.share.QueueRules;
import io.sluice.engine.share.ShareStore;
import io.sluice.simulator.check.ReplayBook;
import io.sluice.simulator.check.Wanted;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Ports that are not what they should be: how a mistake is planted without a switch in production
 * code. Each method passes on what it gets.
 */
public interface Spoilt {

    /** Nothing is. */
    Spoilt NOTHING = new Spoilt() {};

    /** What storage gets for the machine's disk. */
    default Disk disk(Disk honest) {
        return honest;
    }

    /** What is committed to the metadata log. */
    default byte[] entry(byte[] decided) {
        return decided;
    }

    /** Whether an entry that was under way at the end of a term may be committed in a later one. */
    default boolean commitsOldTerms() {
        return false;
    }

    /** What becomes of a batch at the door. */
    default ByteBuffer batch(ByteBuffer sent) {
        return sent;
    }

    default short acks(short asked) {
        return asked;
    }

    /** What a leader believes that a follower asks. */
    default ReplicaFetchSpec fetch(Partition leader, ReplicaFetchSpec asked) {
        return asked;
    }

    /** Whether a topic is taken for another one of the same name. */
    default boolean knowsTopicsByName() {
        return false;
    }

    /** Whether bytes that come from the device are served as they are. */
    default boolean trustsTheDevice() {
        return false;
    }

    /** Whether nobody is told of a damaged replica. */
    default boolean keepsDamageSecret() {
        return false;
    }

    /** What a leader tells a follower that is committed. */
    default long highWatermark(Partition leader, long honest) {
        return honest;
    }

    /** What becomes of a command to the coordinator of groups. */
    default void group(GroupCommand command, Consumer<Reply<GroupReply>> answer, Runnable honest) {
        honest.run();
    }

    /** What is written to a partition for the end of a transaction; empty for nothing. */
    default Optional<TransactionMarker> marker(TopicPartition to, TransactionMarker honest) {
        return Optional.of(honest);
    }

    /** Whether a producer may end what its successor began. */
    default boolean forgetsFences() {
        return false;
    }

    /** Whether whoever was a member once may commit. */
    default boolean forgetsMembers() {
        return false;
    }

    /** What a member of a group is told in answer to its heartbeat. */
    default GroupReply.Beaten beaten(GroupReply.Beaten honest) {
        return honest;
    }

    /** When a member that is not heard of is none any more. */
    default int memberSessionMs(int configured) {
        return configured;
    }

    /** What a reader of what is committed is told to leave out. */
    default List<AbortedTransaction> aborted(List<AbortedTransaction> honest) {
        return honest;
    }

    /** Where the queues of a broker are remembered. */
    default ShareStore shareStore(ShareStore honest) {
        return honest;
    }

    /** What a broker takes for the settings of a queue. */
    default QueueRules queueRules(QueueRules honest) {
        return honest;
    }

    /** What an order to deliver again is taken for. */
    default ReplayBook.Order replayed(ReplayBook.Order honest) {
        return honest;
    }

    /** Where it is written down what happens to records of queues. */
    default Ledger ledger(Ledger honest) {
        return honest;
    }

    /** Whether dead letters are said to be written, and are not. */
    default boolean losesDeadLetters() {
        return false;
    }

    /** The partitions as schedules see them. */
    default Partitions scheduled(Partitions honest) {
        return honest;
    }

    /** What partitions tell the schedules. */
    default ScheduleWatch scheduleWatch(ScheduleWatch honest) {
        return honest;
    }

    /** The schedules as a door asks them. */
    default Schedules schedules(Schedules honest) {
        return honest;
    }

    /** When a batch came, for those who count from there. */
    default long arrivedMs(long honestMs) {
        return honestMs;
    }

    /** Whether a batch is said to be stored, and is not. */
    default boolean forgets(List<Wanted> batch) {
        return false;
    }

    /** When a broker that is not heard of is fenced. */
    default long sessionMs(long configured) {
        return configured;
    }
}
