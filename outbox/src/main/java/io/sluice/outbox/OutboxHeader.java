package io.sluice.outbox;

import org.jspecify.annotations.Nullable;

/** A header of a message; names may repeat, a value may be absent. */
public record OutboxHeader(String name, byte @Nullable [] value) {}
