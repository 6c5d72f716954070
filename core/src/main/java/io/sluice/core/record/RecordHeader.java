package io.sluice.core.record;

import org.jspecify.annotations.Nullable;

/** A header of a record (KIP-82). Its value may be null, which is not the same as empty. */
public record RecordHeader(String name, byte @Nullable [] value) {}
