package io.sluice.kafka.api;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.model.Uuid;
import io.sluice.engine.asking.Answers;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.OtherLeaders;
import io.sluice.engine.share.QuestionBox;
import io.sluice.engine.share.Queues;
import io.sluice.engine.share.RecordQuestions;
import io.sluice.engine.share.RecordVerdicts;
import java.util.List;
import java.util.function.Supplier;

/**
 * The questions that queues of a broker ask before a record goes to somebody else, and who hears
 * the answers (docs/adr/ask-before-redeliver.md).
 */
public final class QueueQuestions {

    /** Where a group wants to be asked; empty for nowhere. */
    static final String TOPIC = "sluice.queue.ask.topic";

    private final CoordinatorGround ground;
    private final QuestionTopics topics;
    private final QuestionBox box;

    private QueueQuestions(CoordinatorGround ground, QuestionTopics topics) {
        this.ground = ground;
        this.topics = topics;
        this.box =
                new RecordQuestions(
                        topics,
                        ground.home(),
                        ground.io(),
                        ground.codecs(),
                        () -> secret(ground.identities()));
    }

    /** Of a broker. */
    public static QueueQuestions create(CoordinatorGround ground, OtherLeaders others) {
        Appender appender = new Appender(ground.partitions(), ground.metadata(), others);
        return new QueueQuestions(
                ground,
                new QuestionTopics(
                        ground.metadata(), ground.identities(), ground.home(), appender));
    }

    /** A random identity has a few bits that are known; the other half has them elsewhere. */
    private static long secret(Supplier<Uuid> identities) {
        Uuid random = identities.get();
        return random.high() ^ Long.rotateLeft(random.low(), Integer.SIZE);
    }

    /** Where queues put what they ask. */
    public QuestionBox box() {
        return box;
    }

    /** Hears answers from now on; partitions are to be told to what is given. */
    public Answers hear(Queues queues, RecordVerdicts.Elsewhere elsewhere) {
        Answers answers =
                new Answers(
                        ground.partitions(),
                        this::isForAnswers,
                        new RecordVerdicts(ground.metadata(), queues, elsewhere, ground.home()),
                        ground.io(),
                        ground.codecs());
        ground.metadata()
                .subscribe((before, after) -> {
                    if (before.groupConfigs() != after.groupConfigs()) {
                        all(after).forEach(topics::make); // who answers can listen before the first
                        // one
                        answers.topicsChanged();
                    }
                });
        return answers;
    }

    private boolean isForAnswers(String topic) {
        return all(ground.metadata().image()).stream()
                .anyMatch(questions -> QuestionTopics.answers(questions).equals(topic));
    }

    private static List<String> all(ClusterImage image) {
        return image.groupConfigs().values().stream()
                .map(own -> own.getOrDefault(TOPIC, ""))
                .filter(topic -> !topic.isEmpty())
                .toList();
    }
}
