package io.sluice.metadata;

import io.sluice.engine.loop.Completion;
import io.sluice.engine.metadata.LeadershipLostException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The entries that this broker proposed and whose fate is open. A thread of its own hands them to
 * Ratis in order, a window at a time; what becomes of them comes back by the log. Owned by the
 * metadata's loop.
 */
final class Proposals {

    /** Entries whose fate is open; one more is refused. */
    static final int MAX_WAITING = 10_000;

    /** Bytes of one entry. */
    static final int MAX_ENTRY_BYTES = 64 << 20;

    /** Raft entries under way at once: more of them on a busy machine cost leaders their office. */
    static final int WINDOW = 64;

    /** Hands an entry to the Raft server of this broker, and to no other. */
    interface Server {
        CompletableFuture<RaftClientReply> propose(ByteString data) throws IOException;

        /** Lets another one lead: what was promised of a term cannot be kept. */
        void stepDown();
    }

    private final long proposer = ThreadLocalRandom.current().nextLong();
    private final LoopFeed feed;
    private final Server server;
    private final Map<Long, Completion<Long>> open = new TreeMap<>();
    private final BlockingQueue<Part> unsent = new LinkedBlockingQueue<>();
    private final Semaphore window = new Semaphore(WINDOW);
    private volatile @Nullable Thread sender;
    private volatile boolean leads;
    private volatile boolean closed;
    private long nextSequence;

    Proposals(LoopFeed feed, Server server) {
        this.feed = feed;
        this.server = server;
    }

    void start() {
        sender = Thread.ofVirtual().name("metadata-proposals").start(this::send);
    }

    /** This broker leads: from now on entries are sent. */
    void begin() {
        leads = true;
    }

    void add(long term, ByteBuffer entry, Completion<Long> done) {
        if (open.size() >= MAX_WAITING) {
            done.failed(new IOException(MAX_WAITING + " metadata entries wait already"));
            return;
        }
        if (entry.remaining() > MAX_ENTRY_BYTES) {
            done.failed(
                    new IOException(
                            "a metadata entry of %d bytes: %d are the most"
                                    .formatted(entry.remaining(), MAX_ENTRY_BYTES)));
            return;
        }
        long sequence = nextSequence++;
        open.put(sequence, done);
        unsent.addAll(Part.of(term, proposer, sequence, entry));
    }

    /** The entry was given to the listener at this index. */
    void committed(Part last, long index) {
        Completion<Long> done = last.proposer() == proposer ? open.remove(last.sequence()) : null;
        if (done != null) {
            done.succeeded(index);
        }
    }

    void lost(Part part, String why) {
        if (part.proposer() == proposer) {
            lost(part.sequence(), why);
        }
    }

    private void lost(long sequence, String why) {
        Completion<Long> done = open.remove(sequence);
        if (done != null) {
            done.failed(new LeadershipLostException(why));
        }
    }

    /** Leadership is lost: whether what is open gets committed is not known. */
    void failAll(IOException cause) {
        leads = false;
        unsent.clear();
        List<Completion<Long>> all = new ArrayList<>(open.values());
        open.clear();
        all.forEach(done -> done.failed(cause));
    }

    void close() {
        closed = true;
        Thread running = sender;
        if (running != null) {
            running.interrupt();
        }
    }

    private void send() {
        try {
            while (!closed) {
                Part next = unsent.poll(1, TimeUnit.HOURS);
                if (next != null && leads) {
                    window.acquire();
                    send(next);
                } else if (next != null) {
                    long sequence = next.sequence();
                    feed.tell(() -> lost(sequence, "this broker leads no more"));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private void send(Part part) {
        try {
            server.propose(part.encode())
                    .whenComplete((reply, fault) -> {
                        window.release();
                        Throwable why = fault != null ? fault : reply.getException();
                        if (why != null) {
                            refused(part, why);
                        }
                    });
        } catch (IOException | RuntimeException e) {
            window.release();
            refused(part, e);
        }
    }

    private void refused(Part part, Throwable why) {
        server.stepDown();
        feed.tell(() -> lost(part.sequence(), "the entry was not taken: " + why.getMessage()));
    }
}
