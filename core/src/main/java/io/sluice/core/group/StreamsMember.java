package io.sluice.core.group;

import io.sluice.core.group.streams.Tasks;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A member of a streams group: a thread of a Kafka Streams application (KIP-1071). Immutable; the
 * whole of it is one event.
 *
 * @param standing how far it has come towards its target
 * @param target what it is to have
 */
public record StreamsMember(
        String id,
        Optional<String> instanceId,
        Profile profile,
        Standing<Tasks> standing,
        Tasks target)
        implements EpochMember<Tasks> {

    /**
     * What it says of itself.
     *
     * @param rebalanceMs how long it may take to give tasks back
     * @param topologyEpoch of the topology it runs
     * @param processId of the process it is a thread of: those share their state directory
     * @param endpoint where the process answers questions about its state
     */
    public record Profile(
            Optional<String> rack,
            String clientId,
            String clientHost,
            int rebalanceMs,
            int topologyEpoch,
            String processId,
            Optional<Endpoint> endpoint,
            SortedMap<String, String> tags) {

        public Profile {
            tags = Collections.unmodifiableSortedMap(new TreeMap<>(tags));
        }

        /** Whether it changes who should have what. */
        boolean sharesLike(Profile other) {
            return topologyEpoch == other.topologyEpoch
                    && processId.equals(other.processId)
                    && rack.equals(other.rack)
                    && tags.equals(other.tags);
        }
    }

    /** Where a process answers questions. */
    public record Endpoint(String host, int port) {}

    StreamsMember with(Profile changed) {
        return new StreamsMember(id, instanceId, changed, standing, target);
    }

    StreamsMember with(Standing<Tasks> changed) {
        return new StreamsMember(id, instanceId, profile, changed, target);
    }

    StreamsMember withTarget(Tasks changed) {
        return new StreamsMember(id, instanceId, profile, standing, changed);
    }

    /** A static member that came back under another id. */
    StreamsMember as(String another) {
        return new StreamsMember(
                another,
                instanceId,
                profile,
                Standing.atFirst(standing.assigned(), Tasks.NONE),
                target);
    }

    @Override
    public boolean yieldsInstance() {
        return standing.epoch() == Standing.AWAY;
    }
}
