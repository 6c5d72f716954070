package io.sluice.storage;

import io.sluice.core.partition.ProducerStates;
import io.sluice.engine.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The producer snapshots in a log's folder: the newest few. For I/O threads, one at a time. */
final class Snapshots {

    /** One to begin with, and two should it not be whole. */
    private static final int KEPT = 3;

    private Snapshots() {}

    /** The offsets that there are snapshots of, growing. */
    static List<Long> offsets(Disk disk, Path folder) throws IOException {
        List<Long> offsets = new ArrayList<>();
        for (Path path : disk.list(folder)) {
            String name = path.getFileName().toString();
            if (name.endsWith(ProducerSnapshot.SUFFIX) && SegmentFile.baseOffset(name) >= 0) {
                offsets.add(SegmentFile.baseOffset(name));
            }
        }
        return offsets;
    }

    static Path file(Path folder, long offset) {
        return folder.resolve(SegmentFile.name(offset) + ProducerSnapshot.SUFFIX);
    }

    /**
     * Writes one more and lets the oldest go. It need not be durable where the log still has every
     * record: its CRC tells a torn one, and recovery then begins with an older one.
     *
     * @param durable whether it is on stable storage then
     */
    static void write(Disk disk, Path folder, long offset, ByteBuffer states, boolean durable)
            throws IOException {
        TextFile.replace(disk, file(folder, offset), states, durable);
        List<Long> offsets = offsets(disk, folder);
        for (long old : offsets.subList(0, Math.max(0, offsets.size() - KEPT))) {
            disk.delete(file(folder, old));
        }
    }

    /**
     * Restores the newest whole snapshot that is not above the log's end.
     *
     * @param start where the log's first segment begins. Of what lies between an older snapshot and
     *     that nothing is known: transactions that were open then may have ended there.
     * @return the offset it was taken at, or -1 if there is none; the states are then empty
     */
    static long restore(Disk disk, Path folder, long start, long end, ProducerStates states)
            throws IOException {
        List<Long> offsets = offsets(disk, folder);
        for (int i = offsets.size() - 1; i >= 0; i--) {
            long offset = offsets.get(i);
            if (offset <= end && ProducerSnapshot.read(disk, file(folder, offset), states)) {
                if (offset < start) {
                    states.forgetOpenBelow(start);
                }
                return offset;
            }
        }
        states.clear();
        return -1L;
    }

    /** Deletes those not above the offset. */
    static void dropUpTo(Disk disk, Path folder, long offset) throws IOException {
        for (long found : offsets(disk, folder)) {
            if (found <= offset) {
                disk.delete(file(folder, found));
            }
        }
    }

    /** Deletes those above the offset; returns whether there were any. */
    static boolean dropAbove(Disk disk, Path folder, long offset) throws IOException {
        boolean any = false;
        for (long found : offsets(disk, folder)) {
            if (found > offset) {
                disk.delete(file(folder, found));
                any = true;
            }
        }
        return any;
    }
}
