package io.sluice.engine.share;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.BatchHeader;
import io.sluice.core.share.Facts;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.log.FileSlice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A piece of the log and where its batches are. Reads headers alone, many at once where batches are
 * small, and no more of them than are asked for.
 */
final class Page {

    /** A batch in the slice. */
    record Place(BatchHeader header, int position) {
        int end() {
            return position + header.sizeInBytes();
        }
    }

    /**
     * How far a page is looked through: up to an offset, or until it has so many records, whichever
     * comes first; one batch at least.
     *
     * @param from records before it do not count
     */
    record Extent(long from, long upTo, int records) {}

    private final FileSlice slice;
    private final List<Place> places;

    private Page(FileSlice slice, List<Place> places) {
        this.slice = slice;
        this.places = places;
    }

    /**
     * Looks through the slice, which must be warm; it belongs to the page from then on, and is
     * released if there is no page. Where the slice was cut the last batch is left to the next.
     *
     * @param window of any content, for the time of the call
     */
    static Page of(FileSlice slice, Extent extent, ByteBuffer window) throws IOException {
        try {
            List<Place> places = places(slice, extent, window);
            if (places.isEmpty()) {
                throw new IOException("there is no whole batch");
            }
            return new Page(slice, places);
        } catch (IOException | RuntimeException e) {
            slice.release();
            throw e;
        }
    }

    private static List<Place> places(FileSlice slice, Extent extent, ByteBuffer window)
            throws IOException {
        List<Place> places = new ArrayList<>();
        int windowAt = 0;
        window.clear().limit(0);
        int position = 0;
        long records = 0;
        while (position + BatchHeader.SIZE <= slice.sizeInBytes()) {
            if (position + BatchHeader.SIZE > windowAt + window.limit()) {
                windowAt = position;
                fill(slice, window.clear(), position);
            }
            BatchHeader header = header(window, position - windowAt);
            if (position + header.sizeInBytes() > slice.sizeInBytes()) {
                break;
            }
            places.add(new Place(header, position));
            position += header.sizeInBytes();
            records += header.lastOffset() < extent.from ? 0 : header.recordCount();
            if (header.nextOffset() > extent.upTo || records >= extent.records) {
                break;
            }
        }
        return places;
    }

    private static BatchHeader header(ByteBuffer window, int at) throws IOException {
        BatchHeader header = BatchHeader.read(window, at);
        if (header.sizeInBytes() < BatchHeader.SIZE) {
            throw new IOException("a batch of %d bytes".formatted(header.sizeInBytes()));
        }
        return header;
    }

    private static void fill(FileSlice slice, ByteBuffer window, int from) throws IOException {
        window.limit(Math.min(window.capacity(), slice.sizeInBytes() - from));
        while (window.hasRemaining()) {
            if (slice.read(window, from + (long) window.position()) <= 0) {
                throw new IOException("the log ends inside a batch");
            }
        }
        window.flip();
    }

    FileSlice slice() {
        return slice;
    }

    List<Place> places() {
        return places;
    }

    /** Behind the last record that was looked at. */
    long end() {
        return places.getLast().header().nextOffset();
    }

    /** Bytes that were looked through. */
    int bytes() {
        return places.getLast().end();
    }

    /** Records in them. */
    long records() {
        long records = 0;
        for (Place place : places) {
            records += place.header().recordCount();
        }
        return records;
    }

    /**
     * What there is to deliver from an offset on: no control batches, and nothing of transactions
     * that were aborted.
     */
    List<Span> spans(long from, List<AbortedTransaction> aborted) {
        List<Span> spans = new ArrayList<>(places.size());
        for (Place place : places) {
            BatchHeader header = place.header();
            if (isDeliverable(header, from, aborted)) {
                long first = Math.max(from, header.baseOffset());
                spans.add(new Span(first, header.lastOffset(), Facts.PLAIN));
            }
        }
        return spans;
    }

    /** The batches of what there is to deliver. */
    List<Place> deliverable(long from, List<AbortedTransaction> aborted) {
        List<Place> those = new ArrayList<>(places.size());
        for (Place place : places) {
            if (isDeliverable(place.header(), from, aborted)) {
                those.add(place);
            }
        }
        return those;
    }

    private static boolean isDeliverable(
            BatchHeader header, long from, List<AbortedTransaction> aborted) {
        return !header.isControl()
                && header.lastOffset() >= from
                && !AbortedTransaction.anyHolds(aborted, header);
    }

    void release() {
        slice.release();
    }
}
