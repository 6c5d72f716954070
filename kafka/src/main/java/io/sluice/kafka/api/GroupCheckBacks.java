package io.sluice.kafka.api;

import io.sluice.core.config.ConfigKey;
import io.sluice.core.config.ConfigSchema;
import io.sluice.core.controller.ClusterImage;
import io.sluice.core.transaction.CheckBack;
import io.sluice.core.transaction.CheckBacks;
import io.sluice.engine.asking.QuestionTopics;
import io.sluice.engine.metadata.Metadata;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/**
 * Who is asked about half messages: a group of producers is what transactional ids have in common
 * before a hyphen ({@code orders} of {@code orders-7f3a}), the longest one that has settings.
 */
final class GroupCheckBacks implements CheckBacks {

    private static final String TOPIC = "sluice.transaction.check.topic";
    private static final String INTERVAL_MS = "sluice.transaction.check.interval.ms";
    private static final String ATTEMPTS = "sluice.transaction.check.attempts";

    private final Metadata metadata;

    GroupCheckBacks(Metadata metadata) {
        this.metadata = metadata;
    }

    @Override
    public Optional<CheckBack> of(String transactionalId) {
        ClusterImage image = metadata.image();
        int end = transactionalId.length();
        while (end > 0) {
            SortedMap<String, String> own =
                    image.groupConfigs().get(transactionalId.substring(0, end));
            if (own != null && isSet(own)) {
                return Optional.of(checkBack(own));
            }
            end = transactionalId.lastIndexOf('-', end - 1);
        }
        return Optional.empty();
    }

    /** Whether answers are read from a topic. */
    boolean isForAnswers(String topic) {
        return all(metadata.image()).stream()
                .anyMatch(one -> QuestionTopics.answers(one.topic()).equals(topic));
    }

    /** All who are asked, as an image has it. */
    static List<CheckBack> all(ClusterImage image) {
        return image.groupConfigs().values().stream()
                .filter(GroupCheckBacks::isSet)
                .map(GroupCheckBacks::checkBack)
                .toList();
    }

    private static boolean isSet(SortedMap<String, String> own) {
        return !value(own, TOPIC).isEmpty();
    }

    private static CheckBack checkBack(SortedMap<String, String> own) {
        return new CheckBack(
                value(own, TOPIC),
                Long.parseLong(value(own, INTERVAL_MS)),
                Integer.parseInt(value(own, ATTEMPTS)));
    }

    private static String value(SortedMap<String, String> own, String key) {
        String value = own.get(key);
        return value != null
                ? value
                : ConfigSchema.group().find(key).flatMap(ConfigKey::defaultValue).orElseThrow();
    }
}
