package io.sluice.storage;

import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * To which broker of which cluster the log directories belong, looked at before anything in them is
 * touched: a broker deletes logs of topics that its cluster does not know.
 *
 * @param cluster empty if they belong to none yet
 * @param holdsLogs whether there are logs of partitions
 */
public record DirectoryOwner(Optional<Uuid> cluster, boolean holdsLogs) {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryOwner.class);

    /**
     * Reads it. A directory that cannot be read is passed over: it fails when it is opened.
     *
     * @throws IOException if one belongs to another broker, or two to different clusters; the
     *     message says how to go on
     */
    public static DirectoryOwner read(Disk disk, List<Path> directories, int nodeId)
            throws IOException {
        Optional<Uuid> cluster = Optional.empty();
        boolean holdsLogs = false;
        for (Path directory : directories) {
            MetaProperties told;
            try {
                told = MetaProperties.read(disk, directory);
                holdsLogs |= holdsLogs(disk, directory);
            } catch (IOException e) {
                LOG.warn("{}: {}", directory, e.getMessage());
                continue;
            }
            if (told.node().isPresent() && told.node().getAsInt() != nodeId) {
                throw new IOException(
                        ("%s belongs to broker %d, this is broker %d; nothing was changed: correct"
                                        + " node.id or log.dirs")
                                .formatted(directory, told.node().getAsInt(), nodeId));
            }
            if (cluster.isPresent()
                    && told.cluster().isPresent()
                    && !cluster.equals(told.cluster())) {
                throw new IOException(
                        "%s belongs to cluster %s, another of log.dirs to %s: correct log.dirs"
                                .formatted(directory, told.cluster().get(), cluster.get()));
            }
            cluster = cluster.or(told::cluster);
        }
        return new DirectoryOwner(cluster, holdsLogs);
    }

    private static boolean holdsLogs(Disk disk, Path directory) throws IOException {
        for (Path path : disk.list(directory)) {
            if (LogFolder.partitionOf(path.getFileName().toString()).isPresent()
                    && disk.isDirectory(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is anything that has to be known to some cluster. */
    public boolean isSomebodys() {
        return cluster.isPresent() || holdsLogs;
    }

    /**
     * Makes sure that the cluster is the one they belong to.
     *
     * @param actual the broker's, {@link Uuid#ZERO} if its metadata log is empty
     * @throws IOException if not
     */
    public void check(Uuid actual) throws IOException {
        if (actual.equals(Uuid.ZERO) && isSomebodys()) {
            throw new IOException(metadataGone("the metadata log"));
        }
        if (cluster.isPresent() && !cluster.get().equals(actual)) {
            throw new IOException(
                    ("the log directories belong to cluster %s, this is cluster %s; nothing was"
                                    + " changed: correct log.dirs or the addresses of the quorum, or give"
                                    + " this broker empty folders")
                            .formatted(cluster.get(), actual));
        }
    }

    /** What to say when nothing tells which topics there are. */
    public String metadataGone(Object where) {
        return ("the log directories hold data%s, but %s is empty: an empty cluster would delete them;"
                        + " nothing was changed: restore the metadata from a backup, correct"
                        + " metadata.log.dir or controller.quorum.voters, or give this broker empty"
                        + " folders")
                .formatted(cluster.map(id -> " of cluster " + id).orElse(""), where);
    }
}
