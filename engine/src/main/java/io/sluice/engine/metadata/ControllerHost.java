package io.sluice.engine.metadata;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.Controller;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.ControllerReply;
import io.sluice.core.controller.MetadataEvent;
import io.sluice.core.controller.MetadataEventCodec;
import io.sluice.core.model.ErrorCode;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the controller over the metadata log, on one event loop. One decision is under way at a
 * time, so that each is made on what is committed; what comes meanwhile waits its turn.
 */
public final class ControllerHost implements Metadata, MetadataLog.Listener {

    /** Commands that may wait; one more is told to try again. */
    private static final int MAX_WAITING = 10_000;

    /** Entries after which the state is stored, so that the log stays short. */
    private static final int SNAPSHOT_ENTRIES = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ControllerHost.class);

    private final EventLoop loop;
    private final MetadataLog log;
    private final Controller.Defaults defaults;
    private final Deque<Asked> waiting = new ArrayDeque<>();
    private final List<ImageListener> listeners = new ArrayList<>();
    private Controller controller;
    private volatile ClusterImage image = ClusterImage.EMPTY;
    private boolean replaying = true;
    private boolean deciding;
    private int sinceSnapshot;

    private record Asked(
            ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
        void answer(ControllerReply answer) {
            replyOn.execute(() -> reply.accept(answer));
        }
    }

    public ControllerHost(EventLoop loop, MetadataLog log, Controller.Defaults defaults) {
        this.loop = loop;
        this.log = log;
        this.defaults = defaults;
        this.controller = new Controller(defaults);
    }

    /** Restores and replays; completes on the loop when the image is current. */
    public void start(Completion<ClusterImage> done) {
        loop.execute(() ->
                log.start(
                        this,
                        new Completion<>() {
                            @Override
                            public void succeeded(Long last) {
                                replaying = false;
                                publish(last);
                                done.succeeded(image);
                            }

                            @Override
                            public void failed(IOException fault) {
                                done.failed(fault);
                            }
                        }));
    }

    @Override
    public ClusterImage image() {
        return image;
    }

    @Override
    public void subscribe(ImageListener listener) {
        loop.execute(() -> {
            listeners.add(listener);
            listener.imageChanged(ClusterImage.EMPTY, image);
        });
    }

    @Override
    public void submit(
            ControllerCommand command, EventLoop replyOn, Consumer<ControllerReply> reply) {
        loop.execute(() -> {
            Asked asked = new Asked(command, replyOn, reply);
            if (waiting.size() >= MAX_WAITING) {
                asked.answer(failed(command, ErrorCode.REQUEST_TIMED_OUT, "too many changes wait"));
                return;
            }
            waiting.addLast(asked);
            decideNext();
        });
    }

    private void decideNext() {
        while (!deciding && !waiting.isEmpty()) {
            Asked asked = waiting.removeFirst();
            Controller.Decision decision = controller.decide(asked.command);
            if (decision.events().isEmpty()) {
                asked.answer(decision.reply());
            } else {
                deciding = true;
                commit(asked, decision);
            }
        }
    }

    private void commit(Asked asked, Controller.Decision decision) {
        log.append(
                MetadataEventCodec.encode(decision.events()),
                new Completion<>() {
                    @Override
                    public void succeeded(Long index) {
                        asked.answer(decision.reply());
                        deciding = false;
                        decideNext();
                    }

                    @Override
                    public void failed(IOException fault) {
                        LOG.error("metadata cannot be written: {}", fault.getMessage());
                        asked.answer(
                                ControllerHost.failed(
                                        asked.command,
                                        ErrorCode.KAFKA_STORAGE_ERROR,
                                        fault.toString()));
                        deciding = false;
                        decideNext();
                    }
                });
    }

    /** The same answer for every item of a command. */
    private static ControllerReply failed(
            ControllerCommand command, ErrorCode error, String detail) {
        int items =
                switch (command) {
                    case ControllerCommand.CreateTopics c -> c.topics().size();
                    case ControllerCommand.DeleteTopics c -> c.topics().size();
                    case ControllerCommand.CreatePartitions c -> c.topics().size();
                    case ControllerCommand.AlterConfigs c -> c.changes().size();
                    case ControllerCommand.InitializeCluster c -> 1;
                    case ControllerCommand.RegisterBroker c -> 1;
                    case ControllerCommand.AllocateProducerIds c -> 1;
                    case ControllerCommand.AssignDirectories c -> 1;
                };
        List<ControllerReply.Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            outcomes.add(new ControllerReply.Outcome(error, detail, Optional.empty()));
        }
        return new ControllerReply(outcomes, -1L, -1L);
    }

    @Override
    public void restore(long index, ByteBuffer state) {
        controller = new Controller(defaults);
        MetadataEventCodec.decode(state).forEach(controller::apply);
    }

    @Override
    public void apply(long index, ByteBuffer entry) {
        for (MetadataEvent event : MetadataEventCodec.decode(entry)) {
            controller.apply(event);
        }
        sinceSnapshot++;
        if (!replaying) {
            publish(index);
            snapshotIfDue(index);
        }
    }

    @Override
    public void leadership(boolean leads, long term) {
        // A single node always leads; a quorum will turn decisions away while it does not.
    }

    private void publish(long index) {
        ClusterImage before = image;
        ClusterImage after = controller.image(index);
        image = after;
        listeners.forEach(listener -> listener.imageChanged(before, after));
    }

    private void snapshotIfDue(long index) {
        if (sinceSnapshot < SNAPSHOT_ENTRIES) {
            return;
        }
        sinceSnapshot = 0;
        log.snapshot(
                index,
                MetadataEventCodec.encode(controller.snapshot()),
                new Completion<>() {
                    @Override
                    public void succeeded(Long stored) {
                        LOG.debug("metadata snapshot at {}", stored);
                    }

                    @Override
                    public void failed(IOException fault) {
                        LOG.warn("metadata snapshot failed: {}", fault.getMessage());
                    }
                });
    }
}
