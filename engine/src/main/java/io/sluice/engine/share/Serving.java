package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.ShareInput;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.partition.Partition.FetchResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One demand at its queue, until it is answered: reads the log on until the machine has something
 * to give, lets it give, and gathers the batches. Owned by the partition's loop.
 *
 * <pre>
 *   SCANNING ──something is ready, or the log ends──▶ GATHERING ──all is there──▶ over
 *                                └──nothing──▶ over
 * </pre>
 */
final class Serving {

    /** Pages without anything to deliver that are read in one turn of the loop. */
    private static final int MAX_EMPTY_PAGES = 16;

    /** Reads for what was taken here and there in the log; the rest is given back. */
    private static final int MAX_READS = 64;

    /** A page whose records are looked into, but for a larger batch. */
    private static final int LOOK_BYTES = 256 << 10;

    private static final int LOOK_RECORDS = 2_000;

    private final HostedQueue queue;
    private final SharePartition<Ticket> machine;
    private final QueueReader reader;
    private final Take take;
    private final @Nullable Ahead ahead;
    private @Nullable Page scanned;
    private int emptyPages;
    private int reads;
    private boolean gathers;
    private boolean gathersOn;
    private boolean abandoned;

    Serving(HostedQueue queue, SharePartition<Ticket> machine, QueueReader reader, Take take) {
        this.queue = queue;
        this.machine = machine;
        this.reader = reader;
        this.take = take;
        this.ahead = queue.ahead();
    }

    Take take() {
        return take;
    }

    /** The member is gone: it gets nothing. */
    void abandon() {
        abandoned = true;
    }

    void begin() {
        if (readsOn()) {
            scan();
        } else {
            acquire();
        }
    }

    private boolean readsOn() {
        return ahead == null ? machine.wantsMore() : ahead.readsOn();
    }

    private void scan() {
        if (isOver()) {
            return;
        }
        int records = ahead == null ? take.maxRecords() : LOOK_RECORDS;
        Page.Extent extent = new Page.Extent(machine.scanFrom(), Long.MAX_VALUE, records);
        int maxBytes = ahead == null ? take.maxBytes() : LOOK_BYTES;
        reader.page(extent, maxBytes, queue.readCommitted(), this::found);
    }

    private boolean isOver() {
        if (queue.isEnded()) {
            finish(Delivery.refused(queue.key(), queue.why()));
            return true;
        }
        if (abandoned) {
            finish(Delivery.nothing(queue.key()));
            return true;
        }
        return false;
    }

    private void found(FetchResult result, @Nullable Page page) {
        if (isOver()) {
            release(page);
            return;
        }
        long from = machine.scanFrom();
        if (page == null) {
            nothingFound(result, from);
            return;
        }
        queue.logStartsAt(result.logStartOffset());
        long begin = machine.scanFrom();
        queue.look(page, begin, result.aborted(), spans -> looked(page, begin, spans));
    }

    private void looked(Page page, long from, @Nullable List<Span> spans) {
        if (isOver()) {
            page.release();
        } else if (spans == null) {
            page.release();
            finish(Delivery.refused(queue.key(), ErrorCode.KAFKA_STORAGE_ERROR));
        } else if (machine.scanFrom() != from) { // the log lost its front meanwhile
            page.release();
            readOn();
        } else {
            queue.step(new ShareInput.Found<>(spans, page.end()));
            if (readsOn() && page.end() > from) {
                page.release();
                readOn();
            } else {
                scanned = page;
                acquire();
            }
        }
    }

    private void nothingFound(FetchResult result, long from) {
        switch (result.error()) {
            case NONE -> acquire();
            case OFFSET_OUT_OF_RANGE -> {
                if (result.logStartOffset() > from) {
                    queue.logStartsAt(result.logStartOffset());
                    readOn();
                } else {
                    acquire(); // the log lost its end: it grows again
                }
            }
            default -> finish(Delivery.refused(queue.key(), queue.readFailed(result.error())));
        }
    }

    /** Others on this loop have their turn now and then. */
    private void readOn() {
        if (!readsOn()) {
            acquire();
        } else if (++emptyPages % MAX_EMPTY_PAGES == 0) {
            queue.loop().post(this::scan);
        } else {
            scan();
        }
    }

    private void acquire() {
        List<Acquired> taken = queue.acquire(take);
        if (taken.isEmpty()) {
            release(scanned);
            finish(Delivery.nothing(queue.key()));
        } else {
            gather(new Gathering(taken, take.maxBytes()));
        }
    }

    /** A read that is answered at once comes back here: it goes on below, not deeper. */
    private void gather(Gathering gathering) {
        gathersOn = true;
        if (gathers) {
            return;
        }
        gathers = true;
        while (gathersOn) {
            gathersOn = false;
            gatherOnce(gathering);
        }
        gathers = false;
    }

    private void gatherOnce(Gathering gathering) {
        while (!gathering.isComplete()) {
            Page page = scanned;
            if (page == null || page.end() <= gathering.from() || begin(page) > gathering.from()) {
                if (++reads > MAX_READS) {
                    gathering.endHere();
                    break;
                }
                read(gathering);
                return;
            }
            scanned = null;
            gathering.take(page);
        }
        release(scanned);
        deliver(gathering);
    }

    private static long begin(Page page) {
        return page.places().getFirst().header().baseOffset();
    }

    private void read(Gathering gathering) {
        Page.Extent extent = new Page.Extent(gathering.from(), gathering.upTo(), Integer.MAX_VALUE);
        reader.page(
                extent,
                gathering.bytesLeft(),
                false,
                (result, page) -> {
                    if (page != null && page.end() > extent.from()) {
                        gathering.take(page);
                        gather(gathering);
                    } else {
                        release(page);
                        notThere(gathering, extent.from(), result);
                    }
                });
    }

    private void notThere(Gathering gathering, long from, FetchResult result) {
        if (result.error() == ErrorCode.OFFSET_OUT_OF_RANGE && result.logStartOffset() > from) {
            queue.logStartsAt(result.logStartOffset());
            gathering.logStartsAt(result.logStartOffset());
            gather(gathering);
            return;
        }
        release(scanned);
        gathering.release();
        queue.step(new ShareInput.GiveBack<>(take.member(), gathering.all()));
        ErrorCode error =
                result.error() == ErrorCode.NONE
                        ? ErrorCode.KAFKA_STORAGE_ERROR
                        : queue.readFailed(result.error());
        finish(Delivery.refused(queue.key(), error));
    }

    private void deliver(Gathering gathering) {
        if (queue.isEnded() || abandoned) {
            gathering.release();
            queue.step(new ShareInput.GiveBack<>(take.member(), gathering.all()));
            isOver();
            return;
        }
        if (!gathering.left().isEmpty()) {
            queue.step(new ShareInput.GiveBack<>(take.member(), gathering.left()));
        }
        if (!gathering.missing().isEmpty()) {
            queue.settleMissing(take.member(), gaps(gathering.missing()));
        }
        if (gathering.given().isEmpty()) {
            gathering.release();
            finish(Delivery.nothing(queue.key()));
            return;
        }
        List<Acquired> ranges =
                ahead == null ? gathering.given() : neighboursAsOne(gathering.given());
        List<Acquired> given = inBatches(ranges, take.batchSize());
        finish(new Delivery(queue.key(), ErrorCode.NONE, given, gathering.records()));
    }

    private static List<Acknowledgement> gaps(List<Acquired> ranges) {
        List<Acknowledgement> gaps = new ArrayList<>(ranges.size());
        for (Acquired range : ranges) {
            gaps.add(new Acknowledgement(range.first(), range.last(), Acknowledgement.Type.GAP));
        }
        return gaps;
    }

    /** Where records stand by themselves for their keys, each would be a range by itself. */
    private static List<Acquired> neighboursAsOne(List<Acquired> ranges) {
        List<Acquired> joined = new ArrayList<>(ranges.size());
        Acquired open = ranges.getFirst();
        for (Acquired range : ranges.subList(1, ranges.size())) {
            if (range.first() == open.last() + 1 && range.deliveries() == open.deliveries()) {
                open = new Acquired(open.first(), range.last(), open.deliveries());
            } else {
                joined.add(open);
                open = range;
            }
        }
        joined.add(open);
        return joined;
    }

    private static List<Acquired> inBatches(List<Acquired> ranges, int batchSize) {
        List<Acquired> batches = new ArrayList<>(ranges.size());
        for (Acquired range : ranges) {
            for (long first = range.first(); first <= range.last(); first += batchSize) {
                long last = Math.min(range.last(), first + batchSize - 1);
                batches.add(new Acquired(first, last, range.deliveries()));
            }
        }
        return batches;
    }

    private static void release(@Nullable Page page) {
        if (page != null) {
            page.release();
        }
    }

    private void finish(Delivery delivery) {
        queue.served(this, delivery);
    }
}
