package io.sluice.benchmarks.sidebyside;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the kernel has counted for a process (proc(5)).
 *
 * @param userSeconds CPU in user mode, all threads
 * @param systemSeconds CPU in the kernel for it
 */
record ProcessFigures(double userSeconds, double systemSeconds) {

    /** USER_HZ: 100 on every Linux that this runs on. */
    private static final double TICKS_PER_SECOND = 100;

    /** utime and stime are fields 14 and 15; the name in field 2 may hold spaces. */
    private static final int UTIME_AFTER_NAME = 11;

    static ProcessFigures of(long pid) {
        String stat = read(pid, "stat");
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return new ProcessFigures(
                Long.parseLong(fields[UTIME_AFTER_NAME]) / TICKS_PER_SECOND,
                Long.parseLong(fields[UTIME_AFTER_NAME + 1]) / TICKS_PER_SECOND);
    }

    double totalSeconds() {
        return userSeconds + systemSeconds;
    }

    ProcessFigures since(ProcessFigures before) {
        return new ProcessFigures(
                userSeconds - before.userSeconds, systemSeconds - before.systemSeconds);
    }

    /** Resident now, in MB. */
    static double residentMb(long pid) {
        return status(pid, "VmRSS:");
    }

    /** Resident at most so far, in MB. */
    static double peakMb(long pid) {
        return status(pid, "VmHWM:");
    }

    private static double status(long pid, String name) {
        for (String line : read(pid, "status").split("\n")) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IllegalStateException("no " + name + " for process " + pid);
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new UncheckedIOException("is process " + pid + " gone?", e);
        }
    }
}
