package io.sluice.engine.coordinator;

import io.sluice.core.coordinator.Answer;
import io.sluice.core.coordinator.Coordinator;
import io.sluice.core.coordinator.Decision;
import io.sluice.core.record.RecordFormatException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A machine for tests: named cells with text; one may wait for a cell, or empty it later. */
final class Cells implements Coordinator<Cells.Command, Cells.Set, String> {

    sealed interface Command {
        record Put(String cell, @Nullable String text) implements Command {}

        record Get(String cell) implements Command {}

        /** Answered by the next put of the cell. */
        record Await(String cell) implements Command {}

        /** Empties the cell at a time. */
        record Expire(String cell, long atMs) implements Command {}

        record Fail() implements Command {}
    }

    /** The cell holds the text, or nothing. */
    record Set(String cell, @Nullable String text) {}

    private final Map<String, String> cells = new TreeMap<>();
    private final Map<String, List<Long>> waiting = new TreeMap<>();
    private final Map<String, Long> expiries = new TreeMap<>();

    @Override
    public Decision<Set, String> decide(long token, Command command, long nowMs) {
        return switch (command) {
            case Command.Put put -> {
                List<Answer<String>> answers = new ArrayList<>();
                answers.add(new Answer<>(token, "put"));
                Optional.ofNullable(waiting.remove(put.cell))
                        .ifPresent(all ->
                                all.forEach(one ->
                                        answers.add(new Answer<>(one, String.valueOf(put.text)))));
                yield new Decision<>(List.of(new Set(put.cell, put.text)), answers);
            }
            case Command.Get get ->
                    new Decision<>(
                            List.of(),
                            List.of(new Answer<>(token, cells.getOrDefault(get.cell, ""))));
            case Command.Await await -> {
                waiting.computeIfAbsent(await.cell, cell -> new ArrayList<>()).add(token);
                yield new Decision<>(List.of(), List.of());
            }
            case Command.Expire expire -> {
                expiries.put(expire.cell, expire.atMs);
                yield new Decision<>(List.of(), List.of(new Answer<>(token, "set")));
            }
            case Command.Fail fail -> throw new IllegalStateException("asked to fail");
        };
    }

    @Override
    public void apply(Set event) {
        if (event.text == null) {
            cells.remove(event.cell);
        } else {
            cells.put(event.cell, event.text);
        }
    }

    @Override
    public long nextDeadlineMs() {
        return expiries.values().stream().mapToLong(at -> at).min().orElse(Long.MAX_VALUE);
    }

    @Override
    public Decision<Set, String> onDeadline(long nowMs) {
        List<Set> events = new ArrayList<>();
        new TreeMap<>(expiries)
                .forEach((cell, at) -> {
                    if (at <= nowMs) {
                        expiries.remove(cell);
                        events.add(new Set(cell, null));
                    }
                });
        return new Decision<>(events, List.of());
    }

    /** Key and value as text. */
    static final EventCodec<Set> CODEC =
            new EventCodec<>() {
                @Override
                public byte[] key(Set event) {
                    return event.cell.getBytes(StandardCharsets.UTF_8);
                }

                @Override
                public byte @Nullable [] value(Set event) {
                    return event.text == null ? null : event.text.getBytes(StandardCharsets.UTF_8);
                }

                @Override
                public Set decode(ByteBuffer key, @Nullable ByteBuffer value)
                        throws RecordFormatException {
                    return new Set(
                            StandardCharsets.UTF_8.decode(key).toString(),
                            value == null ? null : StandardCharsets.UTF_8.decode(value).toString());
                }
            };
}
