package io.sluice.simulator.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * What lies between the machines and the clients: every direction of every link has a delay, and
 * may be cut. What is sent over a cut waits, as TCP sends again, until the link heals or the
 * connection is given up.
 */
public final class Network {

    private static final int MICRO = 1_000;

    /** One direction between two ends. */
    private record Link(int from, int to) implements Comparable<Link> {
        @Override
        public int compareTo(Link other) {
            int byFrom = Integer.compare(from, other.from);
            return byFrom != 0 ? byFrom : Integer.compare(to, other.to);
        }
    }

    private final World world;
    private final Random random;
    private final Set<Link> cuts = new TreeSet<>();
    private final List<Connection> open = new ArrayList<>();
    private int slowness = 1;

    public Network(World world) {
        this.world = world;
        this.random = world.random("network");
    }

    World world() {
        return world;
    }

    /** Whether what is sent that way arrives. */
    public boolean carries(int from, int to) {
        return from == to || !cuts.contains(new Link(from, to));
    }

    /** Whether both ends hear each other. */
    public boolean joins(int one, int other) {
        return carries(one, other) && carries(other, one);
    }

    /** Cuts one direction. */
    public void cut(int from, int to) {
        cuts.add(new Link(from, to));
    }

    /** Whether links are cut, or slow. */
    public boolean isDisturbed() {
        return !cuts.isEmpty() || slowness > 1;
    }

    /** Joins the link again, both ways: what waits is sent on. */
    public void heal(int one, int other) {
        cuts.remove(new Link(one, other));
        cuts.remove(new Link(other, one));
        List.copyOf(open).forEach(Connection::healed);
    }

    /** All links work, at their usual speed. */
    public void healAll() {
        cuts.clear();
        slowness = 1;
        List.copyOf(open).forEach(Connection::healed);
    }

    /** All links are slower by that factor. */
    public void slow(int factor) {
        slowness = factor;
    }

    /** Breaks connections, each with that chance out of a hundred: both ends are told. */
    public int reset(int percent) {
        int broken = 0;
        for (Connection one : List.copyOf(open)) {
            if (random.nextInt(100) < percent) {
                one.reset();
                broken++;
                world.felt(Effects.Effect.CONNECTION_BROKEN);
            }
        }
        return broken;
    }

    /** How long the next message takes: mostly a fifth of a millisecond, now and then twenty. */
    public long latency() {
        if (slowness > 1) {
            world.felt(Effects.Effect.MESSAGE_SLOW);
        }
        long usual = (100L + random.nextInt(200)) * MICRO;
        return (random.nextInt(100) == 0 ? 100 * usual : usual) * slowness;
    }

    /** Something did not get through for a cut. */
    public void held() {
        world.felt(Effects.Effect.MESSAGE_HELD_BY_A_CUT);
    }

    /** Something is left to chance. */
    boolean happens(int percent) {
        return random.nextInt(100) < percent;
    }

    /**
     * Opens a connection from one end to a process.
     *
     * @param caller what runs at the side that opens it
     * @param onClosed told there, once, if the other side or the network ends it
     */
    public Connection connect(
            int from, Caller caller, int to, SimProcess server, Runnable onClosed) {
        Connection connection = new Connection(this, from, caller, to, server, onClosed);
        open.add(connection);
        return connection;
    }

    /** A process ended, and its system says so to whom it was connected with. */
    public void ended(SimProcess process) {
        for (Connection one : List.copyOf(open)) {
            one.ended(process);
        }
    }

    void closed(Connection connection) {
        open.remove(connection);
    }

    /** Where answers arrive. */
    public interface Caller {
        /** Runs the task there, unless nobody is there any more. */
        void run(Runnable task);
    }
}
