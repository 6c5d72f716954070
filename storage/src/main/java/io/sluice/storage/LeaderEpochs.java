package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Where each leader epoch begins in a log (KIP-101), kept in {@code leader-epoch-checkpoint}.
 * Epochs and offsets both grow. Owned by the log's loop.
 */
final class LeaderEpochs {

    static final String FILE = "leader-epoch-checkpoint";

    private static final int FIRST_CAPACITY = 2;
    private static final int[] NO_EPOCHS = {};
    private static final long[] NO_STARTS = {};

    private int[] epochs = NO_EPOCHS;
    private long[] starts = NO_STARTS;
    private int count;
    private boolean dirty;

    /** Reads the file; a damaged one counts as empty. */
    static LeaderEpochs load(Disk disk, Path directory) throws IOException {
        LeaderEpochs found = new LeaderEpochs();
        List<String> lines = TextFile.lines(disk, directory.resolve(FILE));
        try {
            if (!lines.isEmpty() && Integer.parseInt(lines.get(1)) != lines.size() - 2) {
                return new LeaderEpochs();
            }
            for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
                String[] words = line.split(" ", -1);
                found.put(Integer.parseInt(words[0]), Long.parseLong(words[1]));
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return new LeaderEpochs();
        }
        found.dirty = false;
        return found;
    }

    /** As they are now, for another thread. */
    LeaderEpochs copy() {
        LeaderEpochs copy = new LeaderEpochs();
        copy.epochs = Arrays.copyOf(epochs, count);
        copy.starts = Arrays.copyOf(starts, count);
        copy.count = count;
        return copy;
    }

    /** The text of the file. */
    String text() {
        StringBuilder text = new StringBuilder("0\n").append(count).append('\n');
        for (int i = 0; i < count; i++) {
            text.append(epochs[i]).append(' ').append(starts[i]).append('\n');
        }
        return text.toString();
    }

    /** Takes a batch into account. */
    void append(BatchHeader batch) {
        start(batch.leaderEpoch(), batch.baseOffset());
    }

    /** An epoch begins at an offset. One that began there and has no record gives way to it. */
    void start(int epoch, long offset) {
        if (epoch > latest()) {
            if (count > 0 && starts[count - 1] >= offset) {
                truncate(offset);
            }
            put(epoch, offset);
        }
    }

    private void put(int epoch, long start) {
        if (count > 0 && (epoch <= epochs[count - 1] || start < starts[count - 1])) {
            throw new IllegalArgumentException("epoch " + epoch + " at " + start);
        }
        if (count == epochs.length) {
            int capacity = Math.max(FIRST_CAPACITY, count * 2);
            epochs = Arrays.copyOf(epochs, capacity);
            starts = Arrays.copyOf(starts, capacity);
        }
        epochs[count] = epoch;
        starts[count] = start;
        count++;
        dirty = true;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int latest() {
        return count == 0 ? BatchHeader.NO_LEADER_EPOCH : epochs[count - 1];
    }

    int epochAt(long offset) {
        for (int i = count - 1; i >= 0; i--) {
            if (starts[i] <= offset) {
                return epochs[i];
            }
        }
        return BatchHeader.NO_LEADER_EPOCH;
    }

    /** See {@link io.sluice.engine.log.ReplicaLog#endOfEpoch}. */
    EpochEnd endOf(int epoch, long logEnd) {
        if (epoch < 0 || epoch > latest()) {
            return new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);
        }
        int at = count - 1;
        while (at >= 0 && epochs[at] > epoch) {
            at--;
        }
        long end = at == count - 1 ? logEnd : starts[at + 1];
        return new EpochEnd(at < 0 ? epoch : epochs[at], end);
    }

    /** Forgets what begins at or above the log's new end. */
    void truncate(long endOffset) {
        while (count > 0 && starts[count - 1] >= endOffset) {
            count--;
            dirty = true;
        }
    }

    /**
     * Forgets epochs that end at or below the log's new start. The one that covers it keeps its own
     * start: that may be the batch the log now begins inside, and a follower whose log ends there
     * has to hear that it holds another one.
     */
    void startAt(long startOffset) {
        int covering = -1;
        while (covering + 1 < count && starts[covering + 1] <= startOffset) {
            covering++;
        }
        if (covering <= 0) {
            return;
        }
        System.arraycopy(epochs, covering, epochs, 0, count - covering);
        System.arraycopy(starts, covering, starts, 0, count - covering);
        count -= covering;
        dirty = true;
    }

    /** Whether the file is behind; asking resets it. */
    boolean takeDirty() {
        boolean was = dirty;
        dirty = false;
        return was;
    }
}
