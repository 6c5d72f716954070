package io.sluice.simulator.world;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * One connection to a process of a machine, with requests and answers in order each way. It ends
 * when a side closes it, when the process is gone, or when the network breaks it; a side that is
 * cut off does not learn of it (half-open).
 */
public final class Connection {

    /** Bytes that were sent before the connection was given up may still arrive. */
    private static final int ARRIVES_LATE_PERCENT = 50;

    private final Network network;
    private final int from;
    private final Network.Caller caller;
    private final int to;
    private final SimProcess server;
    private final Runnable onClosed;
    private final Direction forth;
    private final Direction back;
    private boolean closed;

    Connection(
            Network network,
            int from,
            Network.Caller caller,
            int to,
            SimProcess server,
            Runnable onClosed) {
        this.network = network;
        this.from = from;
        this.caller = caller;
        this.to = to;
        this.server = server;
        this.onClosed = onClosed;
        this.forth = new Direction(from, to);
        this.back = new Direction(to, from);
    }

    public boolean isClosed() {
        return closed;
    }

    /**
     * Sends a request. It is handled by the server's process; whatever that answers is taken by the
     * caller, if both are still there and hear each other.
     *
     * @param handle gets a way to answer, once, at any time
     */
    public <A> void call(Consumer<Consumer<A>> handle, Consumer<A> answered) {
        if (closed) {
            return;
        }
        forth.send(() -> {
            if (!server.isAlive()) {
                back.send(this::end);
                return;
            }
            server.run(() -> handle.accept(answer -> back.send(() -> arrived(answer, answered))));
        });
    }

    private <A> void arrived(A answer, Consumer<A> answered) {
        if (!closed) {
            caller.run(() -> answered.accept(answer));
        }
    }

    /** The caller gives it up; it is told nothing any more. */
    public void close() {
        if (!closed) {
            closed = true;
            back.waiting.clear();
            if (!network.happens(ARRIVES_LATE_PERCENT)) {
                forth.waiting.clear();
            }
            if (forth.waiting.isEmpty()) {
                network.closed(this);
            }
        }
    }

    /** The network breaks it. */
    void reset() {
        forth.waiting.clear();
        end();
    }

    void ended(SimProcess process) {
        if (process == server) {
            back.send(this::end);
        }
    }

    private void end() {
        if (!closed) {
            close();
            caller.run(onClosed);
        }
    }

    void healed() {
        forth.flush();
        back.flush();
        if (closed) {
            network.closed(this);
        }
    }

    private final class Direction {
        private final int source;
        private final int target;
        private final Deque<Runnable> waiting = new ArrayDeque<>();
        private long lastArrival;

        Direction(int source, int target) {
            this.source = source;
            this.target = target;
        }

        void send(Runnable message) {
            World world = network.world();
            lastArrival = Math.max(lastArrival, world.nowNanos() + network.latency());
            world.after(lastArrival - world.nowNanos(), () -> arrive(message));
        }

        private void arrive(Runnable message) {
            if (!waiting.isEmpty() || !network.carries(source, target)) {
                network.held();
                if (!closed) {
                    waiting.add(message);
                }
                return;
            }
            network.world().trace().note(source, target, 1L);
            message.run();
        }

        void flush() {
            if (!network.carries(source, target)) {
                return;
            }
            while (!waiting.isEmpty()) {
                network.world().after(0L, waiting.poll());
            }
        }
    }

    @Override
    public String toString() {
        return from + "->" + to;
    }
}
