package io.sluice.storage;

import java.util.ArrayList;
import java.util.List;

/** A log's segments, oldest first, found by offset. Never empty once filled. Owned by the loop. */
final class Segments {

    private final ArrayList<Segment> byBase = new ArrayList<>(1);

    void add(Segment newest) {
        byBase.add(newest);
    }

    int count() {
        return byBase.size();
    }

    Segment get(int index) {
        return byBase.get(index);
    }

    Segment first() {
        return byBase.getFirst();
    }

    Segment last() {
        return byBase.getLast();
    }

    Segment removeFirst() {
        return byBase.removeFirst();
    }

    Segment removeLast() {
        return byBase.removeLast();
    }

    /** The place of the last segment that begins at or below the offset; 0 if none does. */
    int floor(long offset) {
        int low = 0;
        int high = byBase.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (byBase.get(middle).baseOffset() <= offset) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Puts other segments in the place of a run. */
    void replace(int from, int to, List<Segment> others) {
        List<Segment> run = byBase.subList(from, to);
        run.clear();
        run.addAll(others);
    }

    long sizeInBytes() {
        long total = 0;
        for (int i = 0; i < byBase.size(); i++) {
            total += byBase.get(i).size();
        }
        return total;
    }

    /** A copy, oldest first. */
    List<Segment> all() {
        return List.copyOf(byBase);
    }
}
