package io.sluice.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.config.ResolvedValue.Source;
import io.sluice.core.config.ResolvedValue.Synonym;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class ConfigResolverTest {

    private static final SortedMap<String, SortedMap<String, String>> NOTHING = new TreeMap<>();

    private static SortedMap<String, SortedMap<String, String>> dynamic(
            String broker, Map<String, String> values) {
        SortedMap<String, SortedMap<String, String>> all = new TreeMap<>();
        all.put(broker, new TreeMap<>(values));
        return all;
    }

    @Test
    void withoutValuesTheDefaultsOfTheSchemaAreThoseOfTheType() {
        ConfigResolver resolver = new ConfigResolver(1, Map.of());
        assertThat(resolver.topicConfig(Map.of(), NOTHING)).isEqualTo(TopicConfig.DEFAULT);
        assertThat(resolver.topicConfig(Map.of("retention.ms", "5"), NOTHING).retentionMs())
                .isEqualTo(5);
    }

    @Test
    void theTopicComesBeforeTheBrokerBeforeAllBrokersBeforeTheFileBeforeTheDefault() {
        ConfigResolver resolver = new ConfigResolver(1, Map.of("log.segment.bytes", "400"));
        SortedMap<String, SortedMap<String, String>> brokers =
                dynamic("", Map.of("log.segment.bytes", "300"));
        brokers.put("1", new TreeMap<>(Map.of("log.segment.bytes", "200")));
        brokers.put("2", new TreeMap<>(Map.of("log.segment.bytes", "250")));
        ResolvedValue value = find(resolver.describeTopic(Map.of("segment.bytes", "100"), brokers));
        assertThat(value.value()).hasValue("100");
        assertThat(value.source()).isEqualTo(Source.DYNAMIC_TOPIC_CONFIG);
        assertThat(value.synonyms())
                .containsExactly(
                        new Synonym("segment.bytes", "100", Source.DYNAMIC_TOPIC_CONFIG),
                        new Synonym("log.segment.bytes", "200", Source.DYNAMIC_BROKER_CONFIG),
                        new Synonym(
                                "log.segment.bytes", "300", Source.DYNAMIC_DEFAULT_BROKER_CONFIG),
                        new Synonym("log.segment.bytes", "400", Source.STATIC_BROKER_CONFIG),
                        new Synonym("log.segment.bytes", "1073741824", Source.DEFAULT_CONFIG));
        assertThat(resolver.topicConfig(Map.of(), brokers).segmentBytes()).isEqualTo(200);
        assertThat(resolver.topicConfig(Map.of(), NOTHING).segmentBytes()).isEqualTo(400);
        assertThat(resolver.topicConfig(Map.of(), dynamic("2", Map.of())).segmentBytes())
                .isEqualTo(400);
    }

    private static ResolvedValue find(List<ResolvedValue> values) {
        return values.stream()
                .filter(one -> one.key().name().equals("segment.bytes"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void hoursAndMinutesGiveMilliseconds() {
        assertThat(retention(Map.of("log.retention.hours", "2"))).isEqualTo(7_200_000);
        assertThat(retention(Map.of("log.retention.hours", "2", "log.retention.minutes", "3")))
                .isEqualTo(180_000);
        assertThat(retention(Map.of("log.retention.hours", "2", "log.retention.ms", "4")))
                .isEqualTo(4);
        assertThat(retention(Map.of("log.retention.hours", "-1"))).isEqualTo(-1);
        ConfigResolver resolver = new ConfigResolver(1, Map.of("log.retention.ms", "4"));
        assertThat(
                        resolver.topicConfig(
                                        Map.of(), dynamic("", Map.of("log.retention.hours", "1")))
                                .retentionMs())
                .as("what is changed at run time comes before the file")
                .isEqualTo(3_600_000);
    }

    private static long retention(Map<String, String> values) {
        return new ConfigResolver(1, values).topicConfig(Map.of(), NOTHING).retentionMs();
    }

    @Test
    void aBrokerIsDescribedWithWhatCannotBeChanged() {
        ConfigResolver resolver = new ConfigResolver(7, Map.of("broker.id", "7"));
        List<ResolvedValue> all = resolver.describeBroker(Optional.of(7), NOTHING);
        assertThat(all).hasSize(ConfigSchema.broker().keys().size());
        ResolvedValue id =
                all.stream()
                        .filter(one -> one.key().name().equals("node.id"))
                        .findFirst()
                        .orElseThrow();
        assertThat(id.value()).hasValue("7");
        assertThat(id.readOnly()).isTrue();
        assertThat(id.source()).isEqualTo(Source.STATIC_BROKER_CONFIG);
    }

    @Test
    void forAllBrokersOnlyWhatIsSetIsDescribed() {
        ConfigResolver resolver = new ConfigResolver(1, Map.of("log.segment.bytes", "400"));
        assertThat(resolver.describeBroker(Optional.empty(), NOTHING)).isEmpty();
        assertThat(
                        resolver.describeBroker(
                                Optional.empty(), dynamic("", Map.of("num.partitions", "3"))))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.key().name()).isEqualTo("num.partitions");
                    assertThat(one.value()).hasValue("3");
                });
        assertThat(
                        resolver.brokerValue(
                                "num.partitions", dynamic("", Map.of("num.partitions", "3"))))
                .hasValue("3");
        assertThat(resolver.brokerValue("broker.rack", NOTHING)).isEmpty();
    }
}
