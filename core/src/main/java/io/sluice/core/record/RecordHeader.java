package io.sluice.core.record;

/**
 * A header of a record (KIP-82).
 *
 * @param value empty for null, too: nobody here tells them apart
 */
public record RecordHeader(String name, byte[] value) {}
