package io.sluice.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/configuration.md name every setting of groups, transactions and clusters, with
 * its default.
 */
final class DocumentedKeysTest {

    private final String page = Files.readString(Path.of("..", "docs", "configuration.md"));

    DocumentedKeysTest() throws Exception {}

    @Test
    void everySettingOfTheBrokerStandsThereWithItsDefault() {
        for (ConfigKey key : GroupKeys.all()) {
            assertThat(page)
                    .contains(
                            "| `" + key.name() + "` | " + key.defaultValue().orElseThrow() + " |");
        }
    }

    @Test
    void everySettingOfQueuesStandsThereWithItsDefault() {
        for (ConfigKey key : ShareKeys.all()) {
            String otherwise = key.defaultValue().filter(is -> !is.isEmpty()).orElse("-");
            assertThat(page).contains("| `" + key.name() + "` | " + otherwise + " |");
        }
    }

    @Test
    void everySettingOfTransactionsStandsThereWithItsDefault() {
        for (ConfigKey key : TransactionKeys.all()) {
            assertThat(page)
                    .contains(
                            "| `" + key.name() + "` | " + key.defaultValue().orElseThrow() + " |");
        }
    }

    @Test
    void everySettingOfAClusterStandsThereWithItsDefault() {
        for (ConfigKey key : ClusterKeys.all()) {
            String otherwise = key.defaultValue().filter(is -> !is.isEmpty()).orElse("-");
            assertThat(page).contains("| `" + key.name() + "` | " + otherwise + " |");
        }
    }

    @Test
    void everySettingOfTheBalanceStandsThereWithItsDefault() {
        for (ConfigKey key : BalanceKeys.all()) {
            String otherwise = key.defaultValue().filter(is -> !is.isEmpty()).orElse("-");
            assertThat(page).contains("| `" + key.name() + "` | " + otherwise + " |");
        }
    }

    @Test
    void everySettingOfOneGroupStandsThere() {
        for (ConfigKey key : ConfigSchema.group().keys().values()) {
            String otherwise =
                    key.brokerSynonym()
                            .filter(one -> !one.equals(key.name()))
                            .map(one -> "`" + one + "`")
                            .orElseGet(() ->
                                    key.defaultValue().filter(is -> !is.isEmpty()).orElse("-"));
            assertThat(page).contains("| `" + key.name() + "` | " + otherwise + " |");
        }
    }
}
