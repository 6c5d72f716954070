package io.sluice.storage;

import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The folder of one log: its name, whose it is, and how it goes. */
final class LogFolder {

    static final String METADATA = "partition.metadata";

    /** A segment's file on its way out. */
    static final String DELETED_FILE = ".deleted";

    static final String DELETED = "-delete";
    static final String FUTURE = "-future";

    private static final Pattern FUTURE_NAME =
            Pattern.compile(".*-(\\d{1,9})\\.(\\p{XDigit}{16})(\\p{XDigit}{16})" + FUTURE);

    private static final Pattern NAME = Pattern.compile("([a-zA-Z0-9._-]{1,249})-(\\d{1,9})");

    /** A folder's name has 255 bytes at most, and the suffix needs some. */
    private static final int MAX_KEPT_NAME = 200;

    private LogFolder() {}

    static Optional<TopicPartition> partitionOf(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(
                        new TopicPartition(matcher.group(1), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    /** Whose copy a folder is. */
    record Future(Uuid topicId, int partition) {}

    /** Where a log is copied to. The name tells whose copy it is, however long the topic's is. */
    static Path future(Path directory, TopicPartition partition, Uuid topicId) {
        String topic = partition.topic();
        return directory.resolve(
                "%s-%d.%016x%016x%s"
                        .formatted(
                                topic.substring(0, Math.min(topic.length(), MAX_KEPT_NAME)),
                                partition.partition(),
                                topicId.high(),
                                topicId.low(),
                                FUTURE));
    }

    static Optional<Future> futureOf(String name) {
        Matcher matcher = FUTURE_NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(
                        new Future(
                                new Uuid(
                                        Long.parseUnsignedLong(matcher.group(2), 16),
                                        Long.parseUnsignedLong(matcher.group(3), 16)),
                                Integer.parseInt(matcher.group(1))))
                : Optional.empty();
    }

    /** What a crash left of a deletion or a move. */
    static boolean isLeftover(String name) {
        return name.endsWith(DELETED) || name.endsWith(FUTURE);
    }

    /**
     * Makes the directory, and what is missing above it, so that a crash leaves it there. Those
     * that are there may be the work of a process that died before it made them durable.
     */
    static void createDurably(Disk disk, Path directory) throws IOException {
        disk.createDirectories(directory);
        for (Path at = directory.getParent(); at != null; at = at.getParent()) {
            try {
                disk.syncDirectory(at);
            } catch (AccessDeniedException e) {
                return; // what may not even be read was not made by us
            }
        }
    }

    static void create(Disk disk, Path folder, Uuid topicId) throws IOException {
        disk.createDirectories(folder);
        writeMetadata(disk, folder, topicId);
    }

    /** Not forced by itself: the log's first flush makes it durable. */
    private static void writeMetadata(Disk disk, Path folder, Uuid topicId) throws IOException {
        byte[] text = ("version: 0\ntopic_id: " + topicId + "\n").getBytes(StandardCharsets.UTF_8);
        try (DiskFile file = disk.open(folder.resolve(METADATA), Disk.Mode.TRUNCATE)) {
            file.write(ByteBuffer.wrap(text), 0);
        }
    }

    /**
     * Whose the folder is, its name, and the names in it: before that nothing in it is durable. It
     * is written once more, since after a flush that failed the system may hold for clean what the
     * device never took.
     */
    static void makeDurable(Disk disk, Path folder) throws IOException {
        Path path = folder.resolve(METADATA);
        ByteBuffer text = TextFile.bytes(disk, path);
        try (DiskFile metadata = disk.open(path, Disk.Mode.WRITE)) {
            metadata.write(text, 0);
            metadata.force();
        }
        disk.syncDirectory(folder);
        disk.syncDirectory(TextFile.parent(folder));
    }

    /** The topic the folder belongs to; zero if it does not say. */
    static Uuid topicId(Disk disk, Path folder) throws IOException {
        for (String line : TextFile.lines(disk, folder.resolve(METADATA))) {
            if (line.startsWith("topic_id:")) {
                try {
                    return Uuid.parse(line.substring("topic_id:".length()).strip());
                } catch (IllegalArgumentException e) {
                    return Uuid.ZERO;
                }
            }
        }
        return Uuid.ZERO;
    }

    /**
     * Whether the folder is there and of that topic. One that does not say (damage may have taken
     * the file) is where records of the topic were flushed to it; where none were, a power cut left
     * records of whatever topic had that name then, for the first flush forces the file.
     *
     * @param flushedEnd of the topic's log; 0 if nothing of it was
     * @throws CorruptLogException if records were flushed, and it is gone or says another topic
     */
    static boolean belongsTo(Disk disk, Path folder, Uuid topicId, long flushedEnd)
            throws IOException {
        boolean exists = disk.isDirectory(folder);
        Uuid says = exists ? topicId(disk, folder) : Uuid.ZERO;
        if (says.equals(topicId)) {
            return true;
        }
        if (flushedEnd == 0) {
            return false;
        }
        if (!exists || !says.equals(Uuid.ZERO)) {
            String what = exists ? "of topic " + says : "gone";
            throw new CorruptLogException(
                    folder,
                    0,
                    "the folder is %s, with records up to offset %d".formatted(what, flushedEnd));
        }
        writeMetadata(disk, folder, topicId);
        makeDurable(disk, folder);
        return true;
    }

    /** Takes the folder out of the way under another name, at once. */
    static Path setAside(Disk disk, Path folder, Uuid unique) throws IOException {
        Path aside = sibling(folder, unique, DELETED);
        disk.rename(folder, aside);
        disk.syncDirectory(TextFile.parent(folder));
        return aside;
    }

    static Path sibling(Path folder, Uuid unique, String suffix) {
        String name = folder.getFileName().toString();
        String kept = name.substring(0, Math.min(name.length(), MAX_KEPT_NAME));
        return folder.resolveSibling(
                kept
                        + "."
                        + Long.toHexString(unique.high())
                        + Long.toHexString(unique.low())
                        + suffix);
    }

    static void delete(Disk disk, Path folder) throws IOException {
        for (Path file : disk.list(folder)) {
            disk.delete(file);
        }
        disk.delete(folder);
        disk.syncDirectory(TextFile.parent(folder));
    }
}
