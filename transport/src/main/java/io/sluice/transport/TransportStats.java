package io.sluice.transport;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Counters of the transport. Any thread may read them. */
public final class TransportStats {

    private final LongAdder accepted = new LongAdder();
    private final LongAdder refusedInAll = new LongAdder();
    private final LongAdder refusedPerAddress = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder timedOut = new LongAdder();
    private final LongAdder starvations = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final AtomicLong open = new AtomicLong();

    TransportStats() {}

    void opened() {
        accepted.increment();
        open.incrementAndGet();
    }

    void closed() {
        open.decrementAndGet();
    }

    void refusedInAllOne() {
        refusedInAll.increment();
    }

    void refusedPerAddressOne() {
        refusedPerAddress.increment();
    }

    void malformedOne() {
        malformed.increment();
    }

    void timedOutOne() {
        timedOut.increment();
    }

    void starvedOne() {
        starvations.increment();
    }

    void bytesIn(long bytes) {
        bytesIn.add(bytes);
    }

    void bytesOut(long bytes) {
        bytesOut.add(bytes);
    }

    /** Connections accepted since the start. */
    public long accepted() {
        return accepted.sum();
    }

    /** Connections refused at either limit. */
    public long refused() {
        return refusedInAll() + refusedPerAddress();
    }

    /** Connections refused because too many were open (max.connections). */
    public long refusedInAll() {
        return refusedInAll.sum();
    }

    /** Connections refused because their address had too many (max.connections.per.ip). */
    public long refusedPerAddress() {
        return refusedPerAddress.sum();
    }

    /** Connections closed because of a frame that is malformed or too large. */
    public long malformed() {
        return malformed.sum();
    }

    /** Connections closed because they were idle, or their peer took or sent nothing. */
    public long timedOut() {
        return timedOut.sum();
    }

    /** How often a connection was not read because the memory for frames was used up. */
    public long starvations() {
        return starvations.sum();
    }

    /** Connections open now. */
    public long open() {
        return open.get();
    }

    public long bytesIn() {
        return bytesIn.sum();
    }

    public long bytesOut() {
        return bytesOut.sum();
    }
}
