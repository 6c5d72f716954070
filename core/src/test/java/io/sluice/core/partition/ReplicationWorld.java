package io.sluice.core.partition;

import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.partition.PartitionFollower.Answer;
import io.sluice.core.partition.PartitionFollower.Question;
import io.sluice.core.partition.ReplicaSet.Member;
import io.sluice.core.partition.ReplicaSet.Replica;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Three replicas of one partition, a tiny controller, and messages that are lost, repeated and
 * overtaken. Replicas crash and lose what they had not flushed; one that is not the last in sync
 * may come back with a wiped disk. After every event I-7 to I-12 are checked; in the end the faults
 * stop, and all must be in sync again (I-13).
 */
final class ReplicationWorld {

    static final int REPLICAS = 3;
    static final long LAG_MAX_MS = 100L;
    static final long LEASE_MS = 250L;

    /** What is wrong on purpose. */
    enum Bug {
        NONE,
        TRUNCATE_BY_HIGH_WATERMARK,
        COUNT_A_STALE_FOLLOWER,
        IGNORE_PENDING_ADDITIONS,
        COUNT_LOG_END,
        JOIN_BEFORE_THE_EPOCH_START,

        /** As before KIP-320: a fetch is served and an answer taken whatever epoch they are of. */
        IGNORE_EPOCH_FENCE,
        ELECT_OUTSIDE_THE_ISR
    }

    /** What is on its way. */
    sealed interface Message {
        record Fetch(int from, long brokerEpoch, Question question, long followedMs)
                implements Message {}

        record Fetched(int to, long brokerEpoch, Answer answer, long servedMs) implements Message {}

        record Propose(int from, long brokerEpoch, ReplicaSet.Proposal proposal)
                implements Message {}

        record Proposed(int to, long brokerEpoch, int partitionEpoch, boolean refused)
                implements Message {}
    }

    /** What the controller says, in order; brokers apply it late. */
    private record Image(int leader, int leaderEpoch, ReplicaSet set) {}

    final Random random;
    final Bug bug;
    final ReplicaPolicy policy;
    final Map<Integer, TransactionMarker> markers = new HashMap<>();
    private final List<ModelReplica> replicas = new ArrayList<>();
    private final List<Message> messages = new ArrayList<>();
    private final List<Image> images = new ArrayList<>();
    private final TreeMap<Long, BatchHeader> committed = new TreeMap<>();
    private final boolean[] fenced = new boolean[REPLICAS];
    private final long[] registered = new long[REPLICAS];
    private List<Integer> isr = List.of(0, 1, 2);
    private int leader;
    private int leaderEpoch = 1;
    private int partitionEpoch = 1;
    private long nextBrokerEpoch = 100;
    private int nextValue = 1;
    private int acknowledged;
    private int inDoubt;
    long nowMs;

    ReplicationWorld(long seed, Bug bug) {
        this.random = new Random(seed);
        this.bug = bug;
        this.policy = new ReplicaPolicy(true, Long.MAX_VALUE, 1 + random.nextInt(2), LAG_MAX_MS);
        for (int id = 0; id < REPLICAS; id++) {
            ModelReplica replica = new ModelReplica(id, this);
            replica.brokerEpoch = nextBrokerEpoch++;
            registered[id] = replica.brokerEpoch;
            replicas.add(replica);
        }
        publish();
        replicas.forEach(this::applyImage);
    }

    void run(int steps) {
        for (int i = 0; i < steps; i++) {
            nowMs += random.nextInt(4);
            event(random.nextInt(1_000));
            checkAll();
        }
    }

    private void event(int kind) {
        ModelReplica one = replicas.get(random.nextInt(REPLICAS));
        if (kind < 100) {
            append(one);
        } else if (kind < 300) {
            one.flushSome();
        } else if (kind < 700) {
            deliver();
        } else if (kind < 790) {
            one.fetch();
        } else if (kind < 830) {
            one.finishCut();
        } else if (kind < 920) {
            applyImage(one);
        } else if (kind < 940) {
            one.step(new LeaderInput.Tick<>());
        } else if (kind < 943) {
            one.lease.renew(nowMs - random.nextLong(LEASE_MS));
        } else if (kind < 946) {
            one.deleteRecords();
        } else if (kind < 954) {
            crash(one);
        } else if (kind < 970) {
            restart(one, true);
        } else if (kind < 975) {
            fence(one.id);
        } else {
            unfence(one);
        }
    }

    void send(Message message) {
        messages.add(message);
        if (messages.size() > 40) {
            lost(messages.remove(random.nextInt(messages.size())));
        }
    }

    /** Whoever proposes is always told something: that nobody knows, at worst. */
    private void lost(Message message) {
        switch (message) {
            case Message.Propose propose -> answer(propose, false);
            case Message.Proposed proposed -> messages.add(proposed);
            case Message.Fetch fetch -> {}
            case Message.Fetched fetched -> {}
        }
    }

    private void deliver() {
        if (messages.isEmpty()) {
            return;
        }
        int fate = random.nextInt(20);
        int at = random.nextInt(messages.size());
        Message message = fate == 0 ? messages.get(at) : messages.remove(at);
        if (fate == 1) {
            lost(message);
        } else {
            arrived(message);
        }
    }

    private void arrived(Message message) {
        switch (message) {
            case Message.Fetch fetch -> {
                ModelReplica to = replicas.get(fetch.question.leader());
                if (to.alive) {
                    long epoch =
                            bug == Bug.COUNT_A_STALE_FOLLOWER
                                    ? registered[fetch.from]
                                    : fetch.brokerEpoch;
                    Answer answer = to.serve(fetch.from, epoch, fetch.question, fetch.followedMs);
                    send(new Message.Fetched(fetch.from, fetch.brokerEpoch, answer, nowMs));
                }
            }
            case Message.Fetched fetched -> {
                ModelReplica to = replicas.get(fetched.to);
                if (to.alive && to.brokerEpoch == fetched.brokerEpoch) {
                    int leader = fetched.answer.asked().leader();
                    to.heardMs[leader] = Math.max(to.heardMs[leader], fetched.servedMs);
                    to.step(new PartitionFollower.Input.Fetched(ofNow(to, fetched.answer)));
                }
            }
            case Message.Propose propose -> decide(propose);
            case Message.Proposed proposed -> {
                ModelReplica to = replicas.get(proposed.to);
                if (to.alive && to.brokerEpoch == proposed.brokerEpoch) {
                    to.step(
                            new LeaderInput.ProposalAnswered<>(
                                    proposed.partitionEpoch, proposed.refused));
                }
            }
        }
    }

    private Answer ofNow(ModelReplica to, Answer answer) {
        if (bug != Bug.IGNORE_EPOCH_FENCE || to.follower == null) {
            return answer;
        }
        Question asked = answer.asked();
        return new Answer(
                new Question(
                        asked.leader(),
                        to.follower.leaderEpoch(),
                        asked.fetchOffset(),
                        asked.lastEpoch(),
                        asked.durableEnd(),
                        asked.logStart()),
                answer.error(),
                answer.highWatermark(),
                answer.logStart(),
                answer.divergingEpoch(),
                answer.divergingEnd(),
                answer.batches());
    }

    Isr isr() {
        return switch (bug) {
            case IGNORE_PENDING_ADDITIONS ->
                    new Isr() {
                        @Override
                        boolean counts(Place place) {
                            return place == Place.IN || place == Place.LEAVING;
                        }
                    };
            case JOIN_BEFORE_THE_EPOCH_START ->
                    new Isr() {
                        @Override
                        boolean hasCaughtUp(long held, long highWatermark, long epochStart) {
                            return held >= highWatermark;
                        }
                    };
            default -> new Isr();
        };
    }

    // The controller.

    private void publish() {
        List<Replica> all = new ArrayList<>();
        for (int id = 0; id < REPLICAS; id++) {
            all.add(new Replica(id, registered[id], !fenced[id]));
        }
        images.add(new Image(leader, leaderEpoch, new ReplicaSet(-1, partitionEpoch, all, isr)));
    }

    private void decide(Message.Propose propose) {
        ReplicaSet.Proposal wanted = propose.proposal;
        boolean refused =
                propose.from != leader
                        || wanted.leaderEpoch() != leaderEpoch
                        || wanted.partitionEpoch() != partitionEpoch;
        if (!refused) {
            for (Member member : wanted.isr()) {
                refused |=
                        fenced[member.brokerId()]
                                || registered[member.brokerId()] != member.brokerEpoch();
            }
            if (!refused) {
                isr = wanted.isr().stream().map(Member::brokerId).toList();
                partitionEpoch++;
                publish();
                return;
            }
            answer(propose, true);
            return;
        }
        answer(propose, false); // a newer partition epoch is on its way
    }

    private void answer(Message.Propose propose, boolean refused) {
        int epoch = propose.proposal.partitionEpoch();
        send(new Message.Proposed(propose.from, propose.brokerEpoch, epoch, refused));
    }

    /** Leaves the ISR unless it is the last; its leadership goes to the next in sync. */
    private void fence(int id) {
        if (!fenced[id]) {
            fenced[id] = true;
            leaveIsr(id);
            elect();
        }
    }

    private void leaveIsr(int id) {
        if (isr.contains(id) && isr.size() > 1) {
            isr = isr.stream().filter(member -> member != id).toList();
        }
    }

    private void elect() {
        if (leader >= 0 && !fenced[leader]) {
            partitionEpoch++;
            publish();
            return;
        }
        leader = -1;
        for (int id = 0; id < REPLICAS; id++) {
            if (leader < 0
                    && !fenced[id]
                    && (isr.contains(id) || bug == Bug.ELECT_OUTSIDE_THE_ISR)) {
                leader = id;
                isr = isr.contains(id) ? isr : List.of(id);
            }
        }
        leaderEpoch++;
        partitionEpoch++;
        publish();
    }

    private void unfence(ModelReplica one) {
        if (fenced[one.id] && one.alive && one.brokerEpoch == registered[one.id]) {
            fenced[one.id] = false;
            elect();
        }
    }

    private void crash(ModelReplica one) {
        if (one.alive) {
            one.crash();
        }
    }

    private void restart(ModelReplica one, boolean mayBeWiped) {
        if (one.alive) {
            return;
        }
        boolean last = isr.size() == 1 && isr.contains(one.id);
        if (mayBeWiped && !last && random.nextInt(3) == 0) {
            one.wipe();
            one.wipedAt = images.size();
        }
        one.alive = true;
        one.brokerEpoch = nextBrokerEpoch++;
        registered[one.id] = one.brokerEpoch;
        fenced[one.id] = true;
        leaveIsr(one.id);
        elect();
        one.applied = images.size() - 2; // it starts with the newest image
        applyImage(one);
    }

    private void applyImage(ModelReplica one) {
        if (!one.alive || one.applied == images.size() - 1) {
            return;
        }
        one.applied++;
        Image image = images.get(one.applied);
        ReplicaSet all = image.set;
        ReplicaSet set = new ReplicaSet(one.id, all.partitionEpoch(), all.replicas(), all.isr());
        if (image.leader == one.id) {
            if (one.leader != null
                    && one.isLeading()
                    && one.leader.leaderEpoch() == image.leaderEpoch) {
                one.step(new LeaderInput.ReplicasChanged<>(set));
            } else {
                if (random.nextInt(4) > 0) {
                    one.lease.renew(nowMs); // who was elected is counted on, if it hears it soon
                }
                one.lead(image.leaderEpoch, set);
            }
        } else if (image.leader >= 0) {
            one.follow(image.leader, image.leaderEpoch);
        } else {
            one.idle();
        }
    }

    // Clients.

    private void append(ModelReplica one) {
        PartitionLeader<Integer> machine = one.leader;
        if (machine == null || !one.alive) {
            return;
        }
        int value = nextValue++;
        int kind = random.nextInt(10);
        long producer = 1 + random.nextInt(2);
        if (kind == 0) {
            TransactionMarker marker =
                    new TransactionMarker(producer, (short) 0, 1, true, (short) 1);
            markers.put(value, marker);
            BatchHeader batch = batch(value, producer, BatchHeader.NO_SEQUENCE, 1, 0x30);
            one.step(new LeaderInput.End<>(value, marker, batch, nowMs + 300));
            return;
        }
        BatchHeader batch =
                kind < 4
                        ? batch(value, producer, sequence(one, producer), 1, 0x10)
                        : batch(value, -1L, BatchHeader.NO_SEQUENCE, 1 + random.nextInt(3), 0);
        long guard = PartitionLeader.NO_GUARD;
        if (batch.isTransactional()
                && machine.beginTransaction(batch, false) instanceof Admission.Guarded guarded) {
            guard = guarded.guard();
        }
        short acks = (short) (value % 4 == 0 ? 1 : -1);
        one.step(new LeaderInput.Append<>(value, List.of(batch), -1, acks, nowMs + 300, guard));
    }

    private static int sequence(ModelReplica one, long producer) {
        for (ProducerStates.Entry entry : one.producers.entries()) {
            ProducerStates.Batch last = entry.lastBatch();
            if (entry.producerId() == producer && last != null) {
                return last.lastSequence() + 1;
            }
        }
        return 0;
    }

    boolean acksAll(int ticket) {
        return ticket % 4 != 0;
    }

    private static BatchHeader batch(
            int value, long producer, int sequence, int records, int attributes) {
        return new BatchHeader(
                0L,
                100,
                -1,
                BatchHeader.MAGIC_V2,
                value,
                (short) attributes,
                records - 1,
                1L,
                1L,
                producer,
                (short) (producer < 0 ? -1 : 0),
                sequence,
                records);
    }

    // The checks.

    void check(boolean holds, Supplier<String> what) {
        if (!holds) {
            throw new AssertionError(what.get());
        }
    }

    /** What a replica calls committed is so for ever, and the same everywhere (I-8, I-10). */
    void committed(ModelReplica by, long highWatermark) {
        for (int i = by.log.size() - 1; i >= 0; i--) {
            BatchHeader batch = by.log.get(i);
            if (batch.nextOffset() <= highWatermark) {
                BatchHeader known = committed.putIfAbsent(batch.baseOffset(), batch);
                check(
                        known == null || known.equals(batch),
                        () -> "I-10: " + by.id + " commits " + batch + " over " + known);
                if (known != null && i < by.log.size() - 8) {
                    return;
                }
            }
        }
    }

    void acknowledged(ModelReplica by, BatchHeader batch) {
        acknowledged++;
        int holders = 0;
        for (ModelReplica one : replicas) {
            boolean wipedSince = one.wipedAt > by.applied; // it had it, and nobody knows yet
            boolean holds = one.durable >= batch.nextOffset() && has(one, batch);
            holders += holds || wipedSince ? 1 : 0;
        }
        int found = holders;
        check(
                found >= policy.minInsyncReplicas(),
                () ->
                        "I-9: "
                                + by.id
                                + " acknowledges "
                                + batch
                                + ", held by "
                                + found
                                + "\n"
                                + this);
        committed(by, batch.nextOffset());
    }

    /** One copy alone: taken only while nobody else can have been elected, as far as is known. */
    void taken(ModelReplica by, BatchHeader batch) {
        if (!by.lease.isOver(nowMs)) {
            return;
        }
        for (int id : images.get(by.applied).set.isr()) {
            check(
                    id == by.id || nowMs - by.followedMsOf[id] < LEASE_MS,
                    () -> by.id + " takes " + batch + ", and does not hear " + id + "\n" + this);
        }
    }

    private static boolean has(ModelReplica one, BatchHeader batch) {
        return one.start > batch.baseOffset() || one.log.contains(batch);
    }

    void checkNewLeader(ModelReplica one, int epoch) {
        for (Image image : images) {
            if (image.leaderEpoch == epoch && image.leader >= 0) {
                check(image.leader == one.id, () -> "I-7: two leaders of epoch " + epoch);
                check(image.set.isr().contains(one.id), () -> "I-11: " + one.id);
            }
        }
    }

    private void checkAll() {
        for (ModelReplica one : replicas) {
            inDoubt += one.leader != null && one.leader.isInDoubt() ? 1 : 0;
            if (one.leader != null && one.isLeading() && one.leader.leaderEpoch() == leaderEpoch) {
                checkLeader(one);
            }
            checkStable(one);
        }
        for (int id : isr) {
            check(
                    registered[id] == replicas.get(id).brokerEpoch || !replicas.get(id).alive,
                    () -> "I-12: a former life of " + id + " is in sync");
            checkHolds(replicas.get(id));
        }
        checkMatch(replicas.get(0), replicas.get(1));
        checkMatch(replicas.get(1), replicas.get(2));
        checkMatch(replicas.get(0), replicas.get(2));
    }

    /** Every member of the ISR has what is committed, durably (I-8). */
    private void checkHolds(ModelReplica one) {
        for (BatchHeader batch : committed.tailMap(one.start).values()) {
            check(
                    one.durable >= batch.nextOffset() && one.log.contains(batch),
                    () -> "I-8: " + one.id + " is in sync without " + batch + "\n" + this);
        }
    }

    private void checkLeader(ModelReplica one) {
        for (int id : isr) {
            long durable = replicas.get(id).durable;
            check(
                    one.highWatermark <= durable,
                    () -> "I-9: " + one.id + "'s high watermark passes " + id + "\n" + this);
        }
    }

    private void checkStable(ModelReplica one) {
        long stable = -1L;
        if (one.leader != null) {
            stable = one.leader.lastStableOffset();
        } else if (one.follower != null) {
            stable = one.follower.lastStableOffset();
        }
        long found = stable;
        check(found <= one.highWatermark, () -> "I-15: above the high watermark: " + found);
        check(
                found <= Math.max(one.start, one.producers.firstOpen()),
                () -> "I-15: stable " + found + ", open " + one.producers.firstOpen());
    }

    /** Where two logs agree on an offset and its epoch they agree on all below (I-10). */
    private void checkMatch(ModelReplica a, ModelReplica b) {
        Map<Long, BatchHeader> other = new HashMap<>();
        b.log.forEach(batch -> other.put(batch.baseOffset(), batch));
        boolean matched = false;
        for (int i = a.log.size() - 1; i >= 0; i--) {
            BatchHeader mine = a.log.get(i);
            BatchHeader theirs = other.get(mine.baseOffset());
            matched |= theirs != null && theirs.leaderEpoch() == mine.leaderEpoch();
            if (matched && mine.baseOffset() >= b.start) {
                check(
                        mine.equals(theirs),
                        () -> "I-10: " + mine + " and " + theirs + " in\n" + this);
            }
        }
    }

    /** The faults stop: in bounded time all are in sync with the same log (I-13). */
    void heal() {
        for (ModelReplica one : replicas) {
            restart(one, false);
        }
        for (int round = 0; round < 400; round++) {
            nowMs += 5;
            for (ModelReplica one : replicas) {
                one.lease.renew(nowMs);
                unfence(one);
                applyImage(one);
                one.finishCut();
                one.flushSome();
                one.step(new LeaderInput.Tick<>());
                one.fetch();
            }
            for (int i = 0; i < 12; i++) {
                if (!messages.isEmpty()) {
                    arrived(messages.removeFirst());
                }
            }
            checkAll();
        }
        check(isr.size() == REPLICAS, () -> "I-13: not all in sync\n" + this);
        for (ModelReplica one : replicas) {
            ModelReplica first = replicas.getFirst();
            check(
                    one.end == first.end && one.durable == one.end,
                    () -> "I-13: " + one.id + " ends at " + one.end + ", not " + first.end);
            check(
                    one.highWatermark == one.end,
                    () -> "I-13: " + one.id + " has high watermark " + one.highWatermark);
            check(one.asked.isEmpty(), () -> "I-13: unanswered at " + one.id + ": " + one.asked);
            checkProducers(one);
        }
    }

    /** What is known of producers is what the log tells. */
    private void checkProducers(ModelReplica one) {
        List<String> known = producers(one);
        one.producers.clear();
        ModelReplica fresh = new ModelReplica(9, this);
        if (one.start == 0) {
            fresh.append(one.log, 0, one.log.size());
            check(known.equals(producers(fresh)), () -> known + " is not " + producers(fresh));
        }
    }

    private static List<String> producers(ModelReplica one) {
        return one.producers.entries().stream()
                .map(entry ->
                        entry.producerId()
                                + " "
                                + entry.lastOffset()
                                + " "
                                + entry.transactionStart()
                                + " "
                                + entry.batches())
                .toList();
    }

    /** For the statistics: what was acknowledged under acks=all. */
    int acknowledgedCount() {
        return acknowledged;
    }

    /** For the statistics: after how many events a leader was in doubt. */
    int inDoubt() {
        return inDoubt;
    }

    /** For the statistics: how many leader epochs there were. */
    int leaderEpochs() {
        return leaderEpoch;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("epoch ").append(leaderEpoch).append(", leader ").append(leader);
        text.append(", partition epoch ").append(partitionEpoch).append(", isr ").append(isr);
        replicas.forEach(one -> text.append('\n').append(one));
        return text.toString();
    }
}
