package io.sluice.core.controller;

import java.util.Optional;

/**
 * What the controller must know of a topic's settings: its own value, else what is set for all
 * brokers at run time, else what this broker was started with.
 */
final class TopicRules {

    private final ClusterState state;
    private final Controller.Defaults defaults;

    TopicRules(ClusterState state, Controller.Defaults defaults) {
        this.state = state;
        this.defaults = defaults;
    }

    /**
     * @param minInsync min.insync.replicas: the high watermark stands still below it
     * @param uncleanElection unclean.leader.election.enable
     * @param flushed whether what counts as stored is on stable storage, so that a crash loses
     *     nothing of it
     */
    record Rules(int minInsync, boolean uncleanElection, boolean flushed) {}

    Rules of(TopicImage topic) {
        return new Rules(
                value(topic, "min.insync.replicas")
                        .map(Integer::parseInt)
                        .orElseGet(defaults::minInsyncReplicas),
                value(topic, "unclean.leader.election.enable")
                        .map("true"::equals)
                        .orElseGet(defaults::uncleanElection),
                value(topic, "sluice.flush").map("commit"::equals).orElseGet(defaults::flushed));
    }

    private Optional<String> value(TopicImage topic, String key) {
        return Optional.ofNullable(topic.configs().get(key))
                .or(() -> ConfigDecisions.shared(state, key));
    }
}
