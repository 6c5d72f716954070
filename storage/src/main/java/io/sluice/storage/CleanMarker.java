package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The file in a log directory that tells that everything there was on stable storage when the last
 * run ended, and which run that was (KIP-966). Its name and form are Kafka's. It counts for one
 * start: that one removes it before anything else is done.
 */
final class CleanMarker {

    static final String FILE = ".kafka_cleanshutdown";

    /** It does not tell the run, or there is no marker. */
    static final long NO_EPOCH = -1L;

    private static final Pattern EPOCH = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(\\d{1,18})");

    private CleanMarker() {}

    static boolean isThere(Disk disk, Path directory) throws IOException {
        return disk.exists(directory.resolve(FILE));
    }

    /** The broker epoch of the run that left the marker. */
    static long epoch(Disk disk, Path directory) throws IOException {
        Matcher epoch =
                EPOCH.matcher(String.join("\n", TextFile.lines(disk, directory.resolve(FILE))));
        return epoch.find() ? Long.parseLong(epoch.group(1)) : NO_EPOCH;
    }

    /** What all the directories tell, if each tells something. */
    static long common(List<Long> told, int directories) {
        boolean all = told.size() == directories && told.stream().distinct().count() == 1;
        return all ? told.getFirst() : NO_EPOCH;
    }

    static void write(Disk disk, Path directory, long brokerEpoch) throws IOException {
        String text = "{\"version\":0,\"brokerEpoch\":%d}\n".formatted(brokerEpoch);
        TextFile.replace(disk, directory.resolve(FILE), text);
    }

    /** Durable when this returns. */
    static void remove(Disk disk, Path directory) throws IOException {
        disk.delete(directory.resolve(FILE));
        disk.syncDirectory(directory);
    }
}
