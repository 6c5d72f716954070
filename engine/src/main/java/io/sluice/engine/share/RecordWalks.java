package io.sluice.engine.share;

import io.sluice.core.model.AbortedTransaction;
import io.sluice.core.model.CompressionType;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.record.Codecs;
import io.sluice.core.share.SharePartition.Span;
import io.sluice.engine.loop.Completion;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.loop.IoThreads;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks through the records of pages for the queues of one loop, which owns this. What is short and
 * plain is walked through at once; what is long, or has to be decompressed, by I/O threads, a few
 * pages at a time, so that all that is unpacked at once is bounded.
 */
final class RecordWalks {
    private static final Logger LOG = LoggerFactory.getLogger(RecordWalks.class);

    /** More is not walked through on the loop. */
    private static final int MAX_HERE_BYTES = 16 << 10;

    /** Pages of one loop with I/O threads at once; the others wait, one of a queue at most. */
    private static final int MAX_OUT = 2;

    private static final long WARN_AGAIN_MS = 60_000;

    private final EventLoop loop;
    private final IoThreads io;
    private final Codecs codecs;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>(1);
    private int out;
    private long faults;
    private long warnedMs = -WARN_AGAIN_MS;

    RecordWalks(EventLoop loop, IoThreads io, Codecs codecs) {
        this.loop = loop;
        this.io = io;
        this.codecs = codecs;
    }

    /**
     * What there is to deliver of a page from an offset on.
     *
     * @param page stays its owner's, who keeps it until the answer
     * @param done called once, at once or later; null if the page cannot be read
     */
    void spans(
            TopicPartition name,
            Page page,
            long from,
            List<AbortedTransaction> aborted,
            Sight sight,
            Consumer<@Nullable List<Span>> done) {
        List<Page.Place> places = page.deliverable(from, aborted);
        RecordSpans spans = new RecordSpans(sight, codecs, from);
        if (places.isEmpty()) {
            done.accept(spans.spans());
        } else if (isShort(places)) {
            try {
                spans.read(page.slice(), places);
                walked(name, spans, done);
            } catch (IOException e) {
                failed(name, e, done);
            }
        } else {
            begin(() -> readElsewhere(name, page, places, spans, done));
        }
    }

    private static boolean isShort(List<Page.Place> places) {
        if (places.getLast().end() - places.getFirst().position() > MAX_HERE_BYTES) {
            return false;
        }
        for (Page.Place place : places) {
            if (place.header().compression() != CompressionType.NONE.id()) {
                return false;
            }
        }
        return true;
    }

    private void begin(Runnable walk) {
        if (out < MAX_OUT) {
            out++;
            walk.run();
        } else {
            waiting.add(walk);
        }
    }

    private void ended() {
        Runnable next = waiting.poll();
        if (next == null) {
            out--;
        } else {
            next.run();
        }
    }

    private void readElsewhere(
            TopicPartition name,
            Page page,
            List<Page.Place> places,
            RecordSpans spans,
            Consumer<@Nullable List<Span>> done) {
        io.call(
                IoThreads.Lane.READ,
                () -> {
                    spans.read(page.slice(), places);
                    return spans;
                },
                loop,
                Completion.of(
                        walked -> {
                            ended();
                            walked(name, walked, done);
                        },
                        fault -> {
                            ended();
                            failed(name, fault, done);
                        }));
    }

    private void walked(
            TopicPartition name, RecordSpans spans, Consumer<@Nullable List<Span>> done) {
        if (spans.faults() > 0) {
            faults += spans.faults();
            warn(name, spans.firstFault());
        }
        done.accept(spans.spans());
    }

    /** Whoever sends such records may send millions of them. */
    private void warn(TopicPartition name, String fault) {
        long nowMs = loop.clock().monotonicMs();
        if (nowMs - warnedMs >= WARN_AGAIN_MS) {
            warnedMs = nowMs;
            LOG.warn(
                    "queues ignore what records say in vain, {} times since the last word; in {} at {}",
                    faults,
                    name,
                    fault);
            faults = 0;
        }
    }

    private static void failed(
            TopicPartition name, Throwable fault, Consumer<@Nullable List<Span>> done) {
        LOG.error("a queue of {} cannot read its log: {}", name, fault.getMessage());
        done.accept(null);
    }
}
