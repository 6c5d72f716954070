package io.sluice.broker;

import io.sluice.core.config.BrokerConfig;
import io.sluice.core.config.Listener;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import io.sluice.engine.metadata.MetadataLog;
import io.sluice.metadata.QuorumSettings;
import io.sluice.metadata.RatisMetadataLog;
import io.sluice.storage.DirectoryOwner;
import io.sluice.storage.metadata.LocalMetadataLog;
import io.sluice.storage.metadata.StoredMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Where a broker's metadata log lies: on its own disk, or on the quorum of a cluster. A broker by
 * itself loads nothing of the quorum's library: that alone would double its start.
 */
final class MetadataLogs {

    private static final String QUORUM = "quorum";

    private MetadataLogs() {}

    /**
     * The log of a broker.
     *
     * @param owner to whom the log directories belong
     * @param directory where it lies; a quorum's in a folder of its own below
     * @param onFailure told when it takes nothing any more
     * @throws IOException if there are data, and nothing is here that knows of them
     */
    static MetadataLog of(
            BrokerConfig config,
            Disk disk,
            DirectoryOwner owner,
            Path directory,
            IoThreads io,
            EventLoop home,
            Consumer<IOException> onFailure)
            throws IOException {
        StoredMetadata lone = new StoredMetadata(disk, directory);
        Path quorum = directory.resolve(QUORUM);
        if (config.cluster().isEmpty()) {
            if (owner.isSomebodys() && !lone.isThere()) {
                throw new IOException(owner.metadataGone(directory));
            }
            return new LocalMetadataLog(config.nodeId(), disk, directory, io, home);
        }
        boolean unknown = owner.isSomebodys() && owner.cluster().isEmpty();
        if (unknown && !lone.isThere() && disk.list(quorum).isEmpty()) {
            throw new IOException(owner.metadataGone(directory));
        }
        return OfQuorum.open(config, owner, lone, quorum, home, onFailure);
    }

    /** Loaded in a cluster alone. */
    private static final class OfQuorum {

        static MetadataLog open(
                BrokerConfig config,
                DirectoryOwner owner,
                StoredMetadata lone,
                Path directory,
                EventLoop home,
                Consumer<IOException> onFailure) {
            BrokerConfig.Cluster cluster = config.cluster().orElseThrow();
            Listener listener = cluster.controllerListener();
            QuorumSettings settings =
                    QuorumSettings.of(
                                    config.nodeId(),
                                    directory,
                                    new BrokerConfig.Address(listener.host(), listener.port()),
                                    cluster.controllerAddress(),
                                    cluster.voters(),
                                    cluster.bootstrap())
                            .withCluster(owner.cluster())
                            .withElectionTimeouts(
                                    cluster.electionTimeoutMs() / 2, cluster.electionTimeoutMs());
            return new RatisMetadataLog(settings, new LoneState(lone), home, onFailure);
        }
    }
}
