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
    private static final long OPENING_MS = 200;
    private static final int OPENING_TRIES = 25;

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
     * Writes a batch of questions once the topic is there and led.
     *
     * @param place the same for what is to stay in order
     * @param done on the home loop: NONE when it is stored; LEADER_NOT_AVAILABLE if it could not be
     *     for {@value #OPENING_TRIES} tries
     */
    public void put(String questions, int place, ByteBuffer batch, Consumer<ErrorCode> done) {
        home.execute(() -> put(questions, place, batch, OPENING_TRIES, done));
    }

    private void put(
            String questions, int place, ByteBuffer batch, int tries, Consumer<ErrorCode> done) {
        TopicImage topic = metadata.image().topics().get(questions);
        if (topic == null) {
            makeHere(questions);
            putAgain(questions, place, batch, tries, done);
            return;
        }
        int number = (place & Integer.MAX_VALUE) % topic.partitions().size();
        appender.append(
                new TopicPartition(questions, number),
                batch,
                home,
                error -> {
                    if (error == ErrorCode.LEADER_NOT_AVAILABLE) {
                        putAgain(questions, place, batch, tries, done);
                    } else {
                        done.accept(error);
                    }
                });
    }

    private void putAgain(
            String questions, int place, ByteBuffer batch, int tries, Consumer<ErrorCode> done) {
        if (tries > 0) {
            home.schedule(OPENING_MS, () -> put(questions, place, batch, tries - 1, done));
        } else {
            done.accept(ErrorCode.LEADER_NOT_AVAILABLE);
        }
    }
}
