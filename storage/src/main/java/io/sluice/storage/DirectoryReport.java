package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.LogStore.DirectoryInfo;
import io.sluice.engine.log.LogStore.ReplicaInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What lies in the log directories, as an operator asks for it. */
final class DirectoryReport {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryReport.class);

    private DirectoryReport() {}

    static List<DirectoryInfo> of(
            Disk disk,
            List<LogDirectory> directories,
            Collection<PartitionLog> logs,
            List<LogMove> moves) {
        List<DirectoryInfo> infos = new ArrayList<>();
        for (LogDirectory directory : directories) {
            List<ReplicaInfo> replicas = new ArrayList<>();
            for (PartitionLog log : logs) {
                if (log.directory() == directory) {
                    replicas.add(new ReplicaInfo(log.partition(), log.sizeInBytes(), 0L, false));
                }
            }
            for (LogMove move : moves) {
                if (move.target() == directory) {
                    PartitionLog log = move.log();
                    replicas.add(
                            new ReplicaInfo(log.partition(), log.sizeInBytes(), move.lag(), true));
                }
            }
            infos.add(describe(disk, directory, replicas));
        }
        return infos;
    }

    private static DirectoryInfo describe(
            Disk disk, LogDirectory directory, List<ReplicaInfo> replicas) {
        long total = -1L;
        long usable = -1L;
        try {
            total = disk.totalBytes(directory.path());
            usable = disk.usableBytes(directory.path());
        } catch (IOException e) {
            LOG.debug("{} tells no size", directory.path(), e);
        }
        return new DirectoryInfo(
                directory.id(), directory.path(), total, usable, directory.fault(), replicas);
    }
}
