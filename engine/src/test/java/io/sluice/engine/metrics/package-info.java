@NullMarked
package io.sluice.engine.metrics;

import org.jspecify.annotations.NullMarked;
