package io.sluice.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ConfigSchemaTest {

    private final ConfigSchema topic = ConfigSchema.topic();
    private final ConfigSchema broker = ConfigSchema.broker();

    @Test
    void everyDefaultIsValid() {
        for (ConfigSchema schema : new ConfigSchema[] {topic, broker}) {
            schema.keys()
                    .forEach((name, key) ->
                            key.defaultValue()
                                    .ifPresent(value ->
                                            assertThat(schema.invalid(name, value))
                                                    .as(name)
                                                    .isEmpty()));
        }
    }

    @Test
    void everyTopicSettingHasItsDefaultAmongTheBrokers() {
        topic.keys()
                .values()
                .forEach(key ->
                        key.brokerNames()
                                .forEach(name ->
                                        assertThat(broker.find(name.name()))
                                                .as(name.name())
                                                .isPresent()));
    }

    @Test
    void everySettingIsExplained() {
        for (ConfigSchema schema : new ConfigSchema[] {topic, broker}) {
            schema.keys()
                    .values()
                    .forEach(key -> assertThat(key.documentation()).as(key.name()).endsWith("."));
        }
    }

    @Test
    void aFaultNamesKeyValueAndRemedy() {
        assertThat(topic.invalid("retention.ms", "-2"))
                .hasValue(
                        "retention.ms=-2 is not valid: give a whole number from -1 to"
                                + " 9223372036854775807");
        assertThat(topic.invalid("retention.ms", "1h")).isPresent();
        assertThat(topic.invalid("cleanup.policy", "compact,none"))
                .hasValue("cleanup.policy=compact,none is not valid: give one of delete, compact");
        assertThat(topic.invalid("min.cleanable.dirty.ratio", "NaN")).isPresent();
        assertThat(topic.invalid("compression.gzip.level", "0")).isPresent();
        assertThat(topic.invalid("preallocate", "true")).isPresent();
        assertThat(topic.invalid("segment.bytes", "2147483648")).isPresent();
    }

    @Test
    void anUnknownNameGetsTheNearest() {
        assertThat(topic.invalid("retention.mss", "1"))
                .hasValue("unknown setting retention.mss: did you mean retention.ms?");
        assertThat(broker.invalid("log.segement.bytes", "1"))
                .hasValue("unknown setting log.segement.bytes: did you mean log.segment.bytes?");
        assertThat(topic.invalid("colour", "red")).hasValue("unknown setting colour: leave it out");
        assertThat(topic.invalid("x".repeat(1_000_000), "")).isPresent();
    }

    @Test
    void aSettingOfKafkaThatIsNotHereSaysWhy() {
        assertThat(topic.invalid("remote.storage.enable", "false"))
                .hasValue(
                        "remote.storage.enable is not a setting of Sluice: there is no tiered"
                                + " storage, leave it out");
        assertThat(broker.invalid("num.io.threads", "8").orElse(""))
                .contains("num.network.threads");
    }

    @Test
    void valuesAreStoredCanonically() {
        assertThat(topic.canonical("cleanup.policy", " compact , delete,compact"))
                .isEqualTo("compact,delete");
        assertThat(topic.canonical("retention.ms", " 1000 ")).isEqualTo("1000");
        assertThat(topic.canonical("unclean.leader.election.enable", "TRUE")).isEqualTo("true");
        assertThat(topic.invalid("unclean.leader.election.enable", "TRUE")).isEmpty();
        assertThat(topic.invalid("cleanup.policy", "")).isEmpty();
    }

    @Test
    void aValueHasABound() {
        String zeros = "0".repeat(ConfigSchema.MAX_VALUE_LENGTH + 1);
        assertThat(topic.invalid("retention.ms", zeros).orElse("")).contains("at most");
    }

    @Test
    void valuesMayContradictEachOther() {
        assertThat(
                        topic.conflict(
                                Map.of(
                                        "min.compaction.lag.ms", "10",
                                        "max.compaction.lag.ms", "5")))
                .hasValue(
                        "min.compaction.lag.ms=10 is more than max.compaction.lag.ms=5: lower the"
                                + " one or raise the other");
        assertThat(topic.conflict(Map.of("min.compaction.lag.ms", "10"))).isEmpty();
    }
}
