package io.sluice.engine.share;

import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.ControllerCommand;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.Codecs;
import io.sluice.core.share.DeadLetter;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.Metadata;
import io.sluice.engine.partition.Appender;
import io.sluice.engine.partition.Partition;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes dead records to the topic that their group names (KIP-1191), each as a record of its own.
 * Records of a partition go to the partition of the same number, modulo how many there are. The
 * topic must allow it ({@code errors.deadletterqueue.group.enable}); it is made where it may be.
 */
public final class DeadLetterWriter implements DeadLetterBox {

    /** Where a group's dead letters go; empty for nowhere. */
    public static final String TOPIC = "errors.deadletterqueue.topic.name";

    static final String COPY = "errors.deadletterqueue.copy.record.enable";
    static final String ENABLED = "errors.deadletterqueue.group.enable";

    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterWriter.class);

    /** Letters of one loop that are on their way at once; the others wait for their turn. */
    private static final int MAX_OUT = 32;

    /** Of a topic that is made: a letter is larger than its record was. */
    private static final String MAX_MESSAGE_BYTES = Integer.toString(16 << 20);

    private static final long WARN_AGAIN_MS = 10_000;

    /**
     * Which topics are made.
     *
     * @param enabled errors.deadletterqueue.auto.create.topics.enable
     * @param prefix errors.deadletterqueue.topic.name.prefix: of names that are made
     */
    public record Making(boolean enabled, String prefix) {}

    /** What copies are made with. */
    record Tools(IoThreads io, Codecs codecs, Appender appender) {}

    private final Metadata metadata;
    private final Supplier<Uuid> identities;
    private final EventLoop home;
    private final Making making;
    private final Tools tools;
    private final Map<EventLoop, Lane> lanes = new ConcurrentHashMap<>();

    /** By what stands in the way; as many as there are topics of dead letters. */
    private final Map<String, Long> warnedMs = new ConcurrentHashMap<>();

    /** What of one loop is on its way. */
    private static final class Lane {
        private final EventLoop loop;
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(1);
        private int out;

        Lane(EventLoop loop) {
            this.loop = loop;
        }

        void begin(Runnable letter) {
            if (out < MAX_OUT) {
                out++;
                letter.run();
            } else {
                waiting.add(letter);
            }
        }

        void ended() {
            Runnable next = waiting.poll();
            if (next == null) {
                out--;
            } else {
                loop.post(next); // not from within the last: all of them may fail at once
            }
        }
    }

    /**
     * @param home a loop for steps that belong to no partition
     */
    public DeadLetterWriter(
            Metadata metadata,
            Supplier<Uuid> identities,
            EventLoop home,
            IoThreads io,
            Codecs codecs,
            Appender appender,
            Making making) {
        this.metadata = metadata;
        this.identities = identities;
        this.home = home;
        this.making = making;
        this.tools = new Tools(io, codecs, appender);
        metadata.subscribe((before, after) -> {
            if (before.groupConfigs() != after.groupConfigs()) {
                home.execute(() -> makeTopics(after)); // before the first letter
            }
        });
    }

    private void makeTopics(ClusterImage image) {
        for (SortedMap<String, String> own : image.groupConfigs().values()) {
            String name = own.getOrDefault(TOPIC, "");
            if (!name.isEmpty() && !metadata.image().topics().containsKey(name)) {
                make(name);
            }
        }
    }

    private void make(String name) {
        if (!making.enabled || !name.startsWith(making.prefix)) {
            warn(name, "there is no such topic, and it is not made by itself: create it");
            return;
        }
        ControllerCommand.NewTopic topic =
                new ControllerCommand.NewTopic(
                        name,
                        identities.get(),
                        -1,
                        -1,
                        Map.of(),
                        Map.of(ENABLED, "true", "max.message.bytes", MAX_MESSAGE_BYTES));
        metadata.submit(
                new ControllerCommand.CreateTopics(List.of(topic), false), home, reply -> {});
    }

    private void warn(String name, String what) {
        long nowMs = home.clock().monotonicMs();
        Long last = warnedMs.get(name);
        if (last == null || nowMs - last >= WARN_AGAIN_MS) {
            warnedMs.put(name, nowMs);
            LOG.warn("dead letters wait for {}: {}", name, what);
        }
    }

    @Override
    public void write(
            Partition partition, ShareKey key, DeadLetter letter, Consumer<ErrorCode> done) {
        EventLoop loop = partition.loop();
        Lane lane = lanes.computeIfAbsent(loop, Lane::new);
        lane.begin(() ->
                begin(
                        partition,
                        key.group(),
                        letter,
                        error -> {
                            lane.ended();
                            done.accept(error);
                        }));
    }

    private void begin(
            Partition partition, String group, DeadLetter letter, Consumer<ErrorCode> done) {
        ClusterImage image = metadata.image();
        SortedMap<String, String> own = image.groupConfigs().get(group);
        String name = own == null ? "" : own.getOrDefault(TOPIC, "");
        if (name.isEmpty() || name.equals(partition.name().topic())) {
            done.accept(ErrorCode.NONE); // it wants them no more, or they are there already
            return;
        }
        TopicImage topic = image.topics().get(name);
        if (topic == null) {
            home.execute(() -> make(name));
            done.accept(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        } else if (!"true".equals(topic.configs().get(ENABLED))) {
            warn(name, "set %s=true on it".formatted(ENABLED));
            done.accept(ErrorCode.POLICY_VIOLATION);
        } else {
            boolean copies = own == null || !"false".equals(own.get(COPY));
            int number = partition.name().partition() % topic.partitions().size();
            new DeadLetterCopy(
                            tools,
                            partition,
                            group,
                            letter,
                            copies,
                            new TopicPartition(name, number),
                            error -> {
                                if (error != ErrorCode.NONE) {
                                    warn(name, "%s, it is tried again".formatted(error));
                                }
                                done.accept(error);
                            })
                    .begin();
        }
    }
}
