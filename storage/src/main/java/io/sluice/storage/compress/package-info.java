/**
 * The compression codecs of record batches, byte-compatible with Kafka's clients.
 *
 * <p>Start reading at {@link io.sluice.storage.compress.LibraryCodecs}. May import {@code core} and
 * the codec libraries.
 */
@NullMarked
package io.sluice.storage.compress;

import org.jspecify.annotations.NullMarked;
