package io.sluice.metadata;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.protocol.RaftGroupId;

/**
 * The folder of the quorum: Ratis' log in one named after the cluster, and marks of ours beside it.
 */
final class QuorumFolder {

    /** A broker that is not yet let in, or not any more: its log does not count. */
    static final String JOINING = "joining";

    /** A quorum whose first state is not yet committed: its log does not count. */
    static final String BEGINNING = "beginning";

    /** The vote was taken, whatever the configuration says; stays until there is a new one. */
    static final String NO_VOTE = "no-vote";

    private static final Pattern GROUP =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private final Path folder;

    QuorumFolder(Path folder) {
        this.folder = folder;
    }

    /** The quorum of which there is a log. */
    Optional<RaftGroupId> group() throws IOException {
        List<Path> logs = logs();
        if (logs.size() > 1) {
            throw new IOException(
                    "%s holds the logs of several clusters: %s; leave the one that is this broker's"
                            .formatted(folder, logs));
        }
        return logs.stream()
                .findFirst()
                .map(log -> RaftGroupId.valueOf(UUID.fromString(log.getFileName().toString())));
    }

    private List<Path> logs() throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> GROUP.matcher(path.getFileName().toString()).matches())
                    .toList();
        }
    }

    /** Whether the log tells who belongs to the quorum. */
    boolean knowsMembers(RaftGroupId group) {
        Path log = folder.resolve(group.getUuid().toString());
        return Files.exists(log.resolve("current").resolve("raft-meta.conf"));
    }

    /** Whether its log does not count. */
    boolean isUnfinished() {
        return isMarked(JOINING) || isMarked(BEGINNING);
    }

    boolean isMarked(String as) {
        return Files.exists(folder.resolve(as));
    }

    void mark(String as) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve(as), new byte[0]);
    }

    void unmark(String as) throws IOException {
        Files.deleteIfExists(folder.resolve(as));
    }

    /** Logs that do not count go, and their marks behind them. */
    void clear() throws IOException {
        for (Path log : logs()) {
            delete(log);
        }
        unmark(JOINING);
        unmark(BEGINNING);
    }

    private static void delete(Path log) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(log)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }
}
