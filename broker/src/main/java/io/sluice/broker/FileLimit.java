package io.sluice.broker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the process may have open, shared between segment files and connections. The operating
 * system counts both against one limit; who ran into it could accept no client and open no log.
 *
 * @param segmentFiles segment files open at once
 * @param connections connections open at once
 */
record FileLimit(int segmentFiles, int connections) {

    /** For libraries, listeners, selectors, the metadata log, checkpoints and recovery. */
    static final int RESERVED = 200;

    private static final int MIN_SEGMENT_FILES = 64;
    private static final int MIN_CONNECTIONS = 16;
    private static final String LINE = "Max open files";
    private static final Path LIMITS = Path.of("/proc/self/limits");

    /**
     * Half for the segment files at most, the rest for connections; none gets more than it wants.
     *
     * @param limit files and sockets the process may open
     */
    static FileLimit share(long limit, int wantedSegmentFiles, int wantedConnections) {
        long available = Math.max(0, limit - RESERVED);
        long files = Math.min(wantedSegmentFiles, Math.max(MIN_SEGMENT_FILES, available / 2));
        long rest = Math.max(MIN_CONNECTIONS, available - files);
        return new FileLimit((int) files, (int) Math.min(wantedConnections, rest));
    }

    /** What this process may open; without bound where the system does not tell. */
    static long ofProcess() {
        try {
            return parse(Files.readAllLines(LIMITS));
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The soft limit in the kernel's table; the JVM has raised it to the hard one. */
    static long parse(List<String> limits) {
        for (String line : limits) {
            if (line.startsWith(LINE)) {
                String soft = line.substring(LINE.length()).strip().split("\\s+")[0];
                return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
            }
        }
        return Long.MAX_VALUE;
    }
}
