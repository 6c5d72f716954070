@NullMarked
package io.sluice.kafka.codec;

import org.jspecify.annotations.NullMarked;
