/** The program of docs/guides/outbox.md. */
@NullMarked
package io.sluice.outbox.example;

import org.jspecify.annotations.NullMarked;
