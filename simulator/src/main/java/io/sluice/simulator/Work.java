package io.sluice.simulator;

import io.sluice.core.controller.ControllerCommand.NewTopic;
import io.sluice.core.model.TopicPartition;
import io.sluice.simulator.check.Stored;
import io.sluice.simulator.cluster.BrokerProcess;
import java.util.List;

/** What some clients do together, and what has to hold of it. It is there if its faults are. */
interface Work {

    /** The topics that it needs. */
    List<NewTopic> topics();

    /** How many ends of the network its clients use. */
    int ends();

    /**
     * Its clients begin.
     *
     * @param number of their first end
     */
    void start(int number);

    /** The partitions that have to be well in the end, and are judged here. */
    List<TopicPartition> partitions();

    /** A broker did something. */
    default void look(BrokerProcess broker) {}

    /** Whether records of that partition are deleted, by one replica after the other. */
    default boolean forgetsBegin(TopicPartition partition) {
        return false;
    }

    /** The faults are over. */
    void heal();

    /** Whether all got through. */
    boolean isDone();

    /** Who did not. */
    String describe();

    /** All that is committed of a partition. */
    void judge(TopicPartition partition, List<Stored> log);

    /** All partitions were judged. */
    void conclude(Coverage coverage);
}
