package io.sluice.storage;

import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Replaces a run of segments by one, so that a crash at any step leaves either the old or the new.
 *
 * <pre>
 * N.log.cleaned   being written; a crash drops it
 * N.log.swap      whole and durable; from here on a crash finishes the swap
 * N.log           in place; the old segments of the run are gone
 * </pre>
 */
final class SegmentSwap {

    static final String CLEANED = ".cleaned";
    static final String SWAP = ".swap";

    /** Names, with the offset behind the replaced run, so that recovery knows what was replaced. */
    private static final String RANGE = ".range.swap";

    private final Disk disk;
    private final Path directory;

    SegmentSwap(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /** The point of no return: the cleaned files, durable already, become the swap. */
    void begin(long base, List<Long> replaced) throws IOException {
        StringBuilder text = new StringBuilder();
        replaced.forEach(old -> text.append(old).append('\n'));
        TextFile.replace(disk, path(base, RANGE), text.toString());
        rename(base, CLEANED, SWAP, Segment.OPTIONAL_KINDS);
    }

    /**
     * The log's own file is renamed last on the way in and on the way out: it decides, so the
     * others must have their names for good by then.
     *
     * @param optional what need not be there
     */
    private void rename(long base, String from, String to, Collection<String> optional)
            throws IOException {
        for (String kind : Segment.KINDS) {
            if (kind.equals(Segment.LOG)) {
                disk.syncDirectory(directory);
            }
            if (!optional.contains(kind) || disk.exists(path(base, kind + from))) {
                disk.rename(path(base, kind + from), path(base, kind + to));
            }
        }
        disk.syncDirectory(directory);
    }

    /** Finishes every swap that has begun; what has only a part of its files is undone. */
    void finish() throws IOException {
        List<Path> ranges = new ArrayList<>();
        for (Path path : disk.list(directory)) {
            if (path.getFileName().toString().endsWith(RANGE)) {
                ranges.add(path);
            }
        }
        for (Path range : ranges) {
            finish(SegmentFile.baseOffset(range.getFileName().toString()), range);
        }
    }

    private void finish(long base, Path range) throws IOException {
        if (disk.exists(path(base, Segment.LOG + SWAP))) {
            // Those of the base are replaced by name.
            for (String line : TextFile.lines(disk, range)) {
                long old = Long.parseLong(line.strip());
                for (String kind : Segment.KINDS) {
                    if (old != base) {
                        disk.delete(path(old, kind));
                    }
                }
            }
            disk.syncDirectory(directory);
            // Before a crash some may have been already.
            rename(base, SWAP, "", Segment.KINDS);
        } else {
            for (String kind : Segment.KINDS) {
                disk.delete(path(base, kind + SWAP));
            }
        }
        disk.delete(range);
    }

    private Path path(long base, String suffix) {
        return directory.resolve(SegmentFile.name(base) + suffix);
    }
}
