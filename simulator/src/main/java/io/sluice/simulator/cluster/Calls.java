package io.sluice.simulator.cluster;

import io.sluice.engine.loop.EventLoop;
import io.sluice.simulator.world.Connection;
import io.sluice.simulator.world.SimProcess;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What a broker asks another one beside fetches: each over a connection of its own, so that one may
 * overtake another.
 */
final class Calls {

    private static final long SILENCE_MS = 1_500;

    private final Machine machine;
    private final SimProcess process;

    Calls(Machine machine, SimProcess process) {
        this.machine = machine;
        this.process = process;
    }

    /** One question; it ends once. */
    private static final class Call<A> {
        private final EventLoop replyOn;
        private final Consumer<Optional<A>> done;
        private boolean over;

        Call(EventLoop replyOn, Consumer<Optional<A>> done) {
            this.replyOn = replyOn;
            this.done = done;
        }

        void end(Optional<A> answer) {
            if (!over) {
                over = true;
                replyOn.post(() -> done.accept(answer));
            }
        }
    }

    /**
     * Asks.
     *
     * @param done on {@code replyOn}, once: the answer, or nothing if it is lost
     */
    <A> void ask(
            int target,
            BiConsumer<BrokerProcess, Consumer<A>> request,
            EventLoop replyOn,
            Consumer<Optional<A>> done) {
        Call<A> call = new Call<>(replyOn, done);
        BrokerProcess server = machine.site().machine(target).broker();
        if (server == null) {
            call.end(Optional.empty());
            return;
        }
        Connection connection =
                machine.site()
                        .network()
                        .connect(
                                machine.id(),
                                process::run,
                                target,
                                server.process(),
                                () -> call.end(Optional.empty()));
        machine.site()
                .world()
                .afterMs(
                        SILENCE_MS,
                        () -> {
                            if (!call.over) {
                                connection.close();
                                process.run(() -> call.end(Optional.empty()));
                            }
                        });
        connection.<A>call(
                answer -> request.accept(server, answer),
                answer -> {
                    connection.close();
                    call.end(Optional.of(answer));
                });
    }
}
