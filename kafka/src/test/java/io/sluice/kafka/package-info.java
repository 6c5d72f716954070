/** Tests of the Kafka door through real sockets, on a broker in this process. */
@NullMarked
package io.sluice.kafka;

import org.jspecify.annotations.NullMarked;
