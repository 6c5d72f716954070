package io.sluice.storage;

import io.sluice.core.model.Uuid;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.disk.DiskFile;
import io.sluice.engine.log.LogStore.Replica;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * How far each log of a directory is on stable storage, as of its last flush: what tells a torn
 * tail from damage after a crash (docs/adr/durable-ends.md). The recovery-point checkpoint says the
 * same, a minute late.
 *
 * <p>A file of 32-byte slots, one for each log: CRC32C of the rest (4 bytes), partition (4), topic
 * id (16), offset (8), whose second bit from the top is set from before a truncation touches the
 * files until all of it is on stable storage. A slot never straddles a sector. It is written after
 * the flush it tells of and not forced, so a crash may leave an older value or none: both are below
 * the truth. It is forced where it goes down, before what it told of is cut. Any thread may call.
 */
final class DurableEnds implements AutoCloseable {

    static final String FILE = ".sluice-durable-ends";

    private static final int SLOT_BYTES = 32;

    /** Two million logs. */
    private static final int MAX_BYTES = 64 << 20;

    private static final long NOTHING = -1L;
    private static final long CUTTING = 1L << 62;

    private final DiskFile file;
    private final Map<Replica, Found> found = new LinkedHashMap<>();
    private final BitSet used = new BitSet();
    private final ByteBuffer bytes = ByteBuffer.allocate(SLOT_BYTES);

    private record Found(int index, long end, boolean cutting) {}

    /** The slot of one log. */
    final class Slot {
        private final int index;
        private final Uuid topicId;
        private final int partition;
        private long end;
        private boolean cutting;
        private boolean released;

        private Slot(int index, Uuid topicId, int partition, long end, boolean cutting) {
            this.index = index;
            this.topicId = topicId;
            this.partition = partition;
            this.end = end;
            this.cutting = cutting;
        }

        /** Everything below it was on stable storage; 0 if nothing is known. */
        long end() {
            synchronized (DurableEnds.this) {
                return Math.max(0L, end);
            }
        }

        /** A truncation began in this life or the last, and nobody has seen it on the device. */
        boolean isCutUnfinished() {
            synchronized (DurableEnds.this) {
                return cutting;
            }
        }

        /** More is on stable storage now, and so is the cut if there was one. */
        void raise(long offset) throws IOException {
            synchronized (DurableEnds.this) {
                if (offset > end || cutting) {
                    cutting = false;
                    write(this, Math.max(end, offset));
                }
            }
        }

        /** What is above will be cut; durable when this returns. */
        void beginCut(long offset) throws IOException {
            synchronized (DurableEnds.this) {
                cutting = true;
                write(this, Math.clamp(end, 0L, offset));
                file.force();
            }
        }

        /** Less will be, from now on; durable when this returns. */
        void lower(long offset) throws IOException {
            synchronized (DurableEnds.this) {
                if (offset < end) {
                    write(this, offset);
                    file.force();
                }
            }
        }

        /**
         * The log leaves this directory: one of that name may come back. Durable when this returns,
         * and done before its folder goes: a slot without a folder would tell of a loss.
         */
        void release() throws IOException {
            synchronized (DurableEnds.this) {
                if (!released) {
                    released = true;
                    clear(index);
                }
                file.force();
            }
        }
    }

    private DurableEnds(DiskFile file) {
        this.file = file;
    }

    static DurableEnds open(Disk disk, Path directory) throws IOException {
        DurableEnds ends = new DurableEnds(disk.open(directory.resolve(FILE), Disk.Mode.WRITE));
        ends.load();
        return ends;
    }

    private synchronized void load() throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) Math.min(file.size(), MAX_BYTES));
        file.read(all, 0);
        all.flip();
        for (int index = 0; all.remaining() >= SLOT_BYTES; index++) {
            all.get(bytes.array());
            if (bytes.getInt(0) != crc()) {
                continue;
            }
            long told = bytes.getLong(24);
            if (told == NOTHING) {
                continue;
            }
            long end = told & ~CUTTING;
            Replica key =
                    new Replica(new Uuid(bytes.getLong(8), bytes.getLong(16)), bytes.getInt(4));
            used.set(index);
            Found here = new Found(index, end, end != told);
            Found other = found.putIfAbsent(key, here);
            if (other != null && other.end < end) {
                found.put(key, here);
            }
        }
    }

    /** The slot of a log, with what it told when the directory was opened. */
    synchronized Slot claim(Uuid topicId, int partition) {
        Found before = found.remove(new Replica(topicId, partition));
        if (before != null) {
            return new Slot(before.index, topicId, partition, before.end, before.cutting);
        }
        int index = used.nextClearBit(0);
        used.set(index);
        return new Slot(index, topicId, partition, NOTHING, false);
    }

    /** What a log's slot told when the directory was opened; -1 if there was none. */
    synchronized long told(Uuid topicId, int partition) {
        Found before = found.get(new Replica(topicId, partition));
        return before == null ? NOTHING : before.end;
    }

    /**
     * Gives back the slot of a log that was not opened, durably: without its folder it would tell
     * of a loss.
     */
    synchronized void giveBack(Replica log) throws IOException {
        Found here = found.remove(log);
        if (here != null) {
            clear(here.index);
            file.force();
        }
    }

    /** Gives back the slots of other logs, but for those that were opened. */
    synchronized void keepOnly(Set<Replica> wanted) throws IOException {
        for (Replica key : List.copyOf(found.keySet())) {
            if (!wanted.contains(key)) {
                clear(Objects.requireNonNull(found.remove(key)).index);
            }
        }
    }

    private void clear(int index) throws IOException {
        put(0, Uuid.ZERO, NOTHING);
        file.write(bytes, (long) index * SLOT_BYTES);
        used.clear(index);
    }

    private void write(Slot slot, long end) throws IOException {
        put(slot.partition, slot.topicId, slot.cutting ? end | CUTTING : end);
        file.write(bytes, (long) slot.index * SLOT_BYTES);
        slot.end = end;
    }

    private void put(int partition, Uuid topicId, long end) {
        bytes.clear();
        bytes.putInt(4, partition);
        bytes.putLong(8, topicId.high()).putLong(16, topicId.low()).putLong(24, end);
        bytes.putInt(0, crc());
    }

    private int crc() {
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 4, SLOT_BYTES - 4);
        return (int) crc.getValue();
    }

    void force() throws IOException {
        file.force();
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }
}
