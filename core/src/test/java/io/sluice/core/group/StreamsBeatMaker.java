package io.sluice.core.group;

import io.sluice.core.group.streams.Tasks;
import io.sluice.core.group.streams.Topology;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes heartbeats of streams members that say only what a test wants said. */
final class StreamsBeatMaker {

    private final String group;
    private final String member;
    private final int epoch;
    private int rebalanceMs = -1;
    private int endpointEpoch = -1;
    private boolean isFull;
    private boolean stops;
    private @Nullable String instance;
    private @Nullable String process;
    private @Nullable Topology topology;
    private @Nullable Tasks owned;
    private StreamsMember.@Nullable Endpoint endpoint;

    StreamsBeatMaker(String group, String member, int epoch) {
        this.group = group;
        this.member = member;
        this.epoch = epoch;
    }

    /** All that who joins must say. */
    static StreamsBeatMaker join(String group, String member, String process, Topology topology) {
        StreamsBeatMaker maker = new StreamsBeatMaker(group, member, 0);
        maker.topology = topology;
        maker.process = process;
        maker.owned = Tasks.NONE;
        maker.rebalanceMs = 3_000;
        return maker;
    }

    StreamsBeatMaker owns(Tasks tasks) {
        owned = tasks;
        return this;
    }

    StreamsBeatMaker timeout(int ms) {
        rebalanceMs = ms;
        return this;
    }

    StreamsBeatMaker process(String id) {
        process = id;
        return this;
    }

    StreamsBeatMaker runs(@Nullable Topology one) {
        topology = one;
        return this;
    }

    StreamsBeatMaker instance(String id) {
        instance = id;
        return this;
    }

    StreamsBeatMaker answersAt(String host, int port) {
        endpoint = new StreamsMember.Endpoint(host, port);
        return this;
    }

    StreamsBeatMaker knows(int epochOfEndpoints) {
        endpointEpoch = epochOfEndpoints;
        return this;
    }

    StreamsBeatMaker full() {
        isFull = true;
        return this;
    }

    StreamsBeatMaker stops() {
        stops = true;
        return this;
    }

    GroupCommand.StreamsBeat made() {
        return new GroupCommand.StreamsBeat(
                group,
                member,
                epoch,
                endpointEpoch,
                Optional.ofNullable(instance),
                Optional.empty(),
                "client",
                "/host",
                rebalanceMs,
                Optional.ofNullable(topology),
                Optional.ofNullable(owned),
                Optional.ofNullable(process),
                Optional.ofNullable(endpoint),
                Optional.empty(),
                isFull,
                stops);
    }
}
