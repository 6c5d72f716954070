/**
 * The metadata log and the host of the controller.
 *
 * <p>Start reading at {@link io.sluice.engine.metadata.Metadata}, what the rest of the broker sees;
 * {@link io.sluice.engine.metadata.MetadataLog} is the port behind it.
 */
@NullMarked
package io.sluice.engine.metadata;

import org.jspecify.annotations.NullMarked;
