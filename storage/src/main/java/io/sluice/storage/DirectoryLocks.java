package io.sluice.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A lock on each log directory, so that no two brokers write to one. Gone with the process. */
public final class DirectoryLocks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryLocks.class);

    private final List<FileChannel> held = new ArrayList<>();

    private DirectoryLocks() {}

    /**
     * Locks the directories; those that cannot be reached are left to fail when they are opened.
     *
     * @throws IOException if another process holds one
     */
    public static DirectoryLocks take(List<Path> directories) throws IOException {
        DirectoryLocks locks = new DirectoryLocks();
        for (Path directory : directories) {
            FileChannel channel = open(directory);
            if (channel == null) {
                continue;
            }
            locks.held.add(channel);
            if (!isLocked(channel)) {
                locks.close();
                throw new IOException(
                        "%s is in use by another broker: stop it, or choose another folder with --data"
                                .formatted(directory));
            }
        }
        return locks;
    }

    private static @Nullable FileChannel open(Path directory) {
        try {
            Files.createDirectories(directory);
            return FileChannel.open(
                    directory.resolve(".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
        } catch (IOException e) {
            LOG.warn("{} cannot be locked: {}", directory, e.getMessage());
            return null;
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    @Override
    public void close() {
        for (FileChannel channel : held) {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("unlocking", e);
            }
        }
        held.clear();
    }
}
