package io.sluice.core.model;

/**
 * Record bytes that the core carries and never looks into. What stands behind it (a network buffer,
 * a region of a file) is known to the shells alone.
 */
public interface Slice {

    /** How many bytes it holds. */
    int sizeInBytes();
}
