package io.sluice.engine.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counts up. One thread at a time adds, or it is guarded by its owner; any thread reads. Adding is
 * a load and a store: no lock, no fence, no allocation.
 */
public final class Counter {

    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // by its handle
    private long value;

    public void add(long amount) {
        VALUE.setOpaque(this, (long) VALUE.get(this) + amount);
    }

    public void increment() {
        add(1L);
    }

    /** Any thread; what was added last may be missing for a moment. */
    public long value() {
        return (long) VALUE.getOpaque(this);
    }
}
