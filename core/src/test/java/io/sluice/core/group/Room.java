package io.sluice.core.group;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A coordinator with a clock and a log in memory, as a host would run it. */
final class Room {

    static final GroupSettings.Consumers CONSUMERS =
            new GroupSettings.Consumers(
                    50,
                    new GroupSettings.Times(5_000, 1_000, 0),
                    List.of("uniform", "range"),
                    true,
                    true,
                    Set.of("__consumer_offsets"));

    static final GroupSettings.Streams STREAMS =
            new GroupSettings.Streams(50, new GroupSettings.StreamsTimes(5_000, 1_000, 0, 0));

    static final GroupSettings.Shares SHARES =
            new GroupSettings.Shares(6, new GroupSettings.ShareTimes(5_000, 1_000));

    static final GroupSettings SETTINGS =
            new GroupSettings(
                    1_000, 60_000, 0, 5, 20, 100_000L, 10_000L, CONSUMERS, STREAMS, SHARES);

    private static final int MAX_LOOKS = 10_000;

    private record Entry(ByteBuffer key, @Nullable ByteBuffer value) {}

    final Map<Long, GroupReply> answers = new HashMap<>();
    private final GroupSettings settings;

    /** The topics there are; a test may change them. */
    final TestTopics topics = new TestTopics();

    private final List<Entry> log = new ArrayList<>();
    GroupCoordinator machine;
    long nowMs = 1_000_000L;
    private long nextToken;

    Room(GroupSettings settings) {
        this.settings = settings;
        this.machine = new GroupCoordinator(settings, topics);
    }

    long ask(GroupCommand command) {
        long token = nextToken++;
        take(machine.decide(token, command, nowMs));
        return token;
    }

    /** Asks what is answered at once. */
    <R extends GroupReply> R now(GroupCommand command, Class<R> type) {
        long token = ask(command);
        GroupReply answer = answers.remove(token);
        if (answer == null) {
            throw new AssertionError("no answer to " + command);
        }
        return type.cast(answer);
    }

    /** The answer that has come to an earlier question. */
    <R extends GroupReply> Optional<R> answer(long token, Class<R> type) {
        return Optional.ofNullable(answers.get(token)).map(type::cast);
    }

    private void take(Decision<GroupEvent, GroupReply> decision) {
        for (GroupEvent event : decision.events()) {
            machine.apply(event);
            byte[] value = GroupEventFormat.value(event);
            log.add(
                    new Entry(
                            ByteBuffer.wrap(GroupEventFormat.key(event)),
                            value == null ? null : ByteBuffer.wrap(value)));
        }
        for (Answer<GroupReply> answer : decision.answers()) {
            GroupReply before = answers.put(answer.token(), answer.reply());
            if (before != null) {
                throw new AssertionError(answer.token() + " was answered twice");
            }
        }
    }

    /** Time passes; what is due happens when it is due. */
    void advance(long ms) {
        long until = nowMs + ms;
        int looks = 0;
        while (machine.nextDeadlineMs() <= until) {
            if (looks++ > MAX_LOOKS) {
                throw new AssertionError("a deadline that does not pass");
            }
            nowMs = Math.max(nowMs, machine.nextDeadlineMs());
            take(machine.onDeadline(nowMs));
        }
        nowMs = until;
    }

    /**
     * The next machine, from the log.
     *
     * @param compacted only the last record of every key, as after compaction
     */
    void reload(boolean compacted) {
        List<Entry> entries = log;
        if (compacted) {
            Map<ByteBuffer, Entry> last = new LinkedHashMap<>();
            for (Entry entry : log) {
                last.remove(entry.key);
                last.put(entry.key, entry);
            }
            entries = List.copyOf(last.values());
        }
        machine = new GroupCoordinator(settings, topics);
        answers.clear();
        try {
            for (Entry entry : entries) {
                ByteBuffer value = entry.value;
                GroupEvent event =
                        GroupEventFormat.read(
                                entry.key.duplicate(), value == null ? null : value.duplicate());
                if (event != null) {
                    machine.apply(event);
                }
            }
        } catch (RecordFormatException e) {
            throw new AssertionError(e);
        }
    }
}
