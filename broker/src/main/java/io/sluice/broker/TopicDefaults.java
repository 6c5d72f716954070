package io.sluice.broker;

import io.sluice.core.controller.Controller;
import java.util.Optional;
import java.util.function.Function;

/**
 * What holds for topics that do not say. Any thread may ask.
 *
 * @param settings the broker's value of a setting as it is now; asked anew each time
 */
record TopicDefaults(Function<String, Optional<String>> settings) implements Controller.Defaults {

    String now(String key) {
        return settings.apply(key)
                .orElseThrow(() -> new IllegalStateException("no value for " + key));
    }

    @Override
    public int partitions() {
        return Integer.parseInt(now("num.partitions"));
    }

    @Override
    public int replicationFactor() {
        return Integer.parseInt(now("default.replication.factor"));
    }

    @Override
    public boolean topicDeletion() {
        return now("delete.topic.enable").equals("true");
    }

    @Override
    public int minInsyncReplicas() {
        return Integer.parseInt(now("min.insync.replicas"));
    }

    @Override
    public boolean uncleanElection() {
        return now("unclean.leader.election.enable").equals("true");
    }

    @Override
    public boolean flushed() {
        return now("sluice.flush").equals("commit");
    }
}
