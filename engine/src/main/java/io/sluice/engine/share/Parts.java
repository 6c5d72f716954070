package io.sluice.engine.share;

import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Pieces of slices, one behind the other, as one: the batches that a member was given, wherever
 * they lie. Releases the slices with itself.
 */
final class Parts implements FileSlice {

    /**
     * @param startsAt bytes before it
     */
    private record Part(FileSlice bytes, long startsAt) {
        long end() {
            return startsAt + bytes.sizeInBytes();
        }
    }

    private final List<Part> parts = new ArrayList<>();
    private final List<FileSlice> held;

    /**
     * @param pieces in order
     * @param held what the pieces are of; released with this
     */
    Parts(List<FileSlice> pieces, List<FileSlice> held) {
        this.held = held;
        long startsAt = 0;
        for (FileSlice piece : pieces) {
            parts.add(new Part(piece, startsAt));
            startsAt += piece.sizeInBytes();
        }
    }

    @Override
    public int sizeInBytes() {
        return parts.isEmpty() ? 0 : Math.toIntExact(parts.getLast().end());
    }

    private int indexOf(long offset) {
        int low = 0;
        int high = parts.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (parts.get(middle).startsAt <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    @Override
    public long transferTo(long from, WritableByteChannel target) throws IOException {
        long sent = 0;
        for (int i = indexOf(from); i < parts.size(); i++) {
            Part part = parts.get(i);
            long within = from + sent - part.startsAt;
            long taken = part.bytes.transferTo(within, target);
            sent += taken;
            if (within + taken < part.bytes.sizeInBytes()) {
                break; // the target takes no more
            }
        }
        return sent;
    }

    @Override
    public int read(ByteBuffer target, long from) throws IOException {
        int read = 0;
        for (int i = indexOf(from); i < parts.size() && target.hasRemaining(); i++) {
            Part part = parts.get(i);
            long within = from + read - part.startsAt;
            int taken = part.bytes.read(target, within);
            read += Math.max(0, taken);
            if (within + taken < part.bytes.sizeInBytes()) {
                break; // the target is full, or the file ends before its time
            }
        }
        return read;
    }

    @Override
    public FileSlice part(int from, int length) {
        List<FileSlice> pieces = new ArrayList<>();
        long end = (long) from + length;
        for (int i = indexOf(from); i < parts.size() && parts.get(i).startsAt < end; i++) {
            Part part = parts.get(i);
            int within = (int) Math.max(0, from - part.startsAt);
            int upTo = (int) (Math.min(end, part.end()) - part.startsAt);
            pieces.add(part.bytes.part(within, upTo - within));
        }
        return new Parts(pieces, List.of());
    }

    @Override
    public void release() {
        held.forEach(FileSlice::release);
    }
}
