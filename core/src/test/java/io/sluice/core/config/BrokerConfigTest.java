package io.sluice.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class BrokerConfigTest {

    private static BrokerConfig valid(Map<String, String> values) {
        return switch (BrokerConfig.read(values)) {
            case BrokerConfig.Reading.Valid valid -> valid.config();
            case BrokerConfig.Reading.Invalid invalid ->
                    throw new AssertionError(String.join("; ", invalid.faults()));
        };
    }

    private static List<String> faults(Map<String, String> values) {
        return switch (BrokerConfig.read(values)) {
            case BrokerConfig.Reading.Valid valid -> List.of();
            case BrokerConfig.Reading.Invalid invalid -> invalid.faults();
        };
    }

    @Test
    void nothingGivesTheDefaults() {
        BrokerConfig config = valid(Map.of());
        assertThat(config.nodeId()).isEqualTo(1);
        assertThat(config.listeners())
                .containsExactly(new Listener("PLAINTEXT", "127.0.0.1", 9092));
        assertThat(config.advertisedListeners()).isEmpty();
        assertThat(config.logDirectories()).containsExactly("data");
        assertThat(config.metadataDirectory()).isEmpty();
        assertThat(config.rack()).isEmpty();
        assertThat(config.topics().autoCreate()).isTrue();
        assertThat(config.storage().maxOpenFiles()).isEqualTo(4096);
        assertThat(config.values()).isEmpty();
    }

    @Test
    void olderNamesAreTaken() {
        BrokerConfig config = valid(Map.of("broker.id", "5", "log.dir", "/a, /b"));
        assertThat(config.nodeId()).isEqualTo(5);
        assertThat(config.logDirectories()).containsExactly("/a", "/b");
        assertThat(faults(Map.of("broker.id", "5", "node.id", "6")))
                .containsExactly(
                        "node.id=6 and broker.id=5 contradict each other: leave broker.id out");
    }

    @Test
    void everythingWrongIsToldAtOnce() {
        assertThat(faults(Map.of("num.partitions", "0", "log.dir", "", "listners", "x")))
                .hasSize(3)
                .anyMatch(fault -> fault.contains("did you mean listeners?"));
    }

    @Test
    void listenersAreRead() {
        BrokerConfig config =
                valid(
                        Map.of(
                                "listeners", "plaintext://[::1]:0,OUT://:9093",
                                "advertised.listeners", "OUT://sluice.example:9093"));
        assertThat(config.listeners())
                .containsExactly(
                        new Listener("PLAINTEXT", "::1", 0), new Listener("OUT", "", 9093));
        assertThat(config.listeners().getFirst()).hasToString("PLAINTEXT://[::1]:0");
        assertThat(config.listeners().getLast().isWildcard()).isTrue();
    }

    @Test
    void listenersThatCannotWorkAreRefused() {
        for (String one :
                List.of(
                        "",
                        "localhost:9092",
                        "PLAINTEXT://host",
                        "PLAINTEXT://host:99999",
                        "PLAINTEXT://::1:9092",
                        "SSL://host:9092",
                        "A://h:1,A://h:2",
                        "A://h:1,B://h:1")) {
            assertThat(faults(Map.of("listeners", one))).as(one).hasSize(1);
        }
        for (String one : List.of("PLAINTEXT://0.0.0.0:1", "PLAINTEXT://h:0", "OTHER://h:1")) {
            assertThat(faults(Map.of("advertised.listeners", one))).as(one).hasSize(1);
        }
    }

    @Test
    void theReaderNeverThrows() {
        assertThat(BrokerConfig.read(Map.of("listeners", "://", "node.id", "", "log.dirs", ",")))
                .extracting(reading -> ((BrokerConfig.Reading.Invalid) reading).faults(), LIST)
                .isNotEmpty();
    }

    private static final String LISTENERS =
            "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093";

    @Test
    void aBrokerOfAClusterNamesItsVotersAndItsControllerListener() {
        BrokerConfig config =
                valid(
                        Map.of(
                                "node.id",
                                "2",
                                "listeners",
                                LISTENERS,
                                "controller.listener.names",
                                "CONTROLLER",
                                "controller.quorum.voters",
                                "1@one:9093,2@two:9093,3@[::1]:9093"));
        BrokerConfig.Cluster cluster = config.cluster().orElseThrow();
        assertThat(cluster.voters()).extracting(BrokerConfig.Voter::id).containsExactly(1, 2, 3);
        assertThat(cluster.voters().getLast().address())
                .isEqualTo(new BrokerConfig.Address("::1", 9093));
        assertThat(cluster.controllerListener().port()).isEqualTo(9093);
        assertThat(config.listeners()).extracting(Listener::name).containsExactly("PLAINTEXT");
        assertThat(config.replication().interBrokerListener()).isEqualTo("PLAINTEXT");
        assertThat(valid(Map.of()).cluster()).isEmpty();
    }

    @Test
    void whatCannotBeAQuorumIsRefused() {
        Map<String, String> two =
                Map.of(
                        "listeners",
                        LISTENERS,
                        "controller.listener.names",
                        "CONTROLLER",
                        "controller.quorum.voters",
                        "1@one:9093,2@two:9093");
        assertThat(faults(two)).singleElement().asString().contains("one, three or five");
        assertThat(faults(Map.of("controller.quorum.voters", "1@one:9093")))
                .singleElement()
                .asString()
                .contains("controller.listener.names");
        assertThat(
                        faults(
                                Map.of(
                                        "listeners",
                                        LISTENERS,
                                        "controller.listener.names",
                                        "CONTROLLER",
                                        "controller.quorum.voters",
                                        "1@one:9999,x,1@two:1")))
                .hasSize(3)
                .anyMatch(fault -> fault.contains("make them agree"))
                .anyMatch(fault -> fault.contains("ID@HOST:PORT"))
                .anyMatch(fault -> fault.contains("twice"));
        assertThat(faults(Map.of("controller.listener.names", "CONTROLLER"))).hasSize(2);
    }
}
