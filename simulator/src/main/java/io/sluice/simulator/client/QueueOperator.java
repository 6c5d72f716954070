package io.sluice.simulator.client;

import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.cluster.Site;
import java.util.function.LongSupplier;

/** An operator of a queue: he gives some orders, one after the other, until he is to end. */
public abstract class QueueOperator extends Client {

    final int paceMs;
    private final LongSupplier end;
    private final int orders;
    private int ordered;
    private boolean ends;
    private long overMs;

    /**
     * @param partition whose leader he asks
     * @param most he gives fewer orders than that
     * @param end behind the records that orders may be about
     */
    QueueOperator(
            Site site,
            int number,
            String kind,
            TopicPartition partition,
            int paceMs,
            int most,
            LongSupplier end) {
        super(site, number, kind, partition);
        this.paceMs = paceMs;
        this.end = end;
        this.orders = random.nextInt(most);
    }

    /** Whether an order is under way. */
    abstract boolean isOpen();

    /** No further orders. */
    public final void finish() {
        ends = true;
    }

    final boolean isToEnd() {
        return ends;
    }

    public final boolean isDone() {
        return !isOpen() && !mayOrder();
    }

    final boolean mayOrder() {
        return !ends && ordered < orders;
    }

    /** The number of the order that he gives now. */
    final int nextOrder() {
        return ++ordered;
    }

    /** Orders that were given, one that is under way among them. */
    final int ordered() {
        return ordered;
    }

    /** An order is over; he thinks about the next one at most so many paces later. */
    final void over(int paces) {
        overMs = world().nowMs();
        later(1 + random.nextInt(paces * paceMs), this::act);
    }

    /** When his last order was over. */
    public final long overMs() {
        return overMs;
    }

    final long knownEnd() {
        return end.getAsLong();
    }

    /** Does the next thing that there is to do. */
    abstract void act();

    @Override
    final void connected() {
        act();
    }

    @Override
    final void disconnected() {}
}
