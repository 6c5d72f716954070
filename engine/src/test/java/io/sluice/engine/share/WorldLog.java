package io.sluice.engine.share;

import io.sluice.core.share.Facts;
import io.sluice.engine.fake.Batches;
import io.sluice.engine.fake.RecordBatches;
import io.sluice.engine.fake.RecordBatches.One;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What was appended to a partition: of which kind, and what stands in each record. */
final class WorldLog {
    private static final int KEYS = 5;

    /** What a batch is, from what was appended. */
    enum Kind {
        PLAIN,
        OPEN,
        COMMITTED,
        ABORTED,
        UNKNOWN
    }

    /**
     * What stands in a record.
     *
     * @param key null if it has none, or nobody can read it
     * @param ownEndMs by its headers
     * @param timestamp -1 if nobody can read it
     */
    record Made(@Nullable String key, int priority, long ownEndMs, long timestamp) {
        private static final Made NOISE = new Made(null, 0, Facts.NEVER, -1);

        int priority(Sight sight) {
            return sight.priorities() ? priority : 0;
        }

        long endMs(Sight sight) {
            long own = sight.ttlMs() >= 0 ? ownEndMs : Facts.NEVER;
            boolean ages = sight.ttlMs() > 0 && timestamp >= 0;
            return Math.min(own, ages ? timestamp + sight.ttlMs() : Facts.NEVER);
        }
    }

    /** A batch, and what stands in it. */
    record Batch(ByteBuffer bytes, List<Made> records) {}

    final TreeMap<Long, Kind> kinds = new TreeMap<>();
    private final TreeMap<Long, Made> made = new TreeMap<>();

    /** Records of all kinds; some batches are packed, and a few are no records at all. */
    static Batch batch(Random random, int records, long nowMs) {
        List<Made> made = new ArrayList<>();
        List<One> ones = new ArrayList<>();
        boolean noise = random.nextInt(15) == 0;
        for (int i = 0; i < records; i++) {
            if (noise) {
                made.add(Made.NOISE);
            } else {
                ones.add(record(random, nowMs, made));
            }
        }
        ByteBuffer bytes = noise ? Batches.plain(records, nowMs) : RecordBatches.of(nowMs, ones);
        boolean packed = !noise && random.nextInt(5) == 0;
        return new Batch(packed ? RecordBatches.packed(bytes) : bytes, made);
    }

    private static One record(Random random, long nowMs, List<Made> made) {
        String key = random.nextInt(4) == 0 ? null : "k" + random.nextInt(KEYS);
        int priority = random.nextInt(2) == 0 ? 0 : random.nextInt(10);
        int dice = random.nextInt(8);
        long ms = random.nextInt(2_000);
        made.add(new Made(key, priority, dice < 2 ? nowMs + ms : Facts.NEVER, nowMs));
        String digit = Integer.toString(priority);
        return switch (dice) {
            case 0 -> new One(key, "sluice-priority", digit, "sluice-ttl", Long.toString(ms));
            case 1 ->
                    new One(
                            key,
                            "sluice-expires-at",
                            Long.toString(nowMs + ms),
                            "sluice-priority",
                            digit);
            case 2 -> new One(key, "sluice-ttl", "never", "sluice-priority", digit);
            default -> new One(key, "sluice-priority", digit);
        };
    }

    /** Records were appended, or as many of them as there is room for. */
    void note(long from, long end, Kind kind, List<Made> records) {
        for (long offset = from; offset < end; offset++) {
            kinds.put(offset, kind);
            made.put(offset, records.get((int) (offset - from)));
        }
    }

    void cut(long end) {
        kinds.tailMap(end).clear();
        made.tailMap(end).clear();
    }

    Kind kind(long offset) {
        return kinds.getOrDefault(offset, Kind.UNKNOWN);
    }

    boolean visible(long offset, boolean committed) {
        Kind kind = kind(offset);
        return !committed || kind == Kind.PLAIN || kind == Kind.COMMITTED;
    }

    TreeMap<Long, Made> records() {
        return made;
    }

    Made at(long offset) {
        return made.getOrDefault(offset, Made.NOISE);
    }
}
