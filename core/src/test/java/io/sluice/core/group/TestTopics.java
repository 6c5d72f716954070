package io.sluice.core.group;

import static java.util.Objects.requireNonNull;

import io.sluice.core.controller.BrokerImage;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.controller.PartitionImage;
import io.sluice.core.controller.TopicImage;
import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Topics that a test makes. Broker n is in rack "rack-n" and leads partitions n, n + 3, ... */
final class TestTopics implements Topics {

    static final int BROKERS = 3;

    private final SortedMap<String, SortedMap<String, String>> groupConfigs = new TreeMap<>();
    private ClusterImage image = ClusterImage.EMPTY;
    private long nextId = 1;

    /** Makes a topic, or gives it more partitions. */
    Uuid put(String name, int partitions) {
        TopicImage known = image.topics().get(name);
        Uuid id = known == null ? new Uuid(1, nextId++) : known.id();
        List<PartitionImage> all = new ArrayList<>();
        for (int i = 0; i < partitions; i++) {
            int broker = i % BROKERS;
            all.add(
                    new PartitionImage(
                            i, List.of(broker), List.of(Uuid.ZERO), List.of(broker), broker, 0, 0));
        }
        SortedMap<String, TopicImage> topics = new TreeMap<>(image.topics());
        topics.put(name, new TopicImage(id, name, all, new TreeMap<>()));
        become(topics);
        return id;
    }

    void configure(String group, String key, String value) {
        groupConfigs.computeIfAbsent(group, name -> new TreeMap<>()).put(key, value);
        become(image.topics());
    }

    void delete(String name) {
        SortedMap<String, TopicImage> topics = new TreeMap<>(image.topics());
        topics.remove(name);
        become(topics);
    }

    Uuid id(String name) {
        return requireNonNull(image.topics().get(name)).id();
    }

    int partitions(Uuid id) {
        return requireNonNull(image.topicsById().get(id)).partitions().size();
    }

    private void become(SortedMap<String, TopicImage> topics) {
        SortedMap<Uuid, TopicImage> byId = new TreeMap<>();
        topics.values().forEach(topic -> byId.put(topic.id(), topic));
        SortedMap<Integer, BrokerImage> brokers = new TreeMap<>();
        for (int i = 0; i < BROKERS; i++) {
            brokers.put(
                    i,
                    new BrokerImage(i, 0, Uuid.ZERO, Optional.of("rack-" + i), List.of(), false));
        }
        image =
                new ClusterImage(
                        image.index() + 1,
                        Uuid.ZERO,
                        brokers,
                        topics,
                        byId,
                        new TreeMap<>(),
                        groupConfigs,
                        0L);
    }

    @Override
    public ClusterImage image() {
        return image;
    }

    @Override
    public Predicate<String> pattern(String expression) throws InvalidPatternException {
        try {
            return Pattern.compile(expression).asMatchPredicate();
        } catch (PatternSyntaxException e) {
            throw new InvalidPatternException(e.getDescription());
        }
    }
}
