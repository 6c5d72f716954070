package io.sluice.system.harness;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A file system of its own, in memory, that a test can fill. Needs root. One that a killed test
 * left behind is taken away by the next one that is made.
 */
public final class SmallDisk implements AutoCloseable {

    private static final String NAME = "sluice-test-";
    private static final String BALLAST = "ballast";
    private static final int PIECE = 64 * 1024;

    private final Path at;

    private SmallDisk(Path at) {
        this.at = at;
    }

    /** Makes one in an empty folder; nothing where that is not allowed. */
    public static Optional<SmallDisk> mount(Path at, int megabytes) {
        try {
            removeStale();
            Files.createDirectories(at);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String name = NAME + ProcessHandle.current().pid();
        boolean made =
                Tool.find("mount").isPresent()
                        && run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", name, at);
        return made ? Optional.of(new SmallDisk(at)) : Optional.empty();
    }

    private static void removeStale() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] words = line.split(" ");
            if (words[0].startsWith(NAME)) {
                long pid = Long.parseLong(words[0].substring(NAME.length()));
                if (ProcessHandle.of(pid).isEmpty()) {
                    run("umount", "-l", words[1]);
                }
            }
        }
    }

    private static boolean run(Object... command) {
        List<String> words = List.of(command).stream().map(Object::toString).toList();
        return Tool.run(new byte[0], words).exitCode() == 0;
    }

    /** Takes all the room that is left. */
    public void fill() {
        try (OutputStream out = Files.newOutputStream(at.resolve(BALLAST))) {
            byte[] piece = new byte[PIECE];
            while (true) {
                out.write(piece);
            }
        } catch (IOException e) {
            // There is no room left on the device.
        }
    }

    /** Gives the room back. */
    public void clear() {
        try {
            Files.deleteIfExists(at.resolve(BALLAST));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        run("umount", "-l", at);
    }
}
