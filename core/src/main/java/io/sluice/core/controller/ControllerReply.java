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
 */
public record ControllerReply(List<Outcome> outcomes, long producerIds, long brokerEpoch) {

    /** What became of one item. */
    public record Outcome(ErrorCode error, String detail, Optional<TopicImage> topic) {}
}
