package io.sluice.core.coordinator;

/**
 * The answer to one command.
 *
 * @param token of the command
 */
public record Answer<R>(long token, R reply) {}
