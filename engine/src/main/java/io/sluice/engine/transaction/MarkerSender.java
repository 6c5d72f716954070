package io.sluice.engine.transaction;

import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.TransactionMarker;
import io.sluice.core.transaction.TransactionCommand;
import io.sluice.core.transaction.TransactionEvent;
import io.sluice.core.transaction.TransactionReply;
import io.sluice.core.transaction.TransactionReply.Markers;
import io.sluice.engine.coordinator.CoordinatorHost;
import io.sluice.engine.coordinator.Reply;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.RareLog;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Partition;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the markers of the transactions of one coordinator. Owned by the loop of the coordinator's
 * partition.
 *
 * <pre>
 *   the coordinator gives a prepared transaction ──▶ a marker to each partition ──all written──▶
 *   the coordinator is told ──it has taken it──▶ forgotten
 * </pre>
 *
 * Whatever fails is tried again until it works or another broker leads the partition, with pauses
 * that grow up to {@value #LAST_RETRY_MS} ms. The coordinator may give a transaction again when it
 * was loaded again; what is under way then stays under way, so that no marker is sent by two hands.
 * In a later leader epoch all begins anew: the markers of the earlier one are fenced.
 */
final class MarkerSender {

    private static final Logger LOG = LoggerFactory.getLogger(MarkerSender.class);

    /** A marker that keeps failing would say so as long as it fails, and so would thousands. */
    private static final RareLog RARE = new RareLog(LOG, Duration.ofMinutes(1));

    static final long FIRST_RETRY_MS = 20;
    static final long LAST_RETRY_MS = 5_000;

    private final Partition partition;
    private final BooleanSupplier leads;
    private final EventLoop loop;
    private final CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host;
    private final Metadata metadata;
    private final MarkerTarget target;

    /** By transactional id; as many as the coordinator has prepared. */
    private final Map<String, Writing> writing = new HashMap<>();

    /** The leader epoch in which they are written. */
    private int epoch = BatchHeader.NO_LEADER_EPOCH;

    /** Counts the times that the coordinator began to serve: an earlier question is void. */
    private long life;

    /** A transaction whose markers are being written. */
    private static final class Writing {
        final Markers markers;
        int left;

        Writing(Markers markers) {
            this.markers = markers;
            this.left = markers.partitions().size();
        }
    }

    MarkerSender(
            Partition partition,
            BooleanSupplier leads,
            CoordinatorHost<TransactionCommand, TransactionEvent, TransactionReply> host,
            Metadata metadata,
            MarkerTarget target) {
        this.partition = partition;
        this.leads = leads;
        this.loop = partition.loop();
        this.host = host;
        this.metadata = metadata;
        this.target = target;
    }

    Partition partition() {
        return partition;
    }

    /** The coordinator serves, for the first time or again. */
    void serve() {
        int now = partition.status().leaderEpoch();
        if (now != epoch) {
            writing.clear();
            epoch = now;
        }
        ask(++life, FIRST_RETRY_MS);
    }

    /** Waits for prepared transactions, as long as the coordinator serves. */
    private void ask(long of, long retryMs) {
        host.submit(
                partition.name().partition(),
                new TransactionCommand.AwaitMarkers(),
                loop,
                reply -> {
                    switch (reply) {
                        case Reply.Answered<TransactionReply>(TransactionReply answer) -> {
                            if (answer instanceof TransactionReply.Owed owed) {
                                owed.transactions().forEach(this::begin);
                            }
                            // Two who ask would push each other out without end.
                            if (of == life) {
                                ask(of, FIRST_RETRY_MS);
                            }
                        }
                        case Reply.Refused<TransactionReply> refused ->
                                again(
                                        retryMs,
                                        () -> {
                                            if (of == life) {
                                                ask(of, next(retryMs));
                                            }
                                        });
                    }
                });
    }

    private static long next(long retryMs) {
        return Math.min(LAST_RETRY_MS, 2 * retryMs);
    }

    private void again(long delayMs, Runnable step) {
        loop.schedule(
                delayMs,
                () -> {
                    if (leads.getAsBoolean()) {
                        step.run();
                    }
                });
    }

    private void begin(Markers markers) {
        Writing under = writing.get(markers.id());
        if (under != null && under.markers.equals(markers)) {
            return;
        }
        Writing now = new Writing(markers);
        writing.put(markers.id(), now);
        TransactionMarker marker =
                new TransactionMarker(
                        markers.producer().id(),
                        markers.producer().epoch(),
                        epoch,
                        markers.commit(),
                        markers.version());
        for (TopicPartition to : markers.partitions()) {
            write(now, to, marker, FIRST_RETRY_MS);
        }
    }

    private void write(Writing of, TopicPartition to, TransactionMarker marker, long retryMs) {
        if (writing.get(of.markers.id()) != of) {
            return;
        }
        if (isDeleted(to)) {
            written(of);
            return;
        }
        target.write(
                to,
                marker,
                loop,
                error -> {
                    switch (error) {
                        case NONE -> written(of);
                        case INVALID_PRODUCER_EPOCH, PRODUCER_FENCED -> {
                            LOG.info(
                                    "{}: {} is behind what the partition knows, and not needed",
                                    to,
                                    marker);
                            written(of);
                        }
                        default -> {
                            if (retryMs == LAST_RETRY_MS) {
                                RARE.warn(
                                        loop.clock(),
                                        to + ": " + marker + " cannot be written: " + error);
                            }
                            again(retryMs, () -> write(of, to, marker, next(retryMs)));
                        }
                    }
                });
    }

    /** The topic is gone, and the transaction's records with it. */
    private boolean isDeleted(TopicPartition to) {
        TopicImage topic = metadata.image().topics().get(to.topic());
        return topic == null || to.partition() >= topic.partitions().size();
    }

    private void written(Writing of) {
        if (--of.left == 0) {
            tell(of, FIRST_RETRY_MS);
        }
    }

    private void tell(Writing of, long retryMs) {
        if (writing.get(of.markers.id()) != of) {
            return;
        }
        host.submit(
                partition.name().partition(),
                new TransactionCommand.Marked(
                        of.markers.id(), of.markers.producer(), of.markers.commit()),
                loop,
                reply -> {
                    switch (reply) {
                        case Reply.Answered<TransactionReply> taken ->
                                writing.remove(of.markers.id(), of);
                        case Reply.Refused<TransactionReply> refused ->
                                again(retryMs, () -> tell(of, next(retryMs)));
                    }
                });
    }
}
