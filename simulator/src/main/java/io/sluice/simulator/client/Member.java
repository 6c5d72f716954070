package io.sluice.simulator.client;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply;
import io.sluice.core.group.assignor.PartitionSet;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.coordinator.Reply;
import io.sluice.simulator.check.GroupBook;
import io.sluice.simulator.check.GroupBook.Commit;
import io.sluice.simulator.cluster.Groups;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Effects.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A member of a group whose partitions the broker assigns (KIP-848): it says that it lives, works
 * through what it is given and commits how far it is; it leaves, dies and comes back as another
 * one, or stands still and believes what it believed before.
 */
public final class Member extends Client {

    private static final String GROUP = "crew";
    private static final int REBALANCE_MS = 2_000;
    private static final int LEAVE = -1;

    /** How long one that stood still works before it is heard of. */
    private static final int UNHEARD_MS = 200;

    private final GroupBook book;
    private final String topic;
    private final int number;
    private final int paceMs;

    /** Next offset to commit of what it has; empty until it has asked. */
    private final SortedMap<Integer, Optional<Long>> work = new TreeMap<>();

    private PartitionSet owned = PartitionSet.NONE;
    private int epoch;
    private int lives = 1;
    private int fenced;
    private boolean there = true;
    private boolean saysAll = true;
    private long nextBeatMs;
    private long stillUntilMs;

    /**
     * @param topic that it reads
     */
    public Member(Site site, GroupBook book, int number, String topic, int paceMs) {
        super(site, number, "member", new TopicPartition(Groups.TOPIC, 0));
        this.book = book;
        this.topic = topic;
        this.number = number;
        this.paceMs = paceMs;
        retryLater();
    }

    private String id() {
        return "member-" + number + "/" + lives;
    }

    /** Whether it has not gone. */
    public boolean isThere() {
        return there;
    }

    /** How often it was told that it is none. */
    public int fenced() {
        return fenced;
    }

    /** The partitions that it has, as it believes. */
    public List<Integer> partitions() {
        return List.copyOf(work.keySet());
    }

    // What may happen to it.

    /** It is gone without a word, and comes back as another member. */
    public boolean die(int awayMs) {
        if (!there) {
            return false;
        }
        world().trace().tell(name(), "%s dies", id());
        go(awayMs);
        return true;
    }

    /** It says so, and goes. */
    public boolean leave(int awayMs) {
        if (!there) {
            return false;
        }
        world().trace().tell(name(), "%s leaves", id());
        if (isConnected()) {
            this.<Reply<GroupReply>>ask(
                    (door, answer) -> door.group(beat(LEAVE), answer), reply -> {});
        }
        go(awayMs);
        return true;
    }

    private void go(int awayMs) {
        world().felt(Effect.CLIENT_DIED);
        there = false;
        vanish();
        forget();
        lives++;
        world().afterMs(
                        awayMs,
                        () -> {
                            there = true;
                            retryLater();
                        });
    }

    /** It does nothing for a while, and then goes on as if nothing had been. */
    public boolean standStill(int forMs) {
        if (!there || epoch == 0) {
            return false;
        }
        world().trace().tell(name(), "%s stands still", id());
        world().felt(Effect.CLIENT_DIED);
        stillUntilMs = world().nowMs() + forMs;
        return true;
    }

    private void forget() {
        epoch = 0;
        owned = PartitionSet.NONE;
        work.clear();
        saysAll = true;
    }

    // What it does.

    @Override
    void connected() {
        act();
    }

    @Override
    void disconnected() {
        saysAll = true; // it does not know what was heard of what it said last
    }

    private void act() {
        long now = world().nowMs();
        if (now < stillUntilMs) {
            nextBeatMs = stillUntilMs + random.nextInt(UNHEARD_MS);
            later(stillUntilMs - now, this::act);
        } else if (now >= nextBeatMs || epoch == 0) {
            beat();
        } else if (work.isEmpty()) {
            later(nextBeatMs - now, this::act);
        } else {
            workOn(new ArrayList<>(work.keySet()).get(random.nextInt(work.size())));
        }
    }

    private void actLater() {
        later(1 + random.nextInt(2 * paceMs), this::act);
    }

    private GroupCommand beat(int as) {
        boolean all = saysAll || as == 0;
        return new GroupCommand.Beat(
                GROUP,
                id(),
                as,
                Optional.empty(),
                Optional.empty(),
                "client",
                "/host",
                all ? REBALANCE_MS : -1,
                all ? Optional.of(List.of(topic)) : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(owned),
                all);
    }

    private void beat() {
        GroupCommand said = beat(epoch);
        this.<Reply<GroupReply>>ask((door, answer) -> door.group(said, answer), this::heard);
    }

    private void heard(Reply<GroupReply> reply) {
        if (!(reply instanceof Reply.Answered<GroupReply>(GroupReply.Beaten told))) {
            retryLater();
            return;
        }
        switch (told.error()) {
            case NONE -> {
                epoch = told.epoch();
                saysAll = false;
                told.assignment().ifPresent(this::take);
                nextBeatMs = world().nowMs() + told.heartbeatMs();
                actLater();
            }
            case UNKNOWN_MEMBER_ID, FENCED_MEMBER_EPOCH, GROUP_ID_NOT_FOUND -> {
                fenced++;
                world().trace().tell(name(), "%s is told %s", id(), told.error());
                forget();
                actLater();
            }
            default -> retryLater();
        }
    }

    /** It has what it is told, and nothing else, from now on. */
    private void take(PartitionSet assigned) {
        if (!assigned.equals(owned)) {
            world().trace().tell(name(), "%s has %s in epoch %d", id(), assigned, epoch);
            nextBeatMs = 0L;
        }
        owned = assigned;
        SortedMap<Integer, Optional<Long>> now = new TreeMap<>();
        assigned.forEach((id, partition) -> {
            now.put(partition, work.getOrDefault(partition, Optional.empty()));
            book.holds(id(), of(partition), epoch);
        });
        work.clear();
        work.putAll(now);
    }

    private TopicPartition of(int number) {
        return new TopicPartition(topic, number);
    }

    private void workOn(int partition) {
        work.getOrDefault(partition, Optional.empty())
                .ifPresentOrElse(next -> commit(partition, next), () -> askWhere(partition));
    }

    private void askWhere(int partition) {
        TopicPartition of = of(partition);
        long least = book.committed(of);
        Caller caller = new Caller(epoch, id(), Optional.empty());
        this.<Reply<GroupReply>>ask(
                (door, answer) ->
                        door.group(
                                new GroupCommand.Fetch(
                                        GROUP,
                                        Optional.of(caller),
                                        Optional.of(List.of(of)),
                                        false),
                                answer),
                reply -> {
                    if (!(reply instanceof Reply.Answered<GroupReply>(GroupReply.Fetched found))) {
                        retryLater();
                        return;
                    }
                    if (found.error() == ErrorCode.NONE) {
                        GroupReply.Committed stored = found.offsets().get(of);
                        long offset = stored == null ? 0L : stored.offset();
                        book.read(id(), of, offset, least);
                        work.replace(partition, Optional.of(offset + 1));
                    } else {
                        nextBeatMs = 0L;
                    }
                    actLater();
                });
    }

    private void commit(int partition, long offset) {
        TopicPartition of = of(partition);
        Commit commit = book.commits(id(), of, epoch, offset);
        Caller caller = new Caller(epoch, id(), Optional.empty());
        this.<Reply<GroupReply>>ask(
                (door, answer) ->
                        door.group(
                                new GroupCommand.Commit(
                                        GROUP,
                                        caller,
                                        List.of(new GroupCommand.Offset(of, offset, -1, ""))),
                                answer),
                reply -> {
                    if (!(reply
                            instanceof Reply.Answered<GroupReply>(GroupReply.PerPartition told))) {
                        retryLater();
                        return;
                    }
                    ErrorCode error =
                            told.error() == ErrorCode.NONE
                                    ? told.errors().getFirst()
                                    : told.error();
                    if (error == ErrorCode.NONE) {
                        commit.accepted();
                        work.replace(partition, Optional.of(offset + 1));
                    } else {
                        commit.refused();
                        nextBeatMs = 0L; // it learns why
                    }
                    actLater();
                });
    }

    @Override
    public String toString() {
        return "%s in epoch %d%s has %s, at broker-%d"
                .formatted(id(), epoch, there ? "" : " (away)", work.keySet(), worksAt);
    }
}
