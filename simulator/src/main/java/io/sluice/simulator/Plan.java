package io.sluice.simulator;

import io.sluice.simulator.Part.Size;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * What a seed makes of a run: the cluster's shape, its load, and which faults there will be.
 *
 * @param minInSync min.insync.replicas of the topic
 * @param loops event loops of each broker
 * @param segmentBytes of the logs
 * @param faultsMs how long there are faults, in virtual time
 * @param calmMs about how long it is until the next one
 * @param directories log directories of each broker
 */
public record Plan(
        int brokers,
        int voters,
        int partitions,
        int replicas,
        int minInSync,
        int loops,
        int segmentBytes,
        int producers,
        int consumers,
        int batches,
        int paceMs,
        long faultsMs,
        int calmMs,
        Set<Fault> faults,
        int directories) {

    /** What a fault is a fault of. */
    public enum Kind {
        PROCESS,
        DISK,
        NETWORK,
        CLOCK,
        QUORUM,
        BROKER,
        MOVE,
        TOPIC,
        DIRECTORY,
        ROT,
        TRANSACTION,
        GROUP,
        QUEUE,
        SCHEDULE
    }

    /** Everything that may go wrong. */
    public enum Fault {
        KILL(Kind.PROCESS),
        POWER_CUT(Kind.PROCESS),
        POWER_CUT_WHILE_WRITING(Kind.PROCESS),
        POWER_CUT_OF_ALL(Kind.PROCESS),
        PAUSE(Kind.PROCESS),
        CLEAN_RESTART(Kind.PROCESS),
        WRITES_FAIL(Kind.DISK),
        FLUSHES_FAIL(Kind.DISK),
        SLOW_DISK(Kind.DISK),
        CUT_OFF(Kind.NETWORK),
        CUT_ONE_WAY(Kind.NETWORK),
        CUT_LINK(Kind.NETWORK),
        CUT_FROM_CLIENTS(Kind.NETWORK),
        SLOW_NETWORK(Kind.NETWORK),
        CONNECTIONS_BREAK(Kind.NETWORK),
        CLOCK_JUMPS(Kind.CLOCK),
        CLOCK_DRIFTS(Kind.CLOCK),
        QUORUM_CHANGES_LEADER(Kind.QUORUM),
        METADATA_LAGS(Kind.QUORUM),
        METADATA_PURGED(Kind.QUORUM),
        WIPED_DISK(Kind.BROKER),
        BROKER_REPLACED(Kind.BROKER),
        BROKER_UNREGISTERED(Kind.BROKER),
        REPLICAS_MOVED(Kind.MOVE),
        MOVES_CANCELLED(Kind.MOVE),
        LEADERS_PREFERRED(Kind.MOVE),
        TOPIC_MADE_AGAIN(Kind.TOPIC),
        PARTITIONS_ADDED(Kind.TOPIC),
        DIRECTORY_FAILS(Kind.DIRECTORY),
        DISK_FULL(Kind.DIRECTORY),
        LOG_CHANGES_DIRECTORY(Kind.DIRECTORY),
        WIPED_DIRECTORY(Kind.BROKER),
        BIT_ROT(Kind.ROT),
        PRODUCER_DIES(Kind.TRANSACTION),
        PRODUCER_REPLACED(Kind.TRANSACTION),
        MEMBER_DIES(Kind.GROUP),
        MEMBER_LEAVES(Kind.GROUP),
        MEMBER_STANDS_STILL(Kind.GROUP),
        TAKER_DIES(Kind.QUEUE),
        TAKER_LEAVES(Kind.QUEUE),
        TAKER_STANDS_STILL(Kind.QUEUE),
        SENDER_DIES(Kind.SCHEDULE),
        RECORDS_DELETED(Kind.SCHEDULE);

        private final Kind kind;

        Fault(Kind kind) {
            this.kind = kind;
        }

        Kind kind() {
            return kind;
        }
    }

    boolean has(Kind kind) {
        return faults.stream().anyMatch(fault -> fault.kind == kind);
    }

    private static final int[] SIZES = {1, 3, 3, 3, 5, 7};

    private static final int[] REPLICAS = {1, 2, 3, 3, 3, 3};

    static Plan of(Random random) {
        int brokers = SIZES[random.nextInt(SIZES.length)];
        int replicas = Math.min(brokers, REPLICAS[random.nextInt(REPLICAS.length)]);
        int partitions = 1 + random.nextInt(3);
        return new Plan(
                brokers,
                Math.min(brokers, 1 + 2 * random.nextInt(3)),
                partitions,
                replicas,
                Math.max(1, replicas - random.nextInt(2)),
                1 + random.nextInt(2),
                200 + random.nextInt(2_000),
                1 + random.nextInt(3),
                1 + random.nextInt(2),
                50 + random.nextInt(200),
                10 + random.nextInt(80),
                5_000L + random.nextInt(20_000),
                200 + random.nextInt(2_000),
                faults(random),
                1 + random.nextInt(2));
    }

    /** The same with less of it. */
    Plan within(Part part) {
        int fewer = part.of(Size.BROKERS, brokers);
        int copies = Math.min(replicas, fewer);
        return new Plan(
                fewer,
                Math.min(voters, fewer),
                part.of(Size.PARTITIONS, partitions),
                copies,
                Math.min(minInSync, copies),
                part.of(Size.LOOPS, loops),
                segmentBytes,
                part.of(Size.PRODUCERS, producers),
                part.of(Size.CONSUMERS, consumers),
                part.of(Size.BATCHES, batches),
                paceMs,
                part.of(Size.FAULTS_MS, faultsMs),
                calmMs,
                faults,
                directories);
    }

    /** How much there is of something, at most. */
    long size(Size of) {
        return switch (of) {
            case BROKERS -> brokers;
            case PARTITIONS -> partitions;
            case PRODUCERS -> producers;
            case CONSUMERS -> consumers;
            case BATCHES -> batches;
            case TELLERS -> TransactionWork.MOST_TELLERS;
            case TRANSACTIONS -> TransactionWork.MOST_TRANSACTIONS;
            case MEMBERS -> GroupWork.MOST_MEMBERS;
            case TAKERS -> QueueWork.MOST_TAKERS;
            case TASKS -> QueueWork.MOST_BATCHES;
            case REMINDERS -> ScheduleWork.MOST_BATCHES;
            case LOOPS -> loops;
            case FAULTS_MS -> faultsMs;
        };
    }

    /** Some seeds know all faults, others a few: then those meet undisturbed. */
    private static Set<Fault> faults(Random random) {
        List<Fault> all = new ArrayList<>(List.of(Fault.values()));
        if (random.nextBoolean()) {
            Collections.shuffle(all, random);
            all = all.subList(0, 2 + random.nextInt(5));
        }
        return Collections.unmodifiableSet(EnumSet.copyOf(all));
    }
}
