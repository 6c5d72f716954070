package io.sluice.system.network;

/**
 * What becomes of the packets from one host to another.
 *
 * @param loss the share that is lost, 0 to 1
 * @param delayMs how long each takes
 * @param jitterMs up to how much longer, at random: packets overtake each other
 */
public record Link(double loss, int delayMs, int jitterMs) {

    public static final Link WHOLE = new Link(0, 0, 0);
    public static final Link CUT = new Link(1, 0, 0);

    public static Link lossy(double loss) {
        return new Link(loss, 0, 0);
    }

    public static Link slow(int delayMs, int jitterMs) {
        return new Link(0, delayMs, jitterMs);
    }

    @Override
    public String toString() {
        if (equals(WHOLE)) {
            return "whole";
        }
        return equals(CUT)
                ? "cut"
                : "%.0f %% lost, %d to %d ms".formatted(100 * loss, delayMs, delayMs + jitterMs);
    }
}
