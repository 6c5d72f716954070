package io.sluice.core.controller;

import java.util.ArrayList;
import java.util.List;

/**
 * The registered brokers.
 *
 * @param nextEpoch the epoch of the next registration: no broker ever had it or a higher one
 */
record BrokerTable(PersistentSortedMap<Integer, BrokerImage> brokers, long nextEpoch) {

    static final BrokerTable EMPTY = new BrokerTable(PersistentSortedMap.empty(), 0L);

    BrokerTable registered(BrokerImage broker) {
        return new BrokerTable(
                brokers.with(broker.id(), broker), Math.max(nextEpoch, broker.epoch() + 1));
    }

    /**
     * @throws IllegalStateException if it is not registered, or in another run
     */
    BrokerTable standing(MetadataEvent.BrokerFencingChanged e) {
        BrokerImage broker = broker(e.brokerId());
        if (broker.epoch() != e.brokerEpoch()) {
            throw new IllegalStateException(
                    "broker %d is fenced or unfenced in epoch %d, it is in %d"
                            .formatted(broker.id(), e.brokerEpoch(), broker.epoch()));
        }
        return registered(broker.standing(e.fenced(), e.shuttingDown()));
    }

    BrokerTable unregistered(int id) {
        return new BrokerTable(brokers.without(broker(id).id()), nextEpoch);
    }

    BrokerTable epochsUsed(long next) {
        return new BrokerTable(brokers, Math.max(nextEpoch, next));
    }

    private BrokerImage broker(int id) {
        BrokerImage broker = brokers.get(id);
        if (broker == null) {
            throw new IllegalStateException("an event for broker " + id + ", which is not there");
        }
        return broker;
    }

    List<MetadataEvent> asEvents() {
        List<MetadataEvent> events = new ArrayList<>();
        brokers.values().forEach(broker -> events.add(new MetadataEvent.BrokerRegistered(broker)));
        events.add(new MetadataEvent.BrokerEpochsUsed(nextEpoch));
        return events;
    }
}
