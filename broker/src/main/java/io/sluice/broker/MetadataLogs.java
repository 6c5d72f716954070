package io.sluice.broker;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.Listener;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.metadata.Endpoint;
import io.sluice.metadata.QuorumSettings;
import io.sluice.metadata.RatisMetadataLog;
import io.sluice.metadata.Voter;
import io.sluice.storage.metadata.LocalMetadataLog;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where a broker's metadata log lies: on its own disk, or on the quorum of a cluster. A broker by
 * itself loads nothing of the quorum's library: that alone would double its start.
 */
final class MetadataLogs {

    /** Brokers of different groups do not speak with each other; a network has one. */
    private static final String GROUP = "sluice";

    private MetadataLogs() {}

    /**
     * The log of a broker.
     *
     * @param directory where it lies; a quorum's in a folder of its own below
     * @param onFailure told when it takes nothing any more
     */
    static MetadataLog of(
            BrokerConfig config,
            Disk disk,
            Path directory,
            IoThreads io,
            EventLoop home,
            Consumer<IOException> onFailure) {
        return config.cluster().isEmpty()
                ? new LocalMetadataLog(config.nodeId(), disk, directory, io, home)
                : OfQuorum.open(
                        config.nodeId(), config.cluster().get(), directory, home, onFailure);
    }

    /** Loaded in a cluster alone. */
    private static final class OfQuorum {

        static MetadataLog open(
                int brokerId,
                BrokerConfig.Cluster cluster,
                Path directory,
                EventLoop home,
                Consumer<IOException> onFailure) {
            Listener listener = cluster.controllerListener();
            List<Voter> voters =
                    cluster.voters().stream()
                            .map(voter -> new Voter(voter.id(), endpoint(voter.address())))
                            .toList();
            QuorumSettings settings =
                    QuorumSettings.of(
                                    brokerId,
                                    GROUP,
                                    directory.resolve("quorum"),
                                    new Endpoint(listener.host(), listener.port()),
                                    voters,
                                    cluster.bootstrap().stream().map(OfQuorum::endpoint).toList())
                            .withAddress(endpoint(cluster.controllerAddress()))
                            .withElectionTimeouts(
                                    cluster.electionTimeoutMs() / 2, cluster.electionTimeoutMs());
            return new RatisMetadataLog(settings, home, onFailure);
        }

        private static Endpoint endpoint(BrokerConfig.Address address) {
            return new Endpoint(address.host(), address.port());
        }
    }
}
