/**
 * The metadata log of a single broker, on its own disk.
 *
 * <p>Start reading at {@link io.sluice.storage.metadata.LocalMetadataLog}. The format is told in
 * docs/formats/metadata.md. May import {@code engine} and {@code core}.
 */
@NullMarked
package io.sluice.storage.metadata;

import org.jspecify.annotations.NullMarked;
