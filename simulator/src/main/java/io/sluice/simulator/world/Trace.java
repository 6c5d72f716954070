package io.sluice.simulator.world;

import java.util.Locale;
import java.util.Set;
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
    private final Set<String> followed;
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
        this(transcript, Set.of());
    }

    /**
     * @param transcript takes each line, or null
     * @param followed of whom it also takes what is too much to tell of all
     */
    public Trace(@Nullable Consumer<String> transcript, Set<String> followed) {
        this.transcript = transcript;
        this.followed = Set.copyOf(followed);
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
            write(transcript, who, String.format(Locale.ROOT, format, arguments));
        }
    }

    /** Whether a reader wants to know every step of something. */
    public boolean follows(String what) {
        return !followed.isEmpty() && followed.contains(what);
    }

    /** A step of what is followed: no part of the number, which is the same without it. */
    public void detail(String who, String line) {
        if (transcript != null) {
            write(transcript, who, line);
        }
    }

    private void write(Consumer<String> to, String who, String line) {
        to.accept(String.format(Locale.ROOT, "%12.6f %-11s %s", now.getAsLong() / 1e9, who, line));
    }
}
