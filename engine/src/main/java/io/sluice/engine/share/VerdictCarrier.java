package io.sluice.engine.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings answers to the queues they are about, here or at another broker, those of one queue in
 * order. What does not arrive is tried again until its time is over: the broker may be away for a
 * moment, or another one leads by now, which then says that it asked nothing. What arrives twice
 * settles nothing the second time. Owned by the home loop.
 */
final class VerdictCarrier {

    /** Answers that wait for their queue; one more is left out, and its records come back. */
    static final int MAX_WAITING = 10_000;

    static final long AGAIN_MS = 200;

    private static final Logger LOG = LoggerFactory.getLogger(VerdictCarrier.class);

    private final Metadata metadata;
    private final Queues queues;
    private final RecordVerdicts.Elsewhere elsewhere;
    private final EventLoop home;

    /** The first of each is under way. */
    private final Map<ShareKey, ArrayDeque<Carried>> waiting = new HashMap<>();

    private int count;

    /** What somebody said who was asked. */
    record Carried(QuestionName name, List<Acknowledgement> items) {}

    VerdictCarrier(
            Metadata metadata, Queues queues, RecordVerdicts.Elsewhere elsewhere, EventLoop home) {
        this.metadata = metadata;
        this.queues = queues;
        this.elsewhere = elsewhere;
        this.home = home;
    }

    /** Any thread. */
    void carry(Carried answer) {
        home.execute(() -> add(answer));
    }

    private void add(Carried answer) {
        if (count >= MAX_WAITING) {
            LOG.warn("{} answers wait; left out: {}", count, answer.name.text());
            return;
        }
        count++;
        ShareKey queue = answer.name.queue();
        ArrayDeque<Carried> its = waiting.computeIfAbsent(queue, none -> new ArrayDeque<>(1));
        its.add(answer);
        if (its.size() == 1) {
            bring(answer);
        }
    }

    private void bring(Carried answer) {
        int leader = leader(answer.name.queue());
        if (leader == PartitionImage.NO_LEADER) {
            brought(answer, ErrorCode.LEADER_NOT_AVAILABLE);
        } else if (elsewhere.isOther(leader)) {
            elsewhere.answer(
                    leader, answer.name, answer.items, home, error -> brought(answer, error));
        } else {
            queues.answer(
                    answer.name,
                    answer.items,
                    home,
                    error -> LOG.debug("an answer to {}: {}", answer.name.text(), error));
            brought(answer, ErrorCode.NONE); // that it is remembered is not waited for
        }
    }

    private void brought(Carried answer, ErrorCode error) {
        if (mayPass(error) && answer.name.untilMs() > home.clock().wallMs()) {
            home.schedule(AGAIN_MS, () -> bring(answer));
        } else {
            home.post(() -> next(answer.name.queue()));
        }
    }

    /** Whoever leads was not reached, or nobody does now. */
    private static boolean mayPass(ErrorCode error) {
        return error == ErrorCode.NETWORK_EXCEPTION
                || error == ErrorCode.NOT_LEADER_OR_FOLLOWER
                || error == ErrorCode.LEADER_NOT_AVAILABLE;
    }

    private void next(ShareKey queue) {
        ArrayDeque<Carried> its = Objects.requireNonNull(waiting.get(queue));
        its.remove();
        count--;
        if (its.isEmpty()) {
            waiting.remove(queue);
        } else {
            bring(its.getFirst());
        }
    }

    private int leader(ShareKey queue) {
        ClusterImage image = metadata.image();
        TopicImage topic = image.topicsById().get(queue.topicId());
        return topic == null || queue.partition() >= topic.partitions().size()
                ? PartitionImage.NO_LEADER
                : topic.partitions().get(queue.partition()).leader();
    }
}
