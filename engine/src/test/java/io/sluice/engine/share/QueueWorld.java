package io.sluice.engine.share;

import static java.util.Objects.requireNonNull;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acknowledgement.Type;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.ShareCommand;
import io.sluice.core.share.ShareKey;
import io.sluice.core.share.ShareReply;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.partition.Partition;
import io.sluice.engine.share.Demand.Wanted;
import io.sluice.engine.share.WorldLog.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One random life of a broker with queues: logs that grow, are cut at the front and hold
 * transactions of all kinds; members that take, settle, wait, go away and come too late; a store
 * that is slow, refuses and loses answers; disks that fail; power cuts and leader epochs.
 *
 * <p>The model knows what members were told and what they said, and nothing else.
 */
final class QueueWorld {
    private static final int STEPS = 300;
    private static final int LIVELY_ROUNDS = 400;
    private static final int MEMBERS = 4;

    /** How long a delivery may be on its way after the machine gave it. */
    private static final long WAY_MS = 150;

    private static final class Queue {
        final ShareKey key;
        final TreeMap<Long, KnownRecord> records = new TreeMap<>();
        final Map<String, Long> leftAtMs = new HashMap<>();
        WorldOrder order;

        Queue(ShareKey key, QueueRules rules, WorldLog log) {
            this.key = key;
            this.order = new WorldOrder(rules, log, records);
        }

        KnownRecord at(long offset) {
            return records.computeIfAbsent(offset, none -> new KnownRecord());
        }
    }

    private final Random random;
    private final WorldPlan.Bug bug;
    private final WorldPlan plan;
    private final QueueBench bench;
    final WorldQuestions questions;
    private final List<Queue> queues = new ArrayList<>();
    private final List<WorldLog> worldLogs = List.of(new WorldLog(), new WorldLog());
    private final Map<ShareKey, Queue> byKey = new HashMap<>();
    private final Map<String, QueueRules> rules = new HashMap<>();
    private final long[] logStart = new long[2];

    /** Of processes that died: nobody can release them. */
    private int lostSlices;

    private int life;
    private String lastError = "";
    private long producers = 100;
    private int step;

    int crashes;
    int accepted;
    int redelivered;
    int lateRefused;
    int letters;
    int thrownAway;
    int ordered;
    int ending;
    int ordersChanged;

    QueueWorld(long seed, WorldPlan.Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.plan = new WorldPlan(random, bug);
        this.bench = new QueueBench(() -> random.nextInt(4_000_000));
        this.questions = new WorldQuestions(random, bug, bench, this::item, this::told);
        setRules("a", plan.rules(true));
        setRules("b", plan.rules(random.nextBoolean()));
        for (int i = 0; i < 2; i++) {
            for (String group : List.of("a", "b")) {
                ShareKey key = QueueBench.key(group, i);
                QueueRules its = requireNonNull(rules.get(group));
                Queue queue = new Queue(key, its, worldLogs.get(i));
                questions.knows(key, queue::at);
                queues.add(queue);
                byKey.put(queue.key, queue);
            }
        }
        bench.limits = new LoopQueues.Limits(4, 600 + random.nextInt(1_000), 50);
        bench.dead = this::bury;
        bench.questions = questions;
        bench.newQueues();
    }

    private void setRules(String group, QueueRules right) {
        rules.put(group, right);
        questions.waits(group, right.share().askMs());
        bench.rules.put(group, plan.planted(right));
    }

    private QueueRules rules(Queue queue) {
        return requireNonNull(rules.get(queue.key.group()));
    }

    int step() {
        return step;
    }

    void run() {
        bench.host(2);
        bench.logs.faults(plan.new DiskFaults());
        bench.store.faults(plan.new StoreFaults());
        for (step = 0; step < STEPS; step++) {
            act(random.nextInt(100));
            bench.scheduler.advanceMs(random.nextInt(random.nextInt(10) == 0 ? 300 : 12));
            look();
        }
        finish();
    }

    /** Queues are thrown away now and then; it is not told. */
    private void look() {
        if (bench.store.reads() > 0 && bench.atWork() == 0) {
            thrownAway++;
        }
    }

    private void act(int dice) {
        if (dice < 18) {
            grow();
        } else if (dice < 55) {
            poll();
        } else if (dice < 85) {
            acknowledge();
        } else if (dice < 90) {
            leave();
        } else if (dice < 92) {
            retention();
        } else if (dice < 94) {
            failover();
        } else if (dice == 94) {
            crash();
        } else if (dice == 95) {
            fenced();
        } else if (dice == 96) {
            bench.scheduler.advanceMs(random.nextInt(2_500));
        } else if (dice == 97) {
            orderOtherwise();
        }
        if (dice % 4 == 0) {
            questions.answer();
        }
    }

    /** Locks are forgotten with the order, as if another led. */
    private void orderOtherwise() {
        String group = random.nextBoolean() ? "a" : "b";
        begin();
        setRules(group, plan.inAnotherOrder(requireNonNull(rules.get(group))));
        for (Queue queue : queues) {
            if (queue.key.group().equals(group)) {
                WorldLog log = worldLogs.get(queue.key.partition());
                queue.order = new WorldOrder(rules(queue), log, queue.records);
            }
        }
        bench.scheduler.advanceMs(random.nextInt(20));
        begin(); // what was given in between
        ordersChanged++;
    }

    private long nowMs() {
        return bench.scheduler.clock().wallMs();
    }

    private @Nullable Partition partition(int number) {
        return bench.lifecycle.partitions().find(new TopicPartition("t", number));
    }

    // ---- the log

    private void grow() {
        int number = random.nextInt(2);
        Partition to = partition(number);
        if (to == null || to.leadingEpoch() < 0) {
            return;
        }
        int records = 1 + random.nextInt(8);
        if (random.nextInt(3) > 0) {
            append(number, records);
        } else {
            long producer = ++producers;
            for (int i = 0; i < 1 + random.nextInt(2); i++) {
                appendOpen(number, records, producer, i * records);
                if (random.nextBoolean()) {
                    append(number, 1);
                }
            }
            end(number, producer, random.nextBoolean());
        }
    }

    private long logEnd(int number) {
        return bench.log(number).endOffset();
    }

    private void append(int number, int records) {
        long before = logEnd(number);
        WorldLog.Batch batch = WorldLog.batch(random, records, nowMs());
        bench.append(number, batch.bytes());
        worldLogs.get(number).note(before, logEnd(number), Kind.PLAIN, batch.records());
    }

    private void appendOpen(int number, int records, long producer, int sequence) {
        long before = logEnd(number);
        WorldLog.Batch batch = WorldLog.batch(random, records, nowMs());
        bench.appendOpen(number, RecordBatches.inTransaction(batch.bytes(), producer, sequence));
        worldLogs.get(number).note(before, logEnd(number), Kind.OPEN, batch.records());
    }

    /** The batches of a transaction are what their producer wanted, once its marker is there. */
    private void end(int number, long producer, boolean commit) {
        long before = logEnd(number);
        mark(number, producer, commit ? Kind.COMMITTED : Kind.ABORTED);
        bench.end(number, producer, commit);
        if (logEnd(number) == before) {
            mark(number, producer, Kind.OPEN);
        }
    }

    private void mark(int number, long producer, Kind kind) {
        for (BatchHeader batch : bench.log(number).headers()) {
            if (batch.producerId() == producer && !batch.isControl()) {
                for (long o = batch.baseOffset(); o <= batch.lastOffset(); o++) {
                    worldLogs.get(number).kinds.put(o, kind);
                }
            }
        }
    }

    private void retention() {
        int number = random.nextInt(2);
        Partition of = partition(number);
        if (of != null && of.leadingEpoch() >= 0 && random.nextInt(3) == 0) {
            long most = of.status().lastStableOffset();
            long start = Math.min(most, logStart[number] + random.nextInt(20));
            if (start > logStart[number]) {
                logStart[number] = start;
                QueueBench.on(of.loop(), () -> bench.log(number).retainFrom(start));
            }
        }
    }

    // ---- members

    private void poll() {
        String member = "m" + random.nextInt(MEMBERS);
        String group = random.nextBoolean() ? "a" : "b";
        List<Wanted> wanted = new ArrayList<>();
        for (Queue queue : queues) {
            if (queue.key.group().equals(group) && random.nextInt(4) > 0) {
                wanted.add(new Wanted(queue.key, random.nextInt(5) == 0));
            }
        }
        long waitMs = random.nextInt(3) == 0 ? 0 : random.nextInt(400);
        Demand demand =
                new Demand(
                        member,
                        wanted,
                        1 + random.nextInt(20),
                        random.nextBoolean(),
                        1 + random.nextInt(10),
                        100 + random.nextInt(1_000),
                        random.nextInt(8) == 0 ? 200 : 1,
                        waitMs);
        take(demand, random.nextInt(12) == 0, random.nextInt(12) == 0);
    }

    private void take(Demand demand, boolean cancels, boolean doesNotArrive) {
        int mine = life;
        long askedMs = nowMs();
        boolean[] cancelled = new boolean[1];
        Queues.Taking taking =
                bench.queues.take(
                        demand,
                        bench.door,
                        deliveries -> {
                            check(!cancelled[0], "an answer to who went away");
                            for (Delivery delivery : deliveries) {
                                came(demand, delivery, askedMs, mine, doesNotArrive);
                            }
                        });
        if (cancels) {
            bench.scheduler.after(
                    random.nextInt(20_000_000),
                    () -> {
                        cancelled[0] = true;
                        QueueBench.on(bench.door, taking::cancel);
                    });
        }
    }

    private void came(
            Demand demand, Delivery delivery, long askedMs, int mine, boolean doesNotArrive) {
        if (delivery.records() == null) {
            check(delivery.acquired().isEmpty(), "records without bytes");
            lastError = delivery.key() + ": " + delivery.error();
            return;
        }
        List<BatchHeader> batches = QueueBench.read(delivery.records());
        delivery.records().release();
        Queue queue = requireNonNull(byKey.get(delivery.key()));
        boolean left = queue.leftAtMs.getOrDefault(demand.member(), 0L) >= askedMs;
        if (doesNotArrive || left) {
            bench.queues.giveBack(delivery.key(), demand.member(), delivery.acquired());
            for (Acquired range : delivery.acquired()) {
                for (long offset = range.first(); offset <= range.last(); offset++) {
                    queue.at(offset).deliveriesKnown = false;
                    queue.at(offset).tell(nowMs(), "did not reach %s", demand.member());
                }
            }
            return;
        }
        for (Acquired range : delivery.acquired()) {
            check(
                    range.last() - range.first() < demand.batchSize(),
                    "%s is more than a batch",
                    range);
            for (long offset = range.first(); offset <= range.last(); offset++) {
                delivered(queue, offset, demand.member(), range.deliveries(), askedMs, mine);
                checkRead(queue, offset, batches);
            }
        }
    }

    /** The record is among the batches, and is one that this group may see. */
    private void checkRead(Queue queue, long offset, List<BatchHeader> batches) {
        boolean there = false;
        for (BatchHeader batch : batches) {
            boolean has = batch.baseOffset() <= offset && offset <= batch.lastOffset();
            there |= has;
            check(!has || !batch.isControl(), "%d is a marker", offset);
        }
        check(there, "%d is not among %d batches", offset, batches.size());
        Kind kind = worldLogs.get(queue.key.partition()).kind(offset);
        check(
                !rules(queue).readCommitted() || (kind != Kind.ABORTED && kind != Kind.OPEN),
                "I-15: %d of %s is %s",
                offset,
                queue.key,
                kind);
    }

    private void delivered(
            Queue queue, long offset, String member, int deliveries, long askedMs, int mine) {
        KnownRecord known = queue.at(offset);
        known.tell(nowMs(), "%s has it, %d. time, life %d", member, deliveries, mine);
        int limit = rules(queue).share().deliveryLimit();
        // What a member says of a lock that ran out may reach the next one that it was given.
        boolean others = known.holder != null && !member.equals(known.holder);
        boolean held = others && known.lockEndMs > nowMs() && mine == life;
        check(!held, "I-22: %s %d has a holder: %s", queue.key, offset, known.story);
        // A lock that ran out, and a delivery of its next one that was on its way when it was
        // settled.
        boolean same = member.equals(known.acceptedBy) && askedMs <= known.acceptedMs;
        check(
                !known.acceptedForGood || same,
                "I-24: %s %d was accepted: %s",
                queue.key,
                offset,
                known.story);
        boolean sameDead = member.equals(known.buriedOf) && askedMs <= known.buriedMs;
        check(!known.buried || sameDead, "I-25: %s %d is dead: %s", queue.key, offset, known.story);
        check(deliveries <= limit, "I-25: %d for the %d. time", offset, deliveries);
        check(
                !known.deliveriesKnown || mine != life || deliveries == known.deliveries + 1,
                "I-25: %s %d for the %d. time, after %d: %s",
                queue.key,
                offset,
                deliveries,
                known.deliveries,
                known.story);
        checkOrder(queue, offset, member, Math.max(askedMs, nowMs() - WAY_MS), mine);
        redelivered += deliveries > 1 ? 1 : 0;
        boolean holds = mine == life && !known.wasSaid(member, askedMs);
        known.holder = holds ? member : null; // else perhaps of the leader before
        known.lastHolder = member;
        known.lockEndMs = Math.max(askedMs, nowMs() - WAY_MS) + WorldPlan.LOCK_MS;
        known.deliveries = deliveries;
        known.deliveriesKnown = mine == life;
        known.maybeSettled = false;
    }

    private void checkOrder(Queue queue, long offset, String member, long givenMs, int mine) {
        if (mine != life) {
            return;
        }
        long logStartNow = logStart[queue.key.partition()];
        queue.order.delivered(offset, givenMs, nowMs(), logStartNow);
        ordered += queue.order.orders(offset) ? 1 : 0;
        ending += queue.order.ends(offset) ? 1 : 0;
        if (member.equals("last")) {
            long end = end(queue);
            ShareReply.State stored = bench.store.state(queue.key);
            long start = Math.max(logStartNow, stored.start());
            queue.order.deliveredLast(offset, nowMs(), start, end, stored.batches());
        }
    }

    /** A member says something of what it holds, or of what it held once. */
    private void acknowledge() {
        Queue queue = queues.get(random.nextInt(queues.size()));
        String member = "m" + random.nextInt(MEMBERS);
        List<Acknowledgement> items = new ArrayList<>();
        for (Map.Entry<Long, KnownRecord> entry : queue.records.entrySet()) {
            KnownRecord known = entry.getValue();
            if (member.equals(known.holder) && random.nextInt(5) > 0) {
                items.add(item(entry.getKey()));
            }
            if (items.size() >= 8) {
                break;
            }
        }
        if (!items.isEmpty()) {
            tell(queue, member, items);
        }
    }

    private Acknowledgement item(long offset) {
        int dice = random.nextInt(12);
        if (dice < 7) {
            return new Acknowledgement(offset, offset, Type.ACCEPT);
        }
        if (dice < 10) {
            long againAtMs = random.nextBoolean() ? 0 : nowMs() + random.nextInt(300);
            return new Acknowledgement(offset, offset, Type.RELEASE, againAtMs);
        }
        return new Acknowledgement(offset, offset, dice == 10 ? Type.REJECT : Type.RENEW);
    }

    private void tell(Queue queue, String member, List<Acknowledgement> items) {
        long toldMs = nowMs();
        for (Acknowledgement item : items) {
            queue.at(item.first()).said(nowMs(), member, item);
        }
        bench.queues.acknowledge(
                queue.key,
                member,
                items,
                bench.door,
                error -> {
                    if (error == ErrorCode.NONE) {
                        items.forEach(item -> told(queue.at(item.first()), member, item, toldMs));
                    } else {
                        items.forEach(i -> queue.at(i.first()).tell(nowMs(), "no: %s", error));
                        lateRefused++;
                    }
                });
    }

    private void told(KnownRecord known, String member, Acknowledgement item, long toldMs) {
        accepted += known.told(nowMs(), member, item, toldMs) ? 1 : 0;
    }

    private void leave() {
        Queue queue = queues.get(random.nextInt(queues.size()));
        String member = "m" + random.nextInt(MEMBERS);
        boolean delivered = random.nextBoolean();
        queue.leftAtMs.put(member, nowMs());
        worldLogs.get(queue.key.partition()).kinds.keySet().forEach(queue::at);
        for (KnownRecord known : queue.records.values()) {
            known.deliveriesKnown = false; // it may be on its way to who leaves, and count
            if (member.equals(known.lastHolder)) { // what it said may have been refused
                known.holder = null;
                known.tell(nowMs(), "%s leaves", member);
            }
        }
        bench.queues.leave(queue.key, member, delivered, bench.door, error -> {});
    }

    // ---- leaders

    private void begin() {
        life++;
        for (Queue queue : queues) {
            WorldLog log = worldLogs.get(queue.key.partition());
            log.kinds.keySet().forEach(queue::at); // given to who is gone
            for (KnownRecord known : queue.records.values()) {
                known.holder = null;
                known.deliveriesKnown = false;
                known.tell(nowMs(), "another leader");
            }
        }
    }

    private void failover() {
        begin();
        questions.anotherLeader();
        bench.nextEpoch();
        bench.scheduler.advanceMs(random.nextInt(20));
        begin(); // what the leader before gave in between
        questions.anotherLeader();
    }

    private void crash() {
        crashes++;
        begin();
        bench.crash();
        lostSlices = bench.logs.openSlices();
        bench.scheduler.advanceMs(20);
        for (int number = 0; number < 2; number++) {
            worldLogs.get(number).cut(logEnd(number));
        }
    }

    /** Another broker took over in secret: this one learns it from the store. */
    private void fenced() {
        Queue queue = queues.get(random.nextInt(queues.size()));
        bench.store.ask(new ShareCommand.Read(queue.key, bench.epoch + 1));
        bench.scheduler.advanceMs(random.nextInt(200));
        failover();
    }

    // ---- ports that fail

    private void bury(
            Partition partition, ShareKey key, DeadLetter letter, Consumer<ErrorCode> done) {
        if (plan.faultsOn && random.nextInt(4) == 0) {
            done.accept(ErrorCode.NOT_ENOUGH_REPLICAS);
            return;
        }
        letters++;
        Queue queue = requireNonNull(byKey.get(key));
        for (long offset = letter.first(); offset <= letter.last(); offset++) {
            KnownRecord known = queue.at(offset);
            // of what retention took, nobody is told what had become of it
            boolean gone = offset < logStart[key.partition()];
            check(
                    !known.acceptedForGood || gone,
                    "I-24: %s %d was accepted and is dead: %s",
                    key,
                    offset,
                    known.story);
            known.buried = bug != WorldPlan.Bug.DEAD_LETTER_NOT_WRITTEN;
            known.buriedMs = nowMs();
            known.buriedOf = letter.member();
            known.tell(nowMs(), "%s", letter);
        }
        done.accept(ErrorCode.NONE);
    }

    // ---- the end

    /** All works again: every record comes to an end. */
    private void finish() {
        plan.faultsOn = false;
        for (int i = 0; i < 10; i++) {
            grow();
        }
        bench.settle();
        crash();
        bench.settle();
        for (int round = 0; !allDone(); round++) {
            check(round < LIVELY_ROUNDS, "stuck: %s%s", this, firstStories());
            for (Queue queue : queues) {
                lastTake(queue);
            }
            bench.scheduler.advanceMs(60);
            for (Queue queue : queues) {
                lastAccept(queue);
            }
            bench.scheduler.advanceMs(60);
        }
        for (Queue queue : queues) {
            judge(queue);
        }
        bench.scheduler.advanceMs(70_000);
        int open = bench.logs.openSlices() - lostSlices;
        check(open == 0, "%d slices are open", open);
        check(bench.atWork() == 0, "%d queues are at work", bench.atWork());
    }

    private String firstStories() {
        StringBuilder text = new StringBuilder();
        for (Queue queue : queues) {
            long start = bench.store.state(queue.key).start();
            if (start < end(queue)) {
                text.append("%n%s %d:%s".formatted(queue.key, start, queue.at(start).story));
                text.append("%nstored: %s".formatted(bench.store.state(queue.key)));
            }
        }
        return text.toString();
    }

    private boolean allDone() {
        for (Queue queue : queues) {
            if (bench.store.state(queue.key).start() < end(queue)) {
                return false;
            }
        }
        return true;
    }

    private long end(Queue queue) {
        Partition.PartitionStatus now = bench.partition(queue.key.partition()).status();
        return rules(queue).readCommitted() ? now.lastStableOffset() : now.highWatermark();
    }

    private void lastTake(Queue queue) {
        Demand demand =
                new Demand(
                        "last",
                        List.of(new Wanted(queue.key, false)),
                        1_000,
                        true,
                        1_000,
                        1 << 20,
                        1,
                        50);
        take(demand, false, false);
    }

    private void lastAccept(Queue queue) {
        List<Acknowledgement> items = new ArrayList<>();
        queue.records.forEach((offset, known) -> {
            if ("last".equals(known.holder)) {
                items.add(new Acknowledgement(offset, offset, Type.ACCEPT));
            }
        });
        if (!items.isEmpty()) {
            tell(queue, "last", items);
        }
    }

    /** I-23: what a group may see was accepted, or is dead, or may be either. */
    private void judge(Queue queue) {
        boolean committed = rules(queue).readCommitted();
        WorldLog log = worldLogs.get(queue.key.partition());
        for (long offset : log.kinds.headMap(end(queue)).keySet()) {
            boolean there = offset >= logStart[queue.key.partition()];
            check(
                    !there
                            || !log.visible(offset, committed)
                            || queue.order.hasEnded(offset, nowMs()),
                    "I-23: %s %d vanished",
                    queue.key,
                    offset);
        }
    }

    static void check(boolean holds, String text, Object... values) {
        if (!holds) {
            throw new AssertionError(text.formatted(values));
        }
    }

    /** For the transcript of a failure. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 2; i++) {
            Partition of = bench.partition(i);
            text.append("%s, leads in %d; ".formatted(of.status(), of.leadingEpoch()));
        }
        for (Queue queue : queues) {
            text.append(
                    "%s at %d of %d, %s; "
                            .formatted(
                                    queue.key.group() + queue.key.partition(),
                                    bench.store.state(queue.key).start(),
                                    logEnd(queue.key.partition()),
                                    rules(queue)));
        }
        return text + lastError;
    }
}
