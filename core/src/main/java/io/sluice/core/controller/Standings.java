package io.sluice.core.controller;

import io.sluice.core.model.Uuid;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/** Which replicas may lead and be in sync, as brokers and directories are now. */
final class Standings {

    private final SortedMap<Integer, BrokerImage> brokers;

    Standings(SortedMap<Integer, BrokerImage> brokers) {
        this.brokers = brokers;
    }

    boolean isRegistered(int broker) {
        return brokers.containsKey(broker);
    }

    boolean isActive(int id) {
        BrokerImage broker = brokers.get(id);
        return broker != null && broker.isActive();
    }

    /** Brokers that may take new replicas, in order of their ids. */
    List<BrokerImage> active() {
        List<BrokerImage> active = new ArrayList<>();
        for (BrokerImage broker : brokers.values()) {
            if (broker.isActive()) {
                active.add(broker);
            }
        }
        return active;
    }

    /** Brokers that are registered and take no part now, in order of their ids. */
    List<BrokerImage> away() {
        return brokers.values().stream().filter(broker -> !broker.isActive()).toList();
    }

    /** Whether that replica may lead, and be in sync, if it holds what it must. */
    boolean mayLead(PartitionImage partition, int broker) {
        return isActive(broker) && !isStranger(partition, broker);
    }

    /**
     * Whether the replica lies in a directory that its broker has not: it holds nothing of what the
     * cluster believes it to hold (I-12, KIP-858).
     */
    boolean isStranger(PartitionImage partition, int id) {
        Uuid directory = partition.directoryOf(id);
        if (directory.equals(Uuid.ZERO)) {
            return false;
        }
        if (directory.equals(PartitionImage.LOST_DIRECTORY)) {
            return true;
        }
        return !hasDirectory(id, directory);
    }

    /** Whether that directory is the broker's and works, as far as is known. */
    boolean hasDirectory(int id, Uuid directory) {
        BrokerImage broker = brokers.get(id);
        return broker == null
                || broker.logDirectories().isEmpty()
                || broker.logDirectories().contains(directory);
    }

    /** Whether it may lead in the run its epoch names (KIP-903). */
    boolean mayLead(PartitionImage partition, ControllerCommand.BrokerEpoch told) {
        BrokerImage broker = brokers.get(told.brokerId());
        return broker != null
                && broker.epoch() == told.epoch()
                && mayLead(partition, told.brokerId());
    }
}
