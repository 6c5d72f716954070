package io.sluice.simulator.world;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * What became of faults: who was hit by one, and how often. A fault that nobody meets proves
 * nothing, so a run without any of these has shown only that it works when all is well.
 */
public final class Effects {

    /** One way in which a fault is felt. */
    public enum Effect {
        PROCESS_ENDED,
        TASK_HELD_BY_A_PAUSE,
        DISK_CALL_FAILED,
        DISK_CALL_SLOW,
        MESSAGE_HELD_BY_A_CUT,
        MESSAGE_SLOW,
        CONNECTION_BROKEN,
        CLOCK_WRONG,
        QUORUM_LEADER_DEPOSED,
        METADATA_ENTRY_LATE,
        METADATA_SNAPSHOT_TAKEN,
        ORDER_FOLLOWED,
        CLIENT_DIED;

        /** As a person reads it. */
        String text() {
            return "felt: " + name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }

    private final Map<Effect, Long> counts = new EnumMap<>(Effect.class);
    private boolean over;

    /** It was felt so many times more. */
    public void count(Effect effect, long times) {
        if (!over && times > 0) {
            counts.merge(effect, times, Long::sum);
        }
    }

    /** The faults are over: what is felt from now on is how they are mended. */
    public void end() {
        over = true;
    }

    /** Whether nobody felt anything. */
    public boolean isEmpty() {
        return counts.isEmpty();
    }

    /** All that may be felt, in words. */
    public static List<String> names() {
        return Arrays.stream(Effect.values()).map(Effect::text).toList();
    }

    /** Shows what there was, in words. */
    public void forEach(ObjLongConsumer<String> taker) {
        counts.forEach((effect, count) -> taker.accept(effect.text(), count));
    }
}
