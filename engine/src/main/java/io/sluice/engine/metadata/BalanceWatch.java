package io.sluice.engine.metadata;

import io.sluice.core.controller.BalanceSettings;
import io.sluice.core.controller.ClusterBalance;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerCommand.AlterReassignments;
import io.sluice.core.controller.ControllerCommand.ElectLeaders;
import io.sluice.core.controller.ControllerCommand.ReportLoads;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.EventLoop;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the cluster even while this broker decides: asks {@link ClusterBalance} again and again,
 * and has done what it says. Owned by the metadata's loop.
 */
final class BalanceWatch {

    /** How often it is asked: a move that ends makes room for the next. */
    private static final long TICK_MS = 1_000L;

    private static final Logger LOG = LoggerFactory.getLogger(BalanceWatch.class);

    private final EventLoop loop;
    private final Supplier<BalanceSettings> settings;
    private final Supplier<ClusterImage> image;
    private final Submit submit;
    private final boolean alone;
    private final ClusterBalance balance = new ClusterBalance();
    private EventLoop.@Nullable Timer timer;

    /** Commands of the last step that are not answered: the image does not show them yet. */
    private int waiting;

    /** Counts terms: an answer from an earlier one has no effect. */
    private long term;

    /** Has a command decided here. */
    interface Submit {
        void submit(ControllerCommand command, Consumer<ControllerReply> reply);
    }

    /**
     * @param alone there is nobody to move anything to: it is only told how things are
     */
    BalanceWatch(
            EventLoop loop,
            Supplier<BalanceSettings> settings,
            Supplier<ClusterImage> image,
            Submit submit,
            boolean alone) {
        this.loop = loop;
        this.settings = settings;
        this.image = image;
        this.submit = submit;
        this.alone = alone;
    }

    private long nowMs() {
        return loop.clock().monotonicMs();
    }

    /** This broker decides from now on. */
    void begin() {
        end();
        balance.begin(nowMs());
        if (!alone) {
            timer = loop.schedule(TICK_MS, this::tick);
        }
    }

    /** Another one decides. */
    void end() {
        term++;
        waiting = 0;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    void heard(ReportLoads report) {
        balance.loads(report, image.get());
    }

    /** How it stands, for an operator. */
    String report() {
        return balance.report(image.get(), settings.get(), nowMs());
    }

    private void tick() {
        timer = loop.schedule(TICK_MS, this::tick);
        if (waiting > 0) {
            return;
        }
        List<ControllerCommand> commands = balance.step(image.get(), settings.get(), nowMs());
        waiting = commands.size();
        long of = term;
        for (ControllerCommand command : commands) {
            tell(command);
            submit.submit(
                    command,
                    reply -> {
                        if (of == term) {
                            waiting--;
                            heard(command, reply);
                        }
                    });
        }
    }

    private static void tell(ControllerCommand command) {
        if (command instanceof AlterReassignments moves) {
            moves.reassignments()
                    .forEach(one ->
                            LOG.info(
                                    one.replicas()
                                            .map(to -> "{} moves to " + to)
                                            .orElse("the move of {} is called off"),
                                    one.partition()));
        } else if (command instanceof ElectLeaders elections) {
            LOG.info("leaders given back: {}", elections.partitions());
        }
    }

    private static void heard(ControllerCommand command, ControllerReply reply) {
        for (ControllerReply.Outcome outcome : reply.outcomes()) {
            if (outcome.error() != ErrorCode.NONE) {
                LOG.info("not done: {} {} of {}", outcome.error(), outcome.detail(), command);
            }
        }
    }
}
