package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.share.Acknowledgement;
import io.sluice.core.share.Acquired;
import io.sluice.core.share.SharePartition;
import io.sluice.core.share.SharePartition.Input;
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

    private final HostedQueue queue;
    private final SharePartition<HostedQueue.Ticket> machine;
    private final QueueReader reader;
    private final Take take;
    private @Nullable Page scanned;
    private int emptyPages;
    private boolean abandoned;

    Serving(
            HostedQueue queue,
            SharePartition<HostedQueue.Ticket> machine,
            QueueReader reader,
            Take take) {
        this.queue = queue;
        this.machine = machine;
        this.reader = reader;
        this.take = take;
    }

    Take take() {
        return take;
    }

    /** The member is gone: it gets nothing. */
    void abandon() {
        abandoned = true;
    }

    void begin() {
        if (machine.wantsMore()) {
            scan();
        } else {
            acquire();
        }
    }

    private void scan() {
        if (isOver()) {
            return;
        }
        Page.Extent extent = new Page.Extent(machine.scanFrom(), Long.MAX_VALUE, take.maxRecords());
        reader.page(extent, take.maxBytes(), queue.readCommitted(), this::found);
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
        queue.step(new Input.Found<>(page.spans(from, result.aborted()), page.end()));
        if (machine.hasReady() || page.end() <= from) {
            scanned = page;
            acquire();
            return;
        }
        page.release();
        readOn();
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
        if (!machine.wantsMore()) {
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

    private void gather(Gathering gathering) {
        while (!gathering.isComplete()) {
            Page page = scanned;
            if (page == null || page.end() <= gathering.from() || begin(page) > gathering.from()) {
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
        queue.step(new Input.GiveBack<>(take.member(), gathering.all()));
        ErrorCode error =
                result.error() == ErrorCode.NONE
                        ? ErrorCode.KAFKA_STORAGE_ERROR
                        : queue.readFailed(result.error());
        finish(Delivery.refused(queue.key(), error));
    }

    private void deliver(Gathering gathering) {
        if (queue.isEnded() || abandoned) {
            gathering.release();
            queue.step(new Input.GiveBack<>(take.member(), gathering.all()));
            isOver();
            return;
        }
        if (!gathering.left().isEmpty()) {
            queue.step(new Input.GiveBack<>(take.member(), gathering.left()));
        }
        if (!gathering.missing().isEmpty()) {
            queue.settleMissing(take.member(), gaps(gathering.missing()));
        }
        if (gathering.given().isEmpty()) {
            gathering.release();
            finish(Delivery.nothing(queue.key()));
            return;
        }
        List<Acquired> given = inBatches(gathering.given(), take.batchSize());
        finish(new Delivery(queue.key(), ErrorCode.NONE, given, gathering.records()));
    }

    private static List<Acknowledgement> gaps(List<Acquired> ranges) {
        List<Acknowledgement> gaps = new ArrayList<>(ranges.size());
        for (Acquired range : ranges) {
            gaps.add(new Acknowledgement(range.first(), range.last(), Acknowledgement.Type.GAP));
        }
        return gaps;
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
