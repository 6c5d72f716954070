package io.sluice.core.group;

import io.sluice.core.group.assignor.PartitionSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes heartbeats that say only what a test wants said. */
final class BeatMaker {

    private final String group;
    private final String member;
    private final int epoch;
    private int rebalanceMs = -1;
    private boolean isFull;
    private @Nullable String instance;
    private @Nullable String pattern;
    private @Nullable String assignor;
    private @Nullable List<String> topics;
    private @Nullable PartitionSet owned;

    BeatMaker(String group, String member, int epoch) {
        this.group = group;
        this.member = member;
        this.epoch = epoch;
    }

    BeatMaker wants(List<String> names) {
        topics = names;
        return this;
    }

    BeatMaker owns(PartitionSet set) {
        owned = set;
        return this;
    }

    BeatMaker timeout(int ms) {
        rebalanceMs = ms;
        return this;
    }

    BeatMaker instance(String id) {
        instance = id;
        return this;
    }

    BeatMaker pattern(String expression) {
        pattern = expression;
        return this;
    }

    BeatMaker assignor(String name) {
        assignor = name;
        return this;
    }

    BeatMaker full() {
        isFull = true;
        return this;
    }

    GroupCommand.Beat made() {
        return new GroupCommand.Beat(
                group,
                member,
                epoch,
                Optional.ofNullable(instance),
                Optional.empty(),
                "client",
                "/host",
                rebalanceMs,
                Optional.ofNullable(topics),
                Optional.ofNullable(pattern),
                Optional.ofNullable(assignor),
                Optional.ofNullable(owned),
                isFull);
    }
}
