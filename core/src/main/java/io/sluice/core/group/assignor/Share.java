package io.sluice.core.group.assignor;

/**
 * What members of a group have: partitions, or tasks. Immutable sets, told apart by value.
 *
 * @param <S> the share itself
 */
public interface Share<S extends Share<S>> {

    boolean isEmpty();

    /** What both have. */
    S and(S other);

    /** What this one has alone. */
    S minus(S other);

    /** What one of both has. */
    S plus(S other);

    boolean containsAll(S other);

    /** Whether both have something. */
    default boolean intersects(S other) {
        return !and(other).isEmpty();
    }
}
