package io.sluice.storage;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The name of one file of a log, open or not. Its path follows the log's folder when that is
 * renamed or moved. What is open of it is guarded by {@link OpenFiles}.
 */
final class SegmentFile {

    /** The folder a log lies in now. Changed under the lock of {@link OpenFiles} alone. */
    static final class Home {
        private volatile Path path;

        Home(Path path) {
            this.path = path;
        }

        Path path() {
            return path;
        }

        void moveTo(Path to) {
            path = to;
        }
    }

    private final Home home;
    private final long baseOffset;
    private final String kind;

    /** Guarded by OpenFiles. */
    OpenFiles.@Nullable Held held;

    /** Guarded by OpenFiles. Set once the file must not be opened any more. */
    boolean retired;

    /** Guarded by OpenFiles. Whether the file is known to be on disk. */
    boolean exists;

    SegmentFile(Home home, long baseOffset, String kind, boolean exists) {
        this.home = home;
        this.baseOffset = baseOffset;
        this.kind = kind;
        this.exists = exists;
    }

    /** Twenty digits, so that names sort as offsets do. */
    static String name(long baseOffset) {
        return String.format(Locale.ROOT, "%020d", baseOffset);
    }

    /** The offset in a file's name, or -1 if it has none. */
    static long baseOffset(String fileName) {
        if (fileName.length() < 21 || fileName.charAt(20) != '.') {
            return -1L;
        }
        long offset = 0;
        for (int i = 0; i < 20; i++) {
            int digit = fileName.charAt(i) - '0';
            if (digit < 0 || digit > 9 || offset > (Long.MAX_VALUE - digit) / 10) {
                return -1L;
            }
            offset = offset * 10 + digit;
        }
        return offset;
    }

    String fileName() {
        return name(baseOffset) + kind;
    }

    Path path() {
        return home.path().resolve(fileName());
    }
}
