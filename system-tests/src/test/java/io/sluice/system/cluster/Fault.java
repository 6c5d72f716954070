package io.sluice.system.cluster;

import java.util.Arrays;
import java.util.List;

/** What can go wrong. */
enum Fault {
    /** A broker is killed (kill -9), and started again. */
    KILL(false),
    /** A broker stands still (SIGSTOP), and goes on. */
    PAUSE(false),
    /** A broker is stopped in order, and started again. */
    STOP(false),
    /** All brokers are killed at once and started in any order; one is killed again meanwhile. */
    STORM(false),
    /** A broker is killed, and comes back at once with an empty disk: data and metadata. */
    WIPE(false),
    /** A broker's disk is full; it is mended, and the broker started again. */
    FULL_DISK(false),
    /** Two brokers do not reach each other. */
    CUT_PAIR(true),
    /** What one broker sends to another is lost; the other way all is well. */
    CUT_ONE_WAY(true),
    /** The broker that leads the first partition reaches no other; clients reach all. */
    CUT_LEADER(true),
    /** The broker that decides about the metadata reaches no other; clients reach all. */
    CUT_CONTROLLER(true),
    /** What a broker sends to all others is lost; it hears them, and clients reach all. */
    CUT_MUTE(true),
    /** Clients do not reach a broker; brokers reach each other. */
    CUT_CLIENTS(true),
    /** A machine is gone with all its connections, and nobody is told; it comes back. */
    VANISH(true),
    /** All that a broker sends takes long, and packets overtake each other. */
    SLOW(true),
    /** Some packets of all brokers are lost. */
    LOSSY(true),
    /** A broker's link goes down and up again and again. */
    FLAP(true);

    private final boolean ofNetwork;

    Fault(boolean ofNetwork) {
        this.ofNetwork = ofNetwork;
    }

    /** All that can be made. */
    static List<Fault> all(boolean withNetwork) {
        return Arrays.stream(values()).filter(one -> withNetwork || !one.ofNetwork).toList();
    }
}
