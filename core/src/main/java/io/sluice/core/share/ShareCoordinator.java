package io.sluice.core.share;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Remembers queues for the leaders of their partitions (KIP-932, share coordinator). A leader reads
 * once when it begins, in its epoch, and writes what changes; one of an older epoch is fenced, and
 * so is what belongs to a queue that was set anew (state epoch).
 *
 * <p>A queue that is drained in order is a start and a few batches: it is stored whole each time.
 * One with many batches is stored by what changes, and whole after {@link #SLOTS} times.
 */
public final class ShareCoordinator implements Coordinator<ShareCommand, ShareEvent, ShareReply> {

    /** Changes that are stored before a queue is stored whole again. */
    public static final int SLOTS = 64;

    /** Batches of a queue that is stored whole every time. */
    public static final int FEW = 32;

    private final TreeMap<ShareKey, Known> queues = new TreeMap<>();

    /** A queue and how it is stored. */
    private static final class Known {
        private final StoredQueue queue;
        private final int generation;
        private int parts;
        private int slotsUsed;

        Known(StoredQueue queue, int generation, int slotsUsed) {
            this.queue = queue;
            this.generation = generation;
            this.slotsUsed = slotsUsed;
        }
    }

    @Override
    public Decision<ShareEvent, ShareReply> decide(long token, ShareCommand command, long nowMs) {
        List<ShareEvent> events = new ArrayList<>();
        ShareReply reply =
                switch (command) {
                    case ShareCommand.Initialize initialize -> initialize(initialize, events);
                    case ShareCommand.Read read -> read(read, events);
                    case ShareCommand.Write write -> write(write, events);
                    case ShareCommand.Delete delete -> delete(delete.key(), events);
                    case ShareCommand.ListGroup list -> list(keysOf(list.group()));
                    case ShareCommand.ListAll list -> list(queues.keySet());
                    case ShareCommand.ListTopics topics -> listTopics();
                    case ShareCommand.DeleteGroup group -> deleteGroup(group.group(), events);
                    case ShareCommand.DeleteTopic topic -> deleteTopic(topic.topicId(), events);
                };
        return new Decision<>(events, List.of(new Answer<>(token, reply)));
    }

    private ShareReply initialize(ShareCommand.Initialize command, List<ShareEvent> events) {
        Known known = queues.get(command.key());
        if (known != null && command.stateEpoch() < known.queue.stateEpoch()) {
            return new ShareReply.Done(ErrorCode.FENCED_STATE_EPOCH);
        }
        if (known != null
                && command.stateEpoch() == known.queue.stateEpoch()
                && known.queue.start() != ShareReply.State.NO_START) {
            boolean same = command.start() == known.queue.start();
            return new ShareReply.Done(same ? ErrorCode.NONE : ErrorCode.FENCED_STATE_EPOCH);
        }
        int leaderEpoch = known == null ? -1 : known.queue.leaderEpoch();
        StoredQueue anew = new StoredQueue(command.stateEpoch(), leaderEpoch, command.start(), 0L);
        events.add(whole(command.key(), known, anew));
        return new ShareReply.Done(ErrorCode.NONE);
    }

    private ShareReply read(ShareCommand.Read command, List<ShareEvent> events) {
        Known known = queues.get(command.key());
        if (known == null) {
            return ShareReply.State.refused(ErrorCode.NONE);
        }
        StoredQueue queue = known.queue;
        if (command.leaderEpoch() >= 0 && command.leaderEpoch() < queue.leaderEpoch()) {
            return ShareReply.State.refused(ErrorCode.FENCED_LEADER_EPOCH);
        }
        if (command.leaderEpoch() > queue.leaderEpoch()) {
            StoredQueue led = queue.copy();
            led.change(
                    command.leaderEpoch(),
                    ShareCommand.Write.NO_NUMBER,
                    queue.start(),
                    queue.doneRecords(),
                    List.of());
            events.add(whole(command.key(), known, led));
        }
        return new ShareReply.State(
                ErrorCode.NONE,
                queue.stateEpoch(),
                queue.leaderEpoch(),
                queue.start(),
                queue.doneRecords(),
                queue.batches());
    }

    private ShareReply write(ShareCommand.Write command, List<ShareEvent> events) {
        Known known = queues.get(command.key());
        ErrorCode refused = refusal(command, known);
        if (known == null || refused != ErrorCode.NONE) {
            return new ShareReply.Done(refused);
        }
        boolean few = known.queue.size() + command.batches().size() <= FEW;
        if (few || known.parts >= SLOTS) {
            StoredQueue changed = known.queue.copy();
            changed.change(
                    command.leaderEpoch(),
                    number(command, known.queue),
                    command.start(),
                    command.doneRecords(),
                    command.batches());
            events.add(whole(command.key(), known, changed));
        } else {
            events.add(
                    new ShareEvent.Part(
                            command.key(),
                            known.parts,
                            known.generation,
                            command.leaderEpoch(),
                            number(command, known.queue),
                            command.start(),
                            command.doneRecords(),
                            command.batches()));
        }
        return new ShareReply.Done(ErrorCode.NONE);
    }

    private static ErrorCode refusal(ShareCommand.Write command, @Nullable Known known) {
        if (known == null) {
            return ErrorCode.INVALID_REQUEST;
        }
        if (command.leaderEpoch() < known.queue.leaderEpoch() || isLate(command, known.queue)) {
            return ErrorCode.FENCED_LEADER_EPOCH;
        }
        return command.stateEpoch() != known.queue.stateEpoch()
                ? ErrorCode.FENCED_STATE_EPOCH
                : ErrorCode.NONE;
    }

    /** Its leader has said more since, and what this one says may be taken back by that (I-24). */
    private static boolean isLate(ShareCommand.Write command, StoredQueue queue) {
        return command.leaderEpoch() == queue.leaderEpoch()
                && command.number() != ShareCommand.Write.NO_NUMBER
                && command.number() < queue.number();
    }

    private static long number(ShareCommand.Write command, StoredQueue queue) {
        boolean counts = command.number() != ShareCommand.Write.NO_NUMBER;
        return counts || command.leaderEpoch() > queue.leaderEpoch()
                ? command.number()
                : queue.number();
    }

    private static ShareEvent whole(ShareKey key, @Nullable Known known, StoredQueue queue) {
        return new ShareEvent.Whole(
                key,
                known == null ? 0 : known.generation + 1,
                queue.stateEpoch(),
                queue.leaderEpoch(),
                queue.number(),
                queue.start(),
                queue.doneRecords(),
                queue.batches());
    }

    private ShareReply delete(ShareKey key, List<ShareEvent> events) {
        Known known = queues.get(key);
        if (known != null) {
            for (int slot = 0; slot < known.slotsUsed; slot++) {
                events.add(new ShareEvent.PartRemoved(key, slot));
            }
            events.add(new ShareEvent.Removed(key));
        }
        return new ShareReply.Done(ErrorCode.NONE);
    }

    /** Keys are ordered by the group first. */
    private List<ShareKey> keysOf(String group) {
        List<ShareKey> keys = new ArrayList<>();
        for (ShareKey key : queues.tailMap(new ShareKey(group, Uuid.ZERO, 0)).keySet()) {
            if (!key.group().equals(group)) {
                break;
            }
            keys.add(key);
        }
        return keys;
    }

    private ShareReply list(Collection<ShareKey> keys) {
        List<ShareReply.Summary> all = new ArrayList<>(keys.size());
        for (ShareKey key : keys) {
            StoredQueue queue = known(key).queue;
            all.add(
                    new ShareReply.Summary(
                            key,
                            queue.stateEpoch(),
                            queue.leaderEpoch(),
                            queue.start(),
                            queue.doneRecords()));
        }
        return new ShareReply.Group(all);
    }

    private ShareReply listTopics() {
        SortedSet<Uuid> ids = new TreeSet<>();
        queues.keySet().forEach(key -> ids.add(key.topicId()));
        return new ShareReply.Topics(Collections.unmodifiableSortedSet(ids));
    }

    private Known known(ShareKey key) {
        Known known = queues.get(key);
        if (known == null) {
            throw new IllegalStateException("no queue " + key);
        }
        return known;
    }

    private ShareReply deleteGroup(String group, List<ShareEvent> events) {
        keysOf(group).forEach(key -> delete(key, events));
        return new ShareReply.Done(ErrorCode.NONE);
    }

    private ShareReply deleteTopic(Uuid topicId, List<ShareEvent> events) {
        for (ShareKey key : queues.keySet()) {
            if (key.topicId().equals(topicId)) {
                delete(key, events);
            }
        }
        return new ShareReply.Done(ErrorCode.NONE);
    }

    @Override
    public void apply(ShareEvent event) {
        switch (event) {
            case ShareEvent.Whole whole -> apply(whole);
            case ShareEvent.Part part -> apply(part);
            case ShareEvent.Removed removed -> queues.remove(removed.key());
            case ShareEvent.PartRemoved removed -> {}
        }
    }

    private void apply(ShareEvent.Whole event) {
        StoredQueue queue =
                new StoredQueue(
                        event.stateEpoch(),
                        event.leaderEpoch(),
                        event.start(),
                        event.doneRecords());
        queue.change(
                event.leaderEpoch(),
                event.number(),
                event.start(),
                event.doneRecords(),
                event.batches());
        Known before = queues.get(event.key());
        int slotsUsed = before == null ? 0 : before.slotsUsed;
        queues.put(event.key(), new Known(queue, event.generation(), slotsUsed));
    }

    private void apply(ShareEvent.Part event) {
        Known known = queues.get(event.key());
        if (known == null) {
            return; // the whole it belongs to was compacted away: a younger one follows
        }
        known.slotsUsed = Math.max(known.slotsUsed, event.slot() + 1);
        if (known.generation == event.generation()) {
            known.parts = event.slot() + 1;
            known.queue.change(
                    event.leaderEpoch(),
                    event.number(),
                    event.start(),
                    event.doneRecords(),
                    event.batches());
        }
    }

    @Override
    public long nextDeadlineMs() {
        return Long.MAX_VALUE;
    }

    @Override
    public Decision<ShareEvent, ShareReply> onDeadline(long nowMs) {
        return new Decision<>(List.of(), List.of());
    }
}
