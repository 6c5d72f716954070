package io.sluice.core.controller;

import io.sluice.core.model.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * What the controller answers, once the decision is committed: one outcome per item, in the order
 * of the command.
 *
 * @param producerIds the first id of the block, for {@link ControllerCommand.AllocateProducerIds}
 * @param brokerEpoch for {@link ControllerCommand.RegisterBroker}
 * @param standing for {@link ControllerCommand.RegisterBroker} and {@link
 *     ControllerCommand.BrokerHeartbeat}
 */
public record ControllerReply(
        List<Outcome> outcomes, long producerIds, long brokerEpoch, Standing standing) {

    /** An answer that is not about a broker's standing. */
    public ControllerReply(List<Outcome> outcomes, long producerIds, long brokerEpoch) {
        this(outcomes, producerIds, brokerEpoch, Standing.UNKNOWN);
    }

    /** What a broker is to the cluster. */
    public enum Standing {
        /** The command was not about that, or was refused. */
        UNKNOWN,
        /** It leads nothing and is in no ISR but as the last of it. */
        FENCED,
        /** It may lead, and be in sync. */
        ACTIVE,
        /** It asked to stop, and is not yet free of what it led. */
        SHUTTING_DOWN,
        /** It leads nothing any more and is fenced: it may stop. */
        MAY_STOP
    }

    /**
     * What became of one item.
     *
     * @param topic the topic as made or deleted
     * @param partition the partition as it is then, where the item was about one and it was found;
     *     it is told with an error, too
     */
    public record Outcome(
            ErrorCode error,
            String detail,
            Optional<TopicImage> topic,
            Optional<PartitionImage> partition) {

        /** An outcome that is not about one partition. */
        public Outcome(ErrorCode error, String detail, Optional<TopicImage> topic) {
            this(error, detail, topic, Optional.empty());
        }
    }
}
