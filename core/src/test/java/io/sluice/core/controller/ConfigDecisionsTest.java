package io.sluice.core.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.core.controller.ControllerCommand.AlterConfigs;
import io.sluice.core.controller.ControllerCommand.ConfigChange;
import io.sluice.core.controller.ControllerCommand.ConfigOperation;
import io.sluice.core.controller.ControllerCommand.OperationType;
import io.sluice.core.controller.ControllerCommand.ResourceType;
import io.sluice.core.controller.ControllerReply.Outcome;
import io.sluice.core.model.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ConfigDecisionsTest {

    private final Given given = new Given(2);

    @BeforeEach
    void aTopic() {
        given.create(given.configured("t", Map.of("retention.ms", "1000")));
    }

    private Outcome topic(ConfigOperation... operations) {
        return given.alter(ResourceType.TOPIC, "t", operations);
    }

    private Map<String, String> values() {
        return given.find("t").configs();
    }

    @Test
    void valuesAreSetAndDeleted() {
        assertThat(topic(Given.set("segment.bytes", " 2048 ")).error()).isEqualTo(ErrorCode.NONE);
        assertThat(values())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of("retention.ms", "1000", "segment.bytes", "2048"));
        topic(new ConfigOperation(OperationType.DELETE, "retention.ms", ""));
        assertThat(values()).containsExactly(Map.entry("segment.bytes", "2048"));
    }

    @Test
    void listsAreAppendedToAndSubtractedFrom() {
        topic(new ConfigOperation(OperationType.APPEND, "cleanup.policy", "compact"));
        assertThat(values()).containsEntry("cleanup.policy", "delete,compact");
        topic(new ConfigOperation(OperationType.APPEND, "cleanup.policy", "compact"));
        assertThat(values()).containsEntry("cleanup.policy", "delete,compact");
        topic(new ConfigOperation(OperationType.SUBTRACT, "cleanup.policy", "delete"));
        assertThat(values()).containsEntry("cleanup.policy", "compact");
        topic(new ConfigOperation(OperationType.SUBTRACT, "cleanup.policy", "compact"));
        assertThat(values()).containsEntry("cleanup.policy", "");
        topic(new ConfigOperation(OperationType.APPEND, "cleanup.policy", "delete"));
        assertThat(values()).containsEntry("cleanup.policy", "delete");
        Outcome noList = topic(new ConfigOperation(OperationType.APPEND, "retention.ms", "1"));
        assertThat(noList.error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(noList.detail()).contains("retention.ms is not a list");
    }

    @Test
    void oneFaultLeavesTheResourceAsItWas() {
        Outcome outcome = topic(Given.set("segment.bytes", "2048"), Given.set("flush.ms", "x"));
        assertThat(outcome.error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(values()).containsExactly(Map.entry("retention.ms", "1000"));
    }

    @Test
    void faultsAreTold() {
        assertThat(topic(Given.set("retention.mss", "1")).detail())
                .isEqualTo("unknown setting retention.mss: did you mean retention.ms?");
        assertThat(given.alter(ResourceType.TOPIC, "none", Given.set("flush.ms", "1")).error())
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        assertThat(topic(Given.set("flush.ms", "1"), Given.set("flush.ms", "2")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    /** As kafka-reassign-partitions does when a move is over. */
    @Test
    void whatKafkaHasAndWeHaveNotMayBeTakenAway() {
        String throttle = "remote.storage.enable";
        assertThat(topic(new ConfigOperation(OperationType.DELETE, throttle, "")).error())
                .isEqualTo(ErrorCode.NONE);
        assertThat(topic(Given.set(throttle, "true")).error()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(topic(new ConfigOperation(OperationType.DELETE, "retention.mss", "")).error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(values()).containsExactly(Map.entry("retention.ms", "1000"));
    }

    @Test
    void valuesThatContradictEachOtherAreRefused() {
        given.alter(ResourceType.BROKER, "", Given.set("log.cleaner.max.compaction.lag.ms", "100"));
        assertThat(topic(Given.set("min.compaction.lag.ms", "101")).error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(topic(Given.set("min.compaction.lag.ms", "100")).error())
                .isEqualTo(ErrorCode.NONE);
        assertThat(
                        given.create(given.configured("u", Map.of("min.compaction.lag.ms", "101")))
                                .error())
                .isEqualTo(ErrorCode.INVALID_CONFIG);
    }

    @Test
    void aGroupNeedNotBeThereToHaveSettings() {
        String session = "consumer.session.timeout.ms";
        assertThat(given.alter(ResourceType.GROUP, "g", Given.set(session, "7000")).error())
                .isEqualTo(ErrorCode.NONE);
        assertThat(given.image().groupConfigs()).containsOnlyKeys("g");
        assertThat(
                        given.alter(
                                        ResourceType.GROUP,
                                        "g",
                                        Given.set("consumer.heartbeat.interval.ms", "7001"))
                                .detail())
                .contains("is more than");
        assertThat(
                        given.alter(
                                        ResourceType.GROUP,
                                        "g",
                                        Given.set("share.isolation.level", "x"))
                                .detail())
                .contains("read_committed");
        assertThat(
                        given.alter(
                                        ResourceType.GROUP,
                                        "g",
                                        Given.set("share.assignment.interval.ms", "0"))
                                .detail())
                .contains("at once");
        assertThat(given.alter(ResourceType.GROUP, "", Given.set(session, "7000")).error())
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        ConfigChange none = new ConfigChange(ResourceType.GROUP, "g", List.of(), true);
        given.run(new AlterConfigs(List.of(none), false));
        assertThat(given.image().groupConfigs()).isEmpty();
    }

    @Test
    void theOldAlterReplacesAll() {
        ConfigChange change =
                new ConfigChange(
                        ResourceType.TOPIC, "t", List.of(Given.set("flush.ms", "5")), true);
        given.run(new AlterConfigs(List.of(change), false));
        assertThat(values()).containsExactly(Map.entry("flush.ms", "5"));
    }

    @Test
    void validationChangesNothing() {
        ConfigChange change =
                new ConfigChange(
                        ResourceType.TOPIC, "t", List.of(Given.set("flush.ms", "5")), false);
        Controller.Decision decision =
                given.controller().decide(new AlterConfigs(List.of(change), true));
        assertThat(decision.events()).isEmpty();
        assertThat(decision.reply().outcomes().getFirst().error()).isEqualTo(ErrorCode.NONE);
        assertThat(given.run(new AlterConfigs(List.of(change, change), false)).outcomes())
                .allMatch(outcome -> outcome.error() == ErrorCode.INVALID_REQUEST);
    }

    @Test
    void onlySomeSettingsOfBrokersMayChange() {
        assertThat(broker("", "log.retention.ms").error()).isEqualTo(ErrorCode.NONE);
        assertThat(broker("1", "log.retention.ms").error()).isEqualTo(ErrorCode.NONE);
        assertThat(broker("01", "log.retention.hours").error()).isEqualTo(ErrorCode.NONE);
        assertThat(given.image().brokerConfigs()).containsOnlyKeys("", "1");
        assertThat(broker("1", "min.insync.replicas").detail()).contains("set it for all");
        assertThat(broker("", "listeners").detail()).contains("restart");
        assertThat(broker("9", "log.retention.ms").error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(broker("x", "log.retention.ms").error()).isEqualTo(ErrorCode.INVALID_REQUEST);
        given.alter(
                ResourceType.BROKER,
                "",
                new ConfigOperation(OperationType.DELETE, "log.retention.ms", ""));
        assertThat(given.image().brokerConfigs()).containsOnlyKeys("1");
    }

    private Outcome broker(String name, String key) {
        return given.alter(ResourceType.BROKER, name, Given.set(key, "1"));
    }
}
