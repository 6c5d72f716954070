package io.sluice.core.share;

/**
 * Records that a member was given.
 *
 * @param last inclusive
 * @param deliveries this one included
 */
public record Acquired(long first, long last, int deliveries) {}
