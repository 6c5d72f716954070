package io.sluice.storage;

import io.sluice.core.model.BatchHeader;
import io.sluice.engine.disk.Disk;
import io.sluice.engine.log.ReplicaLog.EpochEnd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Where each leader epoch begins in a log (KIP-101), kept in {@code leader-epoch-checkpoint}. The
 * file follows the log: what it lacks is rebuilt from the batches behind the recovery point.
 */
final class LeaderEpochs {

    static final String FILE = "leader-epoch-checkpoint";

    private final NavigableMap<Integer, Long> startOffsets = new TreeMap<>();
    private boolean dirty;

    /** Reads the file; a damaged one counts as empty. */
    static LeaderEpochs load(Disk disk, Path directory) throws IOException {
        LeaderEpochs epochs = new LeaderEpochs();
        List<String> lines = TextFile.lines(disk, directory.resolve(FILE));
        try {
            for (String line : lines.subList(Math.min(2, lines.size()), lines.size())) {
                String[] words = line.split(" ", -1);
                epochs.startOffsets.put(Integer.parseInt(words[0]), Long.parseLong(words[1]));
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            epochs.startOffsets.clear();
        }
        return epochs;
    }

    /** The text of the file. */
    String text() {
        StringBuilder text = new StringBuilder("0\n").append(startOffsets.size()).append('\n');
        startOffsets.forEach(
                (epoch, start) -> text.append(epoch).append(' ').append(start).append('\n'));
        return text.toString();
    }

    /** Takes a batch into account. */
    void append(BatchHeader batch) {
        int epoch = batch.leaderEpoch();
        if (epoch < 0 || (!startOffsets.isEmpty() && startOffsets.lastKey() >= epoch)) {
            return;
        }
        startOffsets.put(epoch, batch.baseOffset());
        dirty = true;
    }

    int latest() {
        return startOffsets.isEmpty() ? BatchHeader.NO_LEADER_EPOCH : startOffsets.lastKey();
    }

    int epochAt(long offset) {
        int found = BatchHeader.NO_LEADER_EPOCH;
        for (Map.Entry<Integer, Long> entry : startOffsets.entrySet()) {
            if (entry.getValue() > offset) {
                break;
            }
            found = entry.getKey();
        }
        return found;
    }

    /**
     * @param current the epoch that leads now: it may have no batch yet, and ends at the log's end
     */
    EpochEnd endOf(int epoch, int current, long logEnd) {
        if (epoch < 0 || epoch > Math.max(current, latest())) {
            return new EpochEnd(BatchHeader.NO_LEADER_EPOCH, -1L);
        }
        if (epoch == current) {
            return new EpochEnd(epoch, logEnd);
        }
        Map.Entry<Integer, Long> above = startOffsets.higherEntry(epoch);
        Map.Entry<Integer, Long> at = startOffsets.floorEntry(epoch);
        long end = above == null ? logEnd : above.getValue();
        return new EpochEnd(at == null ? epoch : at.getKey(), end);
    }

    /** Forgets what begins at or above the log's new end. */
    void truncate(long endOffset) {
        dirty |= startOffsets.values().removeIf(start -> start >= endOffset);
    }

    /** Forgets epochs that end below the log's new start; the one that covers it begins there. */
    void startAt(long startOffset) {
        int covering = epochAt(startOffset);
        if (covering < 0) {
            return;
        }
        dirty |= !startOffsets.headMap(covering, false).isEmpty();
        startOffsets.headMap(covering, false).clear();
        if (startOffsets.firstEntry().getValue() < startOffset) {
            startOffsets.put(covering, startOffset);
            dirty = true;
        }
    }

    /** Whether the file is behind; asking resets it. */
    boolean takeDirty() {
        boolean was = dirty;
        dirty = false;
        return was;
    }
}
