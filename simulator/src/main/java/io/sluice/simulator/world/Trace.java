package io.sluice.simulator.world;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What happened, twice: as a number that two runs of one seed must share, and, if wanted, as lines
 * that a person can follow.
 */
public final class Trace {

    private static final long FNV_PRIME = 0x100000001B3L;

    private final @Nullable Consumer<String> transcript;
    private long hash = 0xCBF29CE484222325L;
    private LongSupplier now = () -> 0L;

    /** Without a transcript. */
    public Trace() {
        this(null);
    }

    /**
     * @param transcript takes each line, or null
     */
    public Trace(@Nullable Consumer<String> transcript) {
        this.transcript = transcript;
    }

    void startAt(LongSupplier nanos) {
        now = nanos;
    }

    /** Something happened: three numbers that tell what. */
    public void note(long what, long first, long second) {
        mix(now.getAsLong());
        mix(what);
        mix(first);
        mix(second);
    }

    private void mix(long value) {
        hash = (hash ^ value) * FNV_PRIME;
        hash ^= hash >>> 32;
    }

    public long hash() {
        return hash;
    }

    /** Something that a reader of the transcript wants to know. */
    public void tell(String who, String format, Object... arguments) {
        mix(format.hashCode());
        if (transcript != null) {
            transcript.accept(
                    String.format(
                            Locale.ROOT,
                            "%12.6f %-11s %s",
                            now.getAsLong() / 1e9,
                            who,
                            String.format(Locale.ROOT, format, arguments)));
        }
    }
}
