package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open segment files of all logs. At most {@code limit} of them, beside those in use: when one
 * more is opened, the one not used for longest is closed. Any thread may call; what is in use is
 * never closed.
 */
final class OpenFiles {

    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);

    private final Disk disk;
    private final int limit;
    private int open;

    /** Open and idle or in use, from the one used longest ago to the newest. */
    private @Nullable Held oldest;

    private @Nullable Held newest;

    /** The file is not part of a log any more: its segment was retired or its log deleted. */
    static final class RetiredException extends IOException {
        private static final long serialVersionUID = 1L;

        RetiredException(Path path) {
            super(path + " is not part of the log any more");
        }
    }

    /** An open file in use. Every {@link #acquire} is answered by one {@link #release}. */
    final class Held {
        private final SegmentFile name;
        private final DiskFile file;
        private int users;
        private boolean forgotten;
        private @Nullable Held older;
        private @Nullable Held newer;

        private Held(SegmentFile name, DiskFile file) {
            this.name = name;
            this.file = file;
        }

        DiskFile file() {
            return file;
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

    /** A change of names that must not meet a file being opened. */
    interface Renaming {
        void run() throws IOException;
    }

    OpenFiles(Disk disk, int limit) {
        this.disk = disk;
        this.limit = limit;
    }

    Disk disk() {
        return disk;
    }

    /**
     * Opens the file, or shares it if it is open.
     *
     * @throws RetiredException if it left its log
     * @throws CorruptLogException if it was there and is gone
     */
    synchronized Held acquire(SegmentFile name) throws IOException {
        Held held = name.held;
        if (held == null) {
            if (name.retired) {
                throw new RetiredException(name.path());
            }
            Path path = name.path();
            if (name.exists && !disk.exists(path)) {
                throw new CorruptLogException(path, 0, "the file is gone");
            }
            makeRoom();
            held = new Held(name, disk.open(path, Disk.Mode.WRITE));
            name.exists = true;
            name.held = held;
            open++;
            append(held);
        } else if (held != newest) {
            unlink(held);
            append(held);
        }
        held.users++;
        return held;
    }

    /** The file leaves its log: it is opened no more, and closed once nobody uses it. */
    synchronized void retire(SegmentFile name) {
        name.retired = true;
        forget(name);
    }

    /** The next use opens the file by its name anew, as after a move. */
    synchronized void forget(SegmentFile name) {
        Held held = name.held;
        if (held == null) {
            return;
        }
        name.held = null;
        unlink(held);
        open--;
        held.forgotten = true;
        if (held.users == 0) {
            close(held);
        }
    }

    /** Renames while nothing is opened. */
    synchronized void rename(Renaming renaming) throws IOException {
        renaming.run();
    }

    /** How many files are open, without those that have left their log. */
    synchronized int open() {
        return open;
    }

    private void makeRoom() {
        Held next = oldest;
        while (open >= limit && next != null) {
            Held held = next;
            next = held.newer;
            if (held.users == 0) {
                unlink(held);
                open--;
                held.name.held = null;
                close(held);
            }
        }
    }

    private void append(Held held) {
        held.older = newest;
        held.newer = null;
        if (newest == null) {
            oldest = held;
        } else {
            newest.newer = held;
        }
        newest = held;
    }

    private void unlink(Held held) {
        if (held.older == null) {
            oldest = held.newer;
        } else {
            held.older.newer = held.newer;
        }
        if (held.newer == null) {
            newest = held.older;
        } else {
            held.newer.older = held.older;
        }
        held.older = null;
        held.newer = null;
    }

    private static void close(Held held) {
        try {
            held.file.close();
        } catch (IOException e) {
            LOG.warn("closing {}: {}", held.name.path(), e.getMessage());
        }
    }
}
