package io.sluice.engine.share;

import io.sluice.core.share.Acquired;
import io.sluice.engine.log.FileSlice;
import java.util.ArrayList;
import java.util.List;

/** The batches of acquired records, page by page, as far as the bytes go. */
final class Gathering {

    /** Ranges that are no farther from each other are read together. */
    private static final long NEAR = 256;

    private List<Acquired> wanted;
    private final int maxBytes;
    private final List<Acquired> given = new ArrayList<>();
    private final List<Acquired> missing = new ArrayList<>();
    private final List<Acquired> gone = new ArrayList<>();
    private final List<FileSlice> pieces = new ArrayList<>();
    private final List<FileSlice> held = new ArrayList<>();
    private int next;
    private long reached;

    /** Behind the last record of the last batch that is given. */
    private long gathered;

    private long bytes;
    private boolean full;

    /**
     * @param wanted in order
     * @param maxBytes a bound, but for the first batch
     */
    Gathering(List<Acquired> wanted, int maxBytes) {
        this.wanted = wanted;
        this.maxBytes = maxBytes;
    }

    boolean isComplete() {
        return full || next == wanted.size();
    }

    /** The first record that is still to be read. */
    long from() {
        return Math.max(reached, wanted.get(next).first());
    }

    /** Where the records end that are read together with it. */
    long upTo() {
        int last = next;
        while (last + 1 < wanted.size()
                && wanted.get(last + 1).first() - wanted.get(last).last() <= NEAR) {
            last++;
        }
        return wanted.get(last).last();
    }

    /**
     * What was not read by now is too much for now. Of a range that was read in part that part is
     * given: else one that is larger than the bound would be taken and given back for ever.
     */
    void endHere() {
        full = true;
        Acquired range = wanted.get(next);
        if (range.first() < gathered && gathered <= range.last()) {
            wanted = new ArrayList<>(wanted);
            given.add(new Acquired(range.first(), gathered - 1, range.deliveries()));
            wanted.set(next, new Acquired(gathered, range.last(), range.deliveries()));
        }
    }

    int bytesLeft() {
        return (int) Math.max(1, maxBytes - bytes);
    }

    /** Takes what is wanted of a page, which is released with what is gathered, or at once. */
    void take(Page page) {
        int runFrom = -1;
        int runTo = -1;
        int piecesBefore = pieces.size();
        for (Page.Place place : page.places()) {
            skipBelow(place.header().baseOffset());
            if (isComplete()) {
                break;
            }
            if (wanted.get(next).first() > place.header().lastOffset()) {
                continue;
            }
            if (bytes > 0 && bytes + place.header().sizeInBytes() > maxBytes) {
                endHere();
                break;
            }
            bytes += place.header().sizeInBytes();
            if (place.position() != runTo) {
                piece(page, runFrom, runTo);
                runFrom = place.position();
            }
            runTo = place.end();
            giveUpTo(place.header().lastOffset());
        }
        piece(page, runFrom, runTo);
        skipBelow(page.end());
        reached = page.end();
        if (pieces.size() > piecesBefore) {
            held.add(page.slice());
        } else {
            page.release();
        }
    }

    /** There is nothing of them in the log. */
    private void skipBelow(long offset) {
        while (!isComplete() && wanted.get(next).last() < offset) {
            missing.add(wanted.get(next++));
        }
    }

    private void giveUpTo(long offset) {
        gathered = offset + 1;
        while (next < wanted.size() && wanted.get(next).last() <= offset) {
            given.add(wanted.get(next++));
        }
    }

    private void piece(Page page, int from, int to) {
        if (from >= 0) {
            pieces.add(page.slice().part(from, to - from));
        }
    }

    /** The log has nothing below the offset any more. */
    void logStartsAt(long offset) {
        while (next < wanted.size() && wanted.get(next).first() < offset) {
            gone.add(wanted.get(next++));
        }
    }

    /** All that was acquired. */
    List<Acquired> all() {
        return wanted;
    }

    /** What was found. */
    List<Acquired> given() {
        return given;
    }

    /** What the log does not hold, as it was compacted. */
    List<Acquired> missing() {
        return missing;
    }

    /** What is too much for now, and what may be gone from the log. */
    List<Acquired> left() {
        List<Acquired> left = new ArrayList<>(gone);
        left.addAll(wanted.subList(next, wanted.size()));
        return left;
    }

    /** The batches of what is given; releases the pages with itself. */
    FileSlice records() {
        return new Parts(pieces, held);
    }

    void release() {
        held.forEach(FileSlice::release);
    }
}
