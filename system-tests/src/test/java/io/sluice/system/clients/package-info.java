/** Stock clients and tools, unmodified, against a real broker process. */
@NullMarked
package io.sluice.system.clients;

import org.jspecify.annotations.NullMarked;
