package io.sluice.http;

import java.util.List;

/**
 * What probes ask. Each question is answered by the reasons against it, one sentence each; none
 * means yes. Called on threads that may wait a few seconds.
 */
public interface Health {

    /** Whether the start is over. */
    List<String> notStarted();

    /** Whether clients are to be sent here. */
    List<String> notReady();

    /** Whether it works, or must be started again to work. */
    List<String> notAlive();
}
