package io.sluice.simulator.cluster;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.partition.ProducerStates.Remembered;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Partition.RememberedAnswer;
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
import java.util.function.BiConsumer;
import java.util.function.Consumer;
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
        private final List<Call<?>> calls = new ArrayList<>();
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

        <A> void send(
                Call<A> call, long maxWaitMs, BiConsumer<BrokerProcess, Consumer<A>> service) {
            calls.add(call);
            machine.site()
                    .world()
                    .afterMs(
                            maxWaitMs + SILENCE_MS,
                            () -> {
                                if (!call.over) {
                                    connection.close();
                                    process.run(() -> fail("no answer"));
                                }
                            });
            connection.<A>call(
                    answer -> service.accept(server, answer),
                    response -> {
                        calls.remove(call);
                        call.end(() -> call.done.succeeded(response));
                    });
        }

        private void fail(String why) {
            List<Call<?>> failed = List.copyOf(calls);
            calls.clear();
            failed.forEach(call -> call.end(() -> call.done.failed(new IOException(why))));
        }
    }

    /** One question; it ends once. */
    private static final class Call<A> {
        private final EventLoop replyOn;
        private final Completion<A> done;
        private boolean over;

        Call(EventLoop replyOn, Completion<A> done) {
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
        call(
                request.isAside() ? aside : waiting,
                brokerId,
                new Call<>(replyOn, done),
                request.maxWaitMs(),
                (server, answer) -> server.serve(request, answer));
    }

    @Override
    public void producersBelow(
            int brokerId,
            ProducersBelow question,
            EventLoop replyOn,
            Completion<List<Remembered>> done) {
        call(
                aside,
                brokerId,
                new Call<RememberedAnswer>(
                        replyOn,
                        Completion.of(
                                told -> {
                                    if (told.error() == ErrorCode.NONE) {
                                        done.succeeded(told.producers());
                                    } else {
                                        done.failed(new IOException(told.error().name()));
                                    }
                                },
                                done::failed)),
                0L,
                (server, answer) -> server.serve(question, answer));
    }

    private <A> void call(
            Map<Integer, Line> lines,
            int brokerId,
            Call<A> call,
            long maxWaitMs,
            BiConsumer<BrokerProcess, Consumer<A>> service) {
        Line line = line(lines, brokerId);
        if (line == null) {
            call.end(() -> call.done.failed(new IOException("nobody listens there")));
        } else {
            line.send(call, maxWaitMs, service);
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
