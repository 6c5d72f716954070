package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open segment files of all logs, at most so many: the least recently used that nobody reads or
 * writes is closed. Any thread may call; what is held is never closed.
 */
final class OpenFiles {

    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    private final Disk disk;
    private final int limit;
    private final Map<Path, Held> files = new LinkedHashMap<>(64, 0.75f, true);

    /** A file that is in use. Released once. */
    final class Held {
        private final DiskFile file;
        private Path path;
        private int users;
        private boolean forgotten;

        private Held(Path path, DiskFile file) {
            this.path = path;
            this.file = file;
        }

        DiskFile file() {
            return file;
        }

        /** One more user of what the caller holds. */
        void retain() {
            synchronized (OpenFiles.this) {
                users++;
            }
        }

        void release() {
            synchronized (OpenFiles.this) {
                users--;
                if (forgotten && users == 0) {
                    close(this);
                }
            }
        }
    }

    OpenFiles(Disk disk, int limit) {
        this.disk = disk;
        this.limit = limit;
    }

    /** Opens the file, or shares it if it is open. It is made if it is not there. */
    synchronized Held acquire(Path path) throws IOException {
        Held held = files.get(path);
        if (held == null) {
            makeRoom();
            held = new Held(path, disk.open(path, Disk.Mode.WRITE));
            files.put(path, held);
        }
        held.users++;
        return held;
    }

    /** The file has another name now; who holds it goes on with it. */
    synchronized void renamed(Path from, Path to) {
        Held held = files.remove(from);
        if (held != null) {
            held.path = to;
            files.put(to, held);
        }
    }

    /** The file goes: it is closed once nobody uses it. */
    synchronized void forget(Path path) {
        Held held = files.remove(path);
        if (held != null) {
            held.forgotten = true;
            if (held.users == 0) {
                close(held);
            }
        }
    }

    synchronized int open() {
        return files.size();
    }

    private void makeRoom() {
        Iterator<Held> oldestFirst = files.values().iterator();
        while (files.size() >= limit && oldestFirst.hasNext()) {
            Held held = oldestFirst.next();
            if (held.users == 0) {
                oldestFirst.remove();
                close(held);
            }
        }
    }

    private static void close(Held held) {
        try {
            held.file.close();
        } catch (IOException e) {
            LOG.warn("closing {}: {}", held.path, e.getMessage());
        }
    }
}
