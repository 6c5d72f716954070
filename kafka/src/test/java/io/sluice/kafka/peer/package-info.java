/** What this broker asks of others, over sockets. Start with {@code PeerPresenceTest}. */
@NullMarked
package io.sluice.kafka.peer;

import org.jspecify.annotations.NullMarked;
