package io.sluice.engine.share;

import io.sluice.core.model.ErrorCode;
import io.sluice.core.model.TopicPartition;
import io.sluice.core.model.Uuid;
import io.sluice.core.record.BatchWriter;
import io.sluice.core.share.LedgerFormat;
import io.sluice.core.share.LedgerFormat.Entry;
import io.sluice.core.share.LedgerFormat.Subject;
import io.sluice.core.share.LedgerFormat.Who;
import io.sluice.core.share.ShareKey;
import io.sluice.engine.coordinator.InternalTopic;
import io.sluice.engine.loop.EventLoop;
import io.sluice.engine.partition.Appender;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the ledger behind: what happens to records on one loop gathers for {@value #GATHER_MS} ms
 * or until it is {@value #FULL_BYTES} bytes, and goes to its topic while the next gathers. Nobody
 * waits for it. What cannot be written is kept and tried again up to {@value #MAX_BYTES} bytes for
 * each loop; beyond that it is left out, and the log says so.
 */
public final class LedgerWriter implements Ledger {

    /** How long what happened waits to be written: what a killed broker takes along at most. */
    static final long GATHER_MS = 200;

    static final int FULL_BYTES = 256 << 10;
    static final int MAX_BYTES = 4 << 20;

    /** Of the records of one batch, about. */
    private static final int BATCH_BYTES = 256 << 10;

    /** One queue's record is closed then. */
    private static final int PAGE_BYTES = 64 << 10;

    /** Members whose client and address are known, on one loop. */
    private static final int MOST_TAKERS = 10_000;

    private static final long RETRY_MS = 500;
    private static final long WARN_AGAIN_MS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(LedgerWriter.class);

    private final Appender appender;
    private final InternalTopic topic;
    private final Map<EventLoop, LoopBook> books = new ConcurrentHashMap<>();

    /** A record of the ledger that is on its way. */
    private record Line(Subject subject, byte[] key, byte[] value) {

        int bytes() {
            return key.length + value.length;
        }
    }

    public LedgerWriter(Appender appender, InternalTopic topic) {
        this.appender = appender;
        this.topic = topic;
    }

    @Override
    public Book of(EventLoop loop) {
        return books.computeIfAbsent(loop, LoopBook::new);
    }

    /** The partition of the ledger that has what happens in a partition. */
    static int home(Uuid topicId, int partition, int partitions) {
        int hash = 31 * Long.hashCode(topicId.high() ^ topicId.low()) + partition;
        return (hash & Integer.MAX_VALUE) % partitions;
    }

    /** What happened on one loop, which owns this. */
    private final class LoopBook implements Book {
        private final EventLoop loop;
        private final Map<ShareKey, LedgerFormat.Page> pages = new LinkedHashMap<>();
        private final Map<ShareKey, Subject> subjects = new LinkedHashMap<>();
        private final Takers takers = new Takers(MOST_TAKERS);

        /** What is closed and not stored, in order. */
        private List<Line> lines = new ArrayList<>();

        private long lineBytes;
        private long pageBytes;
        private int underWay;
        private boolean waits;
        private long leftOut;
        private long warnedMs = Long.MIN_VALUE / 2;

        LoopBook(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void note(ShareKey queue, TopicPartition source, Entry entry) {
            Who who = takers.inFull(entry.who());
            if (lineBytes + pageBytes >= MAX_BYTES) {
                leftOut++;
                return;
            }
            LedgerFormat.Page page = pages.get(queue);
            boolean isNew = page == null;
            if (page == null) {
                page = new LedgerFormat.Page();
                pages.put(queue, page);
                subjects.put(
                        queue,
                        new Subject(
                                queue.group(), source.topic(), queue.topicId(), queue.partition()));
            }
            int before = isNew ? 0 : page.sizeInBytes();
            page.add(
                    entry.deed(),
                    entry.first(),
                    entry.last(),
                    entry.atMs(),
                    who,
                    entry.deliveries());
            pageBytes += page.sizeInBytes() - before;
            if (page.sizeInBytes() >= PAGE_BYTES) {
                close(queue);
            }
            if (!waits) {
                waits = true;
                loop.schedule(GATHER_MS, this::write);
            } else if (pageBytes + lineBytes >= FULL_BYTES && underWay == 0) {
                loop.post(this::write);
            }
        }

        private void close(ShareKey queue) {
            LedgerFormat.Page page = pages.remove(queue);
            Subject subject = subjects.remove(queue);
            if (page == null || subject == null) {
                return;
            }
            pageBytes -= page.sizeInBytes();
            Line line = new Line(subject, LedgerFormat.key(subject), page.take());
            lines.add(line);
            lineBytes += line.bytes();
        }

        private void write() {
            if (underWay > 0) {
                waits = false; // it is called again when that is over
                return;
            }
            if (topic.partitions() == 0) {
                underWay = 1;
                topic.ensure(loop, error -> later(error == ErrorCode.NONE ? 0 : RETRY_MS));
                return;
            }
            List.copyOf(pages.keySet()).forEach(this::close);
            waits = false;
            Map<Integer, List<Line>> byHome = new TreeMap<>();
            int homes = topic.partitions();
            for (Line line : lines) {
                int home = home(line.subject.topicId(), line.subject.partition(), homes);
                byHome.computeIfAbsent(home, none -> new ArrayList<>()).add(line);
            }
            lines = new ArrayList<>();
            underWay = 1;
            byHome.forEach(this::write);
            over();
        }

        private void later(long delayMs) {
            underWay = 0;
            waits = true;
            loop.schedule(delayMs, this::write);
        }

        private void write(int home, List<Line> all) {
            int from = 0;
            while (from < all.size()) {
                BatchWriter writer = new BatchWriter();
                int upTo = from;
                while (upTo < all.size() && writer.sizeInBytes() < BATCH_BYTES) {
                    writer.add(all.get(upTo).key, all.get(upTo).value, loop.clock().wallMs());
                    upTo++;
                }
                List<Line> those = List.copyOf(all.subList(from, upTo));
                underWay++;
                appender.append(
                        new TopicPartition(topic.name(), home),
                        writer.take(),
                        loop,
                        error -> stored(those, error));
                from = upTo;
            }
        }

        private void stored(List<Line> those, ErrorCode error) {
            boolean never = error == ErrorCode.MESSAGE_TOO_LARGE; // its topic takes no more
            if (error == ErrorCode.NONE || never) {
                those.forEach(line -> lineBytes -= line.bytes());
            } else {
                lines.addAll(those); // what was stored all the same is there twice
            }
            if (error != ErrorCode.NONE) {
                leftOut += never ? those.size() : 0;
                warn(error);
            }
            over();
        }

        private void over() {
            underWay--;
            if (underWay > 0) {
                return;
            }
            if (!lines.isEmpty()) {
                later(RETRY_MS);
            } else if (!pages.isEmpty() && !waits) {
                later(GATHER_MS);
            }
        }

        private void warn(ErrorCode error) {
            long nowMs = loop.clock().monotonicMs();
            if (nowMs - warnedMs >= WARN_AGAIN_MS) {
                warnedMs = nowMs;
                LOG.warn(
                        "the ledger of queues waits for {}: {}; {} entries were left out",
                        topic.name(),
                        error,
                        leftOut);
            }
        }
    }
}
