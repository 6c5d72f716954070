package io.sluice.simulator.cluster;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.replication.Peers;
import io.sluice.engine.replication.ReplicaFetchRequest;
import io.sluice.engine.replication.ReplicaFetchResponse;
import io.sluice.simulator.world.Connection;
import io.sluice.simulator.world.SimProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The other brokers, over the simulated network: to each a connection for fetches that wait, and
 * one for what goes beside them. A connection that breaks or is silent fails all that is under way
 * on it.
 */
final class SimPeers implements Peers {

    private static final long SILENCE_MS = 1_000;

    private final Machine machine;
    private final SimProcess process;
    private final Map<Integer, Line> waiting = new TreeMap<>();
    private final Map<Integer, Line> aside = new TreeMap<>();

    SimPeers(Machine machine, SimProcess process) {
        this.machine = machine;
        this.process = process;
    }

    /** One connection and who waits on it. */
    private final class Line {
        private final BrokerProcess server;
        private final List<Call> calls = new ArrayList<>();
        private final Connection connection;

        Line(int target, BrokerProcess server) {
            this.server = server;
            this.connection =
                    machine.site()
                            .network()
                            .connect(
                                    machine.id(),
                                    process::run,
                                    target,
                                    server.process(),
                                    () -> fail("the connection broke"));
        }

        void send(Call call) {
            calls.add(call);
            machine.site()
                    .world()
                    .afterMs(
                            call.request.maxWaitMs() + SILENCE_MS,
                            () -> {
                                if (!call.over) {
                                    connection.close();
                                    process.run(() -> fail("no answer"));
                                }
                            });
            connection.<ReplicaFetchResponse>call(
                    answer -> server.serve(call.request, answer),
                    response -> {
                        calls.remove(call);
                        call.end(() -> call.done.succeeded(response));
                    });
        }

        private void fail(String why) {
            List<Call> failed = List.copyOf(calls);
            calls.clear();
            failed.forEach(call -> call.end(() -> call.done.failed(new IOException(why))));
        }
    }

    /** One fetch; it ends once. */
    private static final class Call {
        private final ReplicaFetchRequest request;
        private final EventLoop replyOn;
        private final Completion<ReplicaFetchResponse> done;
        private boolean over;

        Call(
                ReplicaFetchRequest request,
                EventLoop replyOn,
                Completion<ReplicaFetchResponse> done) {
            this.request = request;
            this.replyOn = replyOn;
            this.done = done;
        }

        void end(Runnable told) {
            if (!over) {
                over = true;
                replyOn.post(told);
            }
        }
    }

    @Override
    public void fetch(
            int brokerId,
            ReplicaFetchRequest request,
            EventLoop replyOn,
            Completion<ReplicaFetchResponse> done) {
        Call call = new Call(request, replyOn, done);
        Line line = line(request.isAside() ? aside : waiting, brokerId);
        if (line == null) {
            call.end(() -> done.failed(new IOException("nobody listens there")));
        } else {
            line.send(call);
        }
    }

    private @Nullable Line line(Map<Integer, Line> lines, int target) {
        Line open = lines.get(target);
        if (open != null && !open.connection.isClosed()) {
            return open;
        }
        BrokerProcess server = machine.site().machine(target).broker();
        if (server == null) {
            return null;
        }
        Line fresh = new Line(target, server);
        lines.put(target, fresh);
        return fresh;
    }
}
