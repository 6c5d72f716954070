package io.sluice.simulator.quorum;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.engine.metadata.Quorum;
import io.sluice.simulator.world.Effects.Effect;
import io.sluice.simulator.world.Network;
import io.sluice.simulator.world.SimProcess;
import io.sluice.simulator.world.World;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The log that all brokers share, and who leads it. It is not Raft, but what can be seen of it from
 * above: a leader that cannot reach a majority is replaced while it still believes to lead; an
 * entry under way at that time is committed, or passed over by all alike, or gone; each broker gets
 * what is committed in order, in its own time, and only while it hears the leader.
 */
public final class SimQuorum {

    private static final long TICK_MS = 100;
    private static final long RETRY_MS = 50;

    /** How long a leader may be out of touch before another is elected. */
    private static final long ELECTION_MS = 800;

    /** An entry that is applied nowhere: the start of a term, or decided in an earlier one. */
    private static final byte[] PASSED_OVER = new byte[0];

    private record Proposal(
            SimMetadataLog from, long term, byte[] entry, Completion<Long> done, long readyNanos) {}

    private final World world;
    private final Network network;
    private final Random random;
    private final List<Integer> voters;
    private final EntryFilter filter;
    private final Snapshotter snapshotter;
    private final Observer observer;
    private final List<byte[]> committed = new ArrayList<>();
    private final SortedMap<Integer, Member> members = new TreeMap<>();
    private final Deque<Proposal> proposals = new ArrayDeque<>();
    private final Questions questions;
    private final Deque<byte[]> strays = new ArrayDeque<>();
    private boolean commitsOldTerms;
    private int leader = Quorum.NOBODY;
    private long term;
    private long barrier;
    private long outOfTouchSince = -1L;
    private boolean committing;
    private long purgedUpTo = Member.NOTHING;
    private byte[] snapshot = PASSED_OVER;
    private long elections;
    private long installs;
    private long unknownOutcomes;

    /** May spoil an entry before it is committed: a controller with a defect. */
    @FunctionalInterface
    public interface EntryFilter {
        byte[] pass(byte[] entry);
    }

    /** Is told of every entry, when it is committed and not passed over. */
    @FunctionalInterface
    public interface Observer {
        void committed(long index, byte[] entry);
    }

    /** Makes the state out of all entries that led to it. */
    @FunctionalInterface
    public interface Snapshotter {
        byte[] state(List<byte[]> entries);
    }

    public SimQuorum(
            World world,
            Network network,
            List<Integer> voters,
            EntryFilter filter,
            Snapshotter snapshotter,
            Observer observer) {
        this.world = world;
        this.network = network;
        this.random = world.random("quorum");
        this.voters = List.copyOf(voters);
        this.filter = filter;
        this.snapshotter = snapshotter;
        this.observer = observer;
        this.questions = new Questions(this, world, network);
        world.afterMs(1, this::tick);
    }

    /** Whether it does what no quorum may: commit in one term what was decided in another. */
    public void commitOldTerms(boolean does) {
        commitsOldTerms = does;
    }

    /** The log for a new process of that broker. */
    public SimMetadataLog open(int broker, SimProcess process, EventLoop home) {
        return new SimMetadataLog(this, member(broker), process, home);
    }

    Member member(int broker) {
        return members.computeIfAbsent(broker, Member::new);
    }

    /** The broker's disk is new: it learns everything again. */
    public void wipe(int broker) {
        member(broker).wipe();
    }

    /** Entries reach that broker late for a while. */
    public void lag(int broker, long ms) {
        member(broker).lagsUntilNanos = world.nowNanos() + ms * 1_000_000L;
    }

    /** Takes the leadership away, as a long pause of its holder would. */
    public boolean depose() {
        if (leader == Quorum.NOBODY) {
            return false;
        }
        world.felt(Effect.QUORUM_LEADER_DEPOSED);
        endTerm();
        return true;
    }

    /** Stores the state as it is; who has not got as far is given that, and no entry before. */
    public void purge() {
        purgedUpTo = lastCommitted();
        snapshot = snapshotter.state(committed.stream().filter(e -> e != PASSED_OVER).toList());
        for (Member one : members.values()) {
            if (one.applied >= purgedUpTo) {
                one.snapshotIndex = purgedUpTo;
                one.snapshot = snapshot;
            }
        }
    }

    /** How often a broker was given the state instead of entries. */
    public long installs() {
        return installs;
    }

    public int leader() {
        return leader;
    }

    public long term() {
        return term;
    }

    public long elections() {
        return elections;
    }

    /** Entries whose proposer never learnt what became of them. */
    public long unknownOutcomes() {
        return unknownOutcomes;
    }

    long lastCommitted() {
        return committed.size() - 1L;
    }

    // Who leads.

    private void tick() {
        if (leader == Quorum.NOBODY) {
            elect();
        } else if (isFit(leader)) {
            outOfTouchSince = -1L;
        } else if (outOfTouchSince < 0) {
            outOfTouchSince = world.nowMs();
        } else if (world.nowMs() - outOfTouchSince > ELECTION_MS) {
            endTerm();
        }
        world.afterMs(TICK_MS / 2 + random.nextInt((int) TICK_MS), this::tick);
    }

    /** Whether it runs and hears a majority of the voters, and they it. */
    private boolean isFit(int candidate) {
        if (!takesPart(candidate)) {
            return false;
        }
        long heard =
                voters.stream()
                        .filter(voter -> takesPart(voter) && network.joins(candidate, voter))
                        .count();
        return 2 * heard > voters.size();
    }

    private boolean takesPart(int broker) {
        SimMetadataLog live = member(broker).live;
        return live != null && live.takesPart();
    }

    private void elect() {
        List<Integer> fit = voters.stream().filter(this::isFit).toList();
        if (fit.isEmpty()) {
            return;
        }
        leader = fit.get(random.nextInt(fit.size()));
        term++;
        elections++;
        outOfTouchSince = -1L;
        committed.add(PASSED_OVER);
        barrier = lastCommitted();
        world.trace().tell("quorum", "broker %d leads in term %d", leader, term);
        world.trace().note(-1L, leader, term);
        for (Member one : members.values()) {
            deliverSoon(one);
        }
    }

    private void endTerm() {
        world.trace().tell("quorum", "broker %d leads no longer (term %d)", leader, term);
        int old = leader;
        long over = term;
        leader = Quorum.NOBODY;
        term++;
        decideFates();
        long hearsAfter = 1 + random.nextInt(1_000);
        SimMetadataLog live = member(old).live;
        world.afterMs(
                hearsAfter,
                () -> {
                    if (live != null) {
                        inform(live, () -> live.tellLeadership(false, over));
                    }
                });
    }

    /** Of what was under way, some is committed, some passed over, the rest gone. */
    private void decideFates() {
        int kept = random.nextInt(proposals.size() + 1);
        for (Proposal one : proposals) {
            unknownOutcomes++;
            if (kept-- > 0) {
                store(one.entry);
            } else if (commitsOldTerms) {
                strays.add(one.entry);
            } else if (random.nextBoolean()) {
                committed.add(PASSED_OVER);
            }
            failLater(one.from, one.term, one.done);
        }
        proposals.clear();
    }

    private void failLater(SimMetadataLog from, long of, Completion<Long> done) {
        world.afterMs(
                1 + random.nextInt(500),
                () -> inform(from, () -> done.failed(SimMetadataLog.lost(of))));
    }

    /** Runs something at a process, if it is still there. */
    static void inform(SimMetadataLog log, Runnable task) {
        log.process().run(() -> log.home().execute(task));
    }

    // Entries.

    void propose(SimMetadataLog from, Member member, long of, byte[] entry, Completion<Long> done) {
        if (member.id != leader || of != term) {
            failLater(from, of, done);
            return;
        }
        long ready = world.nowNanos() + 500_000L + random.nextInt(4_000_000);
        proposals.add(new Proposal(from, of, entry, done, ready));
        commitSoon();
    }

    private void commitSoon() {
        if (!committing && !proposals.isEmpty()) {
            committing = true;
            long wait = Math.max(0L, proposals.getFirst().readyNanos - world.nowNanos());
            world.after(wait, this::commit);
        }
    }

    private void commit() {
        committing = false;
        if (proposals.isEmpty()) {
            return;
        }
        if (!isFit(leader)) {
            committing = true;
            world.afterMs(RETRY_MS, this::commit);
            return;
        }
        Proposal next = proposals.removeFirst();
        if (!strays.isEmpty()) {
            store(strays.removeFirst());
        }
        store(next.entry);
        long index = lastCommitted();
        world.trace().note(-2L, index, next.term);
        inform(
                next.from,
                () -> {
                    deliverTo(next.from, index);
                    next.done.succeeded(index);
                });
        members.values().forEach(this::deliverSoon);
        commitSoon();
    }

    private void store(byte[] entry) {
        byte[] passed = filter.pass(entry);
        committed.add(passed);
        observer.committed(lastCommitted(), passed);
    }

    private void deliverTo(SimMetadataLog log, long upTo) {
        Member member = memberOf(log);
        if (member != null) {
            apply(member, log, upTo);
        }
    }

    private @Nullable Member memberOf(SimMetadataLog log) {
        for (Member one : members.values()) {
            if (one.live == log) {
                return one;
            }
        }
        return null;
    }

    private void deliverSoon(Member member) {
        if (!member.delivering) {
            member.delivering = true;
            boolean lags = member.lagsUntilNanos > world.nowNanos();
            if (lags) {
                world.felt(Effect.METADATA_ENTRY_LATE);
            }
            long wait = network.latency() + (lags ? random.nextInt(2_000) * 1_000_000L : 0L);
            world.after(wait, () -> deliver(member));
        }
    }

    private void deliver(Member member) {
        member.delivering = false;
        SimMetadataLog log = member.live;
        if (log == null || !log.isUsable()) {
            return; // it asks when it starts
        }
        if (leader == Quorum.NOBODY || !network.joins(leader, member.id)) {
            if (leader != Quorum.NOBODY) {
                network.held();
            }
            member.delivering = true;
            world.afterMs(RETRY_MS, () -> deliver(member));
            return;
        }
        int now = leader;
        long of = term;
        long upTo = lastCommitted();
        inform(log, () -> heard(member, log, now, of, upTo));
    }

    /** On the broker's loop: it hears from the leader. */
    private void heard(Member member, SimMetadataLog log, int from, long of, long upTo) {
        if (log.isClosed() || of < member.knownTerm) {
            return;
        }
        if (of > member.knownTerm) {
            log.tellLeadership(false, of); // before it sees what another has decided
        }
        member.knownLeader = from;
        member.knownTerm = of;
        apply(member, log, upTo);
        boolean leadsNow = leader == member.id && term == of && from == member.id;
        if (leadsNow && member.applied >= barrier && !log.leadsIn(of)) {
            log.tellLeadership(true, of);
        }
        if (member.applied < lastCommitted()) {
            deliverSoon(member);
        }
    }

    private void apply(Member member, SimMetadataLog log, long upTo) {
        if (member.applied < purgedUpTo && upTo >= purgedUpTo) {
            installs++;
            world.felt(Effect.METADATA_SNAPSHOT_TAKEN);
            member.applied = purgedUpTo;
            member.snapshotIndex = purgedUpTo;
            member.snapshot = snapshot;
            log.listener().restore(purgedUpTo, ByteBuffer.wrap(snapshot.clone()));
        }
        while (member.applied < upTo && !log.isClosed()) {
            long index = member.applied + 1;
            member.applied = index;
            byte[] entry = committed.get((int) index);
            if (entry != PASSED_OVER) {
                log.listener().apply(index, ByteBuffer.wrap(entry.clone()));
            }
        }
    }

    // Starting.

    /** Runs the replay after the time it takes to read a disk. */
    void started(SimMetadataLog log, Member member, Runnable replay) {
        world.trace().note(-3L, member.id, member.applied);
        if (member.id == leader) {
            endTerm(); // it led in another life
        }
        world.afterMs(
                1 + random.nextInt(20), () -> log.process().run(() -> log.home().execute(replay)));
    }

    /** What the disk holds behind the snapshot. */
    void replay(Member member, MetadataLog.Listener to) {
        for (long i = member.snapshotIndex + 1; i <= member.applied; i++) {
            byte[] entry = committed.get((int) i);
            if (entry != PASSED_OVER) {
                to.apply(i, ByteBuffer.wrap(entry.clone()));
            }
        }
    }

    void caughtUp(Member member) {
        member.knownLeader = Quorum.NOBODY;
        deliverSoon(member);
    }

    // Questions.

    void ask(SimMetadataLog from, Member member, byte[] question, Completion<ByteBuffer> done) {
        questions.ask(from, member, question, done);
    }

    /** The leader's live log, if that broker knows who leads, and it does. */
    @Nullable SimMetadataLog leaderAt(int broker) {
        Member target = members.get(broker);
        SimMetadataLog live = target == null ? null : target.live;
        return broker == leader && live != null && live.leadsIn(term) ? live : null;
    }

    Quorum describe(Member member) {
        return new Quorum(
                member.knownLeader,
                member.knownTerm,
                member.applied,
                voters.stream().map(SimQuorum::unknown).toList(),
                List.of());
    }

    private static Quorum.Member unknown(int voter) {
        return new Quorum.Member(voter, Quorum.UNKNOWN, Quorum.UNKNOWN);
    }
}
