package io.sluice.core.coordinator;

import java.util.List;

/**
 * What a coordinator decided.
 *
 * @param events in order; all or none of them come to be
 * @param answers to the command itself or to earlier ones, each command once; a command without one
 *     waits for a later decision
 */
public record Decision<E, R>(List<E> events, List<Answer<R>> answers) {}
