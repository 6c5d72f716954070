@NullMarked
package io.sluice.kafka.metrics;

import org.jspecify.annotations.NullMarked;
