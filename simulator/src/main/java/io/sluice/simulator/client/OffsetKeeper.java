package io.sluice.simulator.client;

import io.sluice.core.group.GroupCommand;
import io.sluice.core.group.GroupCommand.Caller;
import io.sluice.core.group.GroupReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.engine.coordinator.Reply;
import io.sluice.simulator.cluster.Groups;
import io.sluice.simulator.cluster.Site;
import io.sluice.simulator.world.Violation;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Commits offsets of its group, each larger than the one before, and asks for what is stored: never
 * less than what was acknowledged (I-20), but for what it sent, gave up, and may arrive late.
 */
public final class OffsetKeeper extends Client {

    private static final Caller NOBODY = new Caller(-1, "", Optional.empty());
    private static final int ASKS_ONE_IN = 3;

    private final Site site;
    private final String group;
    private final TopicPartition of;
    private final int wanted;
    private final int paceMs;

    /** Sent, and nobody knows what became of it. */
    private final SortedSet<Long> unknown = new TreeSet<>();

    private long sent;
    private long acknowledged;
    private boolean seenLast;

    /**
     * @param of whose offsets it commits
     * @param wanted how many commits
     */
    public OffsetKeeper(Site site, int number, TopicPartition of, int wanted, int paceMs) {
        super(site, number, "keeper", new TopicPartition(Groups.TOPIC, 0));
        this.site = site;
        this.group = "group-" + number;
        this.of = of;
        this.wanted = wanted;
        this.paceMs = paceMs;
        retryLater();
    }

    /** It has committed everything, and seen that. */
    public boolean isDone() {
        return seenLast;
    }

    /** Offsets whose commit was acknowledged. */
    public long acknowledged() {
        return acknowledged;
    }

    @Override
    void connected() {
        if (sent >= wanted || random.nextInt(ASKS_ONE_IN) == 0) {
            fetch();
        } else {
            commit();
        }
    }

    private void commit() {
        long offset = ++sent;
        unknown.add(offset);
        GroupCommand command =
                new GroupCommand.Commit(
                        group, NOBODY, List.of(new GroupCommand.Offset(of, offset, -1, "")));
        this.<Reply<GroupReply>>ask(
                (door, answer) -> door.group(command, answer), reply -> committed(offset, reply));
    }

    private void committed(long offset, Reply<GroupReply> reply) {
        boolean done =
                reply instanceof Reply.Answered<GroupReply>(GroupReply.PerPartition answer)
                        && answer.error() == ErrorCode.NONE
                        && answer.errors().getFirst() == ErrorCode.NONE;
        if (!done) {
            retryLater();
            return;
        }
        unknown.remove(offset);
        acknowledged = offset;
        world().trace().tell(name(), "offset %d is committed by broker-%d", offset, worksAt);
        goOn();
    }

    private void fetch() {
        GroupCommand command =
                new GroupCommand.Fetch(group, Optional.empty(), Optional.of(List.of(of)), false);
        this.<Reply<GroupReply>>ask((door, answer) -> door.group(command, answer), this::fetched);
    }

    private void fetched(Reply<GroupReply> reply) {
        if (!(reply instanceof Reply.Answered<GroupReply>(GroupReply.Fetched answer))
                || answer.error() != ErrorCode.NONE) {
            retryLater();
            return;
        }
        GroupReply.Committed stored = answer.offsets().get(of);
        long offset = stored == null ? 0L : stored.offset();
        boolean old = offset < acknowledged && !unknown.contains(offset);
        if (old && site.machine(worksAt).isUp() && !site.isAsKnown(worksAt)) {
            retryLater(); // an operator did that to a broker that lives, and it has not heard
            return;
        }
        if (offset > sent || old) {
            throw new Violation(
                    "I-20",
                    "%s is told %d by broker-%d; it sent up to %d, of which %d was acknowledged"
                            .formatted(name(), offset, worksAt, sent, acknowledged));
        }
        if (sent >= wanted && offset < acknowledged) {
            world().trace().tell(name(), "finds %d, which arrived late: it commits anew", offset);
            commit();
            return;
        }
        seenLast |= sent >= wanted;
        goOn();
    }

    private void goOn() {
        if (!seenLast) {
            later(1 + random.nextInt(2 * paceMs), this::connected);
        }
    }

    @Override
    void disconnected() {}

    @Override
    public String toString() {
        return "%s: %d of %d commits sent, %d acknowledged, at broker-%d"
                .formatted(name(), sent, wanted, acknowledged, worksAt);
    }
}
