package io.sluice.cli.admin;

import io.sluice.cli.client.Cluster;
import io.sluice.cli.client.Failure;
import io.sluice.cli.client.NearestName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;

/** Reading and changing the settings of a topic, a broker or a group. */
final class Settings {

    private Settings() {}

    /** In the order of names. */
    static List<ConfigEntry> describe(
            Cluster cluster, ConfigResource resource, boolean documented) {
        DescribeConfigsOptions options =
                new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(documented);
        return Cluster.await(
                        cluster.admin()
                                .describeConfigs(List.of(resource), options)
                                .values()
                                .get(resource))
                .entries()
                .stream()
                .sorted(Comparator.comparing(ConfigEntry::name))
                .toList();
    }

    /**
     * Sets and unsets in one step.
     *
     * @throws Failure when a setting is unknown, with the nearest name, or its value does not fit
     */
    static void alter(
            Cluster cluster,
            ConfigResource resource,
            Map<String, String> set,
            Collection<String> unset) {
        List<AlterConfigOp> operations = new ArrayList<>();
        set.forEach((key, value) ->
                operations.add(
                        new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
        for (String key : unset) {
            operations.add(
                    new AlterConfigOp(new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE));
        }
        try {
            Cluster.await(
                    cluster.admin().incrementalAlterConfigs(Map.of(resource, operations)).all());
        } catch (InvalidConfigurationException e) {
            throw refused(cluster, resource, set, unset, e);
        }
    }

    private static Failure refused(
            Cluster cluster,
            ConfigResource resource,
            Map<String, String> set,
            Collection<String> unset,
            InvalidConfigurationException error) {
        List<String> known = new ArrayList<>();
        for (ConfigEntry entry : describe(cluster, resource, false)) {
            known.add(entry.name());
        }
        List<String> named = new ArrayList<>(set.keySet());
        named.addAll(unset);
        for (String key : named) {
            if (!known.contains(key)) {
                return new Failure(
                        "there is no setting '" + key + "'." + NearestName.question(key, known),
                        error);
            }
        }
        return new Failure("the broker refuses the setting: " + error.getMessage(), error);
    }
}
