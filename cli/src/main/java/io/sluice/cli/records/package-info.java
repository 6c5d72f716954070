/**
 * The commands {@code produce} and {@code consume}, and the forms a record has as text.
 *
 * <p>Start with {@link io.sluice.cli.records.ProduceCommand}; {@code RecordParser} and {@code
 * RecordPrinter} are the two directions of each form. May import {@code client} and {@code
 * terminal}.
 */
@NullMarked
package io.sluice.cli.records;

import org.jspecify.annotations.NullMarked;
