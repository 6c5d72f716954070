/**
 * Asks clients what only they know, and hears them: questions are records in a topic of theirs,
 * answers are records in another one. Any client that reads and writes records can answer. Who asks
 * what is decided elsewhere: about half messages in {@code transaction}, about records whose lock
 * ended in {@code share}.
 *
 * <p>Start reading at {@link io.sluice.engine.asking.QuestionTopics} and {@link
 * io.sluice.engine.asking.Answers}. May import {@code partition}, {@code log}, {@code loop}, {@code
 * metadata} and the core.
 */
@NullMarked
package io.sluice.engine.asking;

import org.jspecify.annotations.NullMarked;
