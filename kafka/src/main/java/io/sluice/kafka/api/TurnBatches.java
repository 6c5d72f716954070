package io.sluice.kafka.api;

import io.sluice.engine.loop.EventLoop;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Gathers what one turn of a loop asks another broker, so that it goes there as one request. The
 * map of a loop is touched by that loop alone.
 *
 * @param <T> what is asked
 */
final class TurnBatches<T> {

    /** Questions of one request; what is more goes with another one. */
    static final int MAX_ITEMS = 1_000;

    private final Sender<T> sender;
    private final Map<EventLoop, Map<Integer, List<T>>> byLoop = new ConcurrentHashMap<>();

    /** Sends what was gathered. */
    @FunctionalInterface
    interface Sender<T> {

        /** On the loop, with at least one item. */
        void send(EventLoop loop, int brokerId, List<T> items);
    }

    TurnBatches(Sender<T> sender) {
        this.sender = sender;
    }

    /** Adds to what goes to that broker at the end of this turn. On the loop. */
    void add(EventLoop loop, int brokerId, T item) {
        Map<Integer, List<T>> byBroker = byLoop.computeIfAbsent(loop, l -> new HashMap<>());
        List<T> items = byBroker.get(brokerId);
        if (items == null) {
            items = new ArrayList<>();
            byBroker.put(brokerId, items);
            loop.post(() -> send(loop, brokerId));
        }
        items.add(item);
        if (items.size() >= MAX_ITEMS) {
            send(loop, brokerId);
        }
    }

    private void send(EventLoop loop, int brokerId) {
        Map<Integer, List<T>> byBroker = byLoop.get(loop);
        List<T> items = byBroker == null ? null : byBroker.remove(brokerId);
        if (items != null) {
            sender.send(loop, brokerId, items);
        }
    }
}
