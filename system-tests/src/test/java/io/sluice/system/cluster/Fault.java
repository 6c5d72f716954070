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
    /** Writes or flushes of a broker's log directory fail; it is mended, the broker restarted. */
    FAILING_DISK(false),
    /** A broker's file system is full, data and metadata; it is cleared, the broker restarted. */
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

    /** Whether it takes a disk, so that all others must be whole. */
    boolean takesADisk() {
        return this == WIPE || this == FAILING_DISK || this == FULL_DISK;
    }

    /** Whether it takes effect by packets that do not arrive. */
    boolean losesPackets() {
        return ofNetwork && this != SLOW;
    }

    /** All that can be made. */
    static List<Fault> all(boolean withNetwork, boolean withSmallDisk) {
        return Arrays.stream(values())
                .filter(one -> withNetwork || !one.ofNetwork)
                .filter(one -> withSmallDisk || one != FULL_DISK)
                .toList();
    }
}
