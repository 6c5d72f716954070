package io.sluice.engine.asking;

import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Makes the topics of questions and answers, and writes questions. Any thread may call. */
public final class QuestionTopics {

    private static final String ANSWERS = "-answers";
    private static final long AGAIN_MS = 200;

    private final Metadata metadata;
    private final Supplier<Uuid> identities;
    private final EventLoop home;
    private final Appender appender;

    /**
     * @param home a loop for steps that belong to no partition
     */
    public QuestionTopics(
            Metadata metadata, Supplier<Uuid> identities, EventLoop home, Appender appender) {
        this.metadata = metadata;
        this.identities = identities;
        this.home = home;
        this.appender = appender;
    }

    /** Where answers to the questions of a topic are read. */
    public static String answers(String questions) {
        return questions + ANSWERS;
    }

    /** Makes a topic of questions, and that of their answers, if they are not there. */
    public void make(String questions) {
        home.execute(() -> makeHere(questions));
    }

    private void makeHere(String questions) {
        List<ControllerCommand.NewTopic> topics = new ArrayList<>();
        for (String name : List.of(questions, answers(questions))) {
            if (!metadata.image().topics().containsKey(name)) {
                topics.add(
                        new ControllerCommand.NewTopic(
                                name, identities.get(), -1, -1, Map.of(), Map.of()));
            }
        }
        if (!topics.isEmpty()) {
            metadata.submit(new ControllerCommand.CreateTopics(topics, false), home, reply -> {});
        }
    }

    /**
     * Writes a batch of questions once the topic is there and its leader is reached. It may be
     * written twice, where an answer was lost.
     *
     * @param place the same for what is to stay in order
     * @param untilMs after it, nobody needs the questions
     * @param done on the home loop: NONE when it is stored
     */
    public void put(
            String questions, int place, ByteBuffer batch, long untilMs, Consumer<ErrorCode> done) {
        home.execute(() -> putHere(questions, place, batch, untilMs, done));
    }

    private void putHere(
            String questions, int place, ByteBuffer batch, long untilMs, Consumer<ErrorCode> done) {
        Consumer<ErrorCode> tried =
                error -> {
                    if (mayPass(error) && home.clock().wallMs() + AGAIN_MS < untilMs) {
                        home.schedule(
                                AGAIN_MS, () -> putHere(questions, place, batch, untilMs, done));
                    } else {
                        done.accept(error);
                    }
                };
        TopicImage topic = metadata.image().topics().get(questions);
        if (topic == null) {
            makeHere(questions);
            tried.accept(ErrorCode.LEADER_NOT_AVAILABLE);
        } else {
            int number = (place & Integer.MAX_VALUE) % topic.partitions().size();
            TopicPartition to = new TopicPartition(questions, number);
            appender.append(to, batch.duplicate(), home, tried);
        }
    }

    /** The leader is not there, is another one, or was not reached. */
    private static boolean mayPass(ErrorCode error) {
        return error == ErrorCode.LEADER_NOT_AVAILABLE
                || error == ErrorCode.NOT_LEADER_OR_FOLLOWER
                || error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                || error == ErrorCode.NETWORK_EXCEPTION;
    }
}
