package io.sluice.storage;

import io.sluice.core.model.TopicPartition;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One offset for each partition of a log directory, in Kafka's format: a version, a count, and
 * lines of topic, partition and offset.
 */
final class CheckpointFile {

    static final String RECOVERY_POINT = "recovery-point-offset-checkpoint";
    static final String LOG_START = "log-start-offset-checkpoint";
    static final String HIGH_WATERMARK = "replication-offset-checkpoint";
    static final String CLEANER = "cleaner-offset-checkpoint";

    private static final String VERSION = "0";
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFile.class);

    private CheckpointFile() {}

    static void write(Disk disk, Path file, Map<TopicPartition, Long> offsets) throws IOException {
        StringBuilder text = new StringBuilder(64 * offsets.size() + 16);
        text.append(VERSION).append('\n').append(offsets.size()).append('\n');
        new TreeMap<>(offsets)
                .forEach((partition, offset) ->
                        text.append(partition.topic())
                                .append(' ')
                                .append(partition.partition())
                                .append(' ')
                                .append(offset)
                                .append('\n'));
        TextFile.replace(disk, file, text.toString());
    }

    /**
     * Reads the file. A damaged one counts as not there, which costs time and loses nothing: every
     * checkpoint is a hint from where to begin.
     */
    static SortedMap<TopicPartition, Long> read(Disk disk, Path file) throws IOException {
        SortedMap<TopicPartition, Long> offsets = new TreeMap<>();
        List<String> lines = TextFile.lines(disk, file);
        if (lines.isEmpty()) {
            return offsets;
        }
        try {
            if (!lines.get(0).equals(VERSION)
                    || Integer.parseInt(lines.get(1)) != lines.size() - 2) {
                throw new IllegalArgumentException("version or count");
            }
            for (String line : lines.subList(2, lines.size())) {
                String[] words = line.split(" ", -1);
                TopicPartition partition = new TopicPartition(words[0], Integer.parseInt(words[1]));
                offsets.put(partition, Long.parseLong(words[2]));
            }
            return offsets;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            LOG.warn("checkpoint {} cannot be read ({}): taken as empty", file, e.getMessage());
            return new TreeMap<>();
        }
    }
}
